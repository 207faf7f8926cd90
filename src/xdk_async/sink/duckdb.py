"""A table in a DuckDB file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Sequence
from typing import Any

from xdk_async.errors import InvalidArgument, StoreFailed
from xdk_async.sink.arrow import Arrow
from xdk_async.sink.column import Table
from xdk_async.sink.sqlite import quoted
from xdk_async.sink.target import Mode, Sink, needed, refuse_foreign, refuse_lost

STATES = "CREATE TABLE IF NOT EXISTS xdk_async_state (name VARCHAR PRIMARY KEY, data VARCHAR)"
MEMORY = "256MB"  # what DuckDB may keep of the file in memory


class DuckDB(Sink):
    """A table in a DuckDB file (extra `duckdb`); several collections may share the file, one after the other.

    A row per item, and an item once, by its id. Lists are lists, of structs where they hold objects; times have their
    zone. A batch and how far it came are one transaction. DuckDB lets one process at a time open a file.

    Args:
        path: The file.
        table: Name of the table; by default that of the items, such as `posts`.
    """

    batch: int = 10_000

    def __init__(self, path: str | os.PathLike[str], table: str | None = None) -> None:
        super().__init__(path)
        if any("\ud800" <= each <= "\udfff" for each in os.fspath(self.path)):
            raise InvalidArgument(f"DuckDB opens no file whose name is not UTF-8: {os.fspath(self.path)!r}")
        self._named = table
        self._db: Any = None
        self._name = ""
        self._last: str | None = None

    def open(self, table: Table, mode: Mode) -> bytes | None:
        """Open the file, and make the table if it is not there."""
        self._duckdb = needed("duckdb", "duckdb", "a .duckdb file")
        self._arrow = Arrow(table, "duckdb", "a .duckdb file")
        self.troubles: tuple[type[Exception], ...] = (*self.troubles, self._duckdb.Error, self._arrow.pa.ArrowException)
        self._key, self._name = table.key, self._named or table.name
        self._db = self._duckdb.connect(os.fspath(self.path), config={"memory_limit": MEMORY})
        with self._transaction() as db:
            db.execute(STATES)
            there = {row[0].casefold() for row in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
            known = db.execute("SELECT name FROM xdk_async_state WHERE lower(name) = lower(?)", [self._name]).fetchone()
            self._name = known[0] if known else self._name  # to SQL, `Posts` and `posts` are one table
            rows: list[tuple[str | None]] = db.execute(
                "SELECT data FROM xdk_async_state WHERE name = ?", [self._name]
            ).fetchall()
            if self._name.casefold() in there and not rows:
                refuse_foreign(f"the table {self._name} of {self.path}", mode)
            if mode == "overwrite":
                db.execute(f"DROP TABLE IF EXISTS {quoted(self._name)}")
                rows = []
            elif rows and rows[0][0] and self._name.casefold() not in there:
                refuse_lost(f"the table {self._name} of {self.path} is gone, and xdk_async_state tells how far it came")
            self._make(db)
            self._last = rows[0][0] if rows else None
            db.execute("INSERT OR REPLACE INTO xdk_async_state VALUES (?, ?)", [self._name, self._last])
        return self._last.encode() if self._last else None

    def _make(self, db: Any) -> None:
        db.register("made", self._arrow.of([]))
        db.execute(f"CREATE TABLE IF NOT EXISTS {quoted(self._name)} AS SELECT * FROM made")
        there = {row[0].casefold() for row in db.execute(f"DESCRIBE {quoted(self._name)}").fetchall()}
        for name, kind, *_ in db.execute("DESCRIBE made").fetchall():
            if name.casefold() not in there:  # the table is of an older version, or of somebody else
                db.execute(f"ALTER TABLE {quoted(self._name)} ADD COLUMN {quoted(name)} {kind}")
        db.unregister("made")
        self._widen(db)

    def _widen(self, db: Any) -> None:
        """Give columns of objects the members that they lack, for those would be left out of what is written."""
        there = db.sql(f"SELECT * FROM {quoted(self._name)} LIMIT 0").to_arrow_table().schema
        wider = [found for field in there if (found := self._arrow.wider(field)) is not None]
        if not wider:
            return
        db.register("wider", self._arrow.pa.schema(wider).empty_table())
        for name, kind, *_ in db.execute("DESCRIBE wider").fetchall():
            db.execute(f"ALTER TABLE {quoted(self._name)} ALTER COLUMN {quoted(name)} SET DATA TYPE {kind}")
        db.unregister("wider")

    def write(self, rows: Sequence[dict[str, Any]], state: bytes) -> int:
        """Add rows; one with an id that is there already is left out."""
        with self._transaction() as db:
            self._keep(db, state)
            new = self._new(db, rows)
            if new:
                db.register("batch", self._arrow.of(new))
                db.execute(f"INSERT INTO {quoted(self._name)} BY NAME SELECT * FROM batch")
                db.unregister("batch")
        return len(new)

    def _new(self, db: Any, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those whose ids are not there. An index would do the same, and would have to be in memory."""
        if self._key is None:
            return list(rows)
        key = self._key
        ids = [row[key] for row in rows if isinstance(row.get(key), str)]
        known = quoted(key)
        query = f"SELECT {known} FROM {quoted(self._name)} WHERE {known} IN (SELECT unnest(?::VARCHAR[]))"
        seen: set[str] = {row[0] for row in db.execute(query, [ids]).fetchall()}
        new: list[dict[str, Any]] = []
        for row in rows:
            id = row.get(key)
            if not isinstance(id, str):
                new.append(row)
            elif id not in seen:
                seen.add(id)
                new.append(row)
        return new

    def _keep(self, db: Any, state: bytes) -> None:
        data = state.decode()
        change = "UPDATE xdk_async_state SET data = ? WHERE name = ? AND data IS NOT DISTINCT FROM ? RETURNING name"
        if len(db.execute(change, [data, self._name, self._last]).fetchall()) != 1:
            raise StoreFailed(f"{self.path}: somebody else collects into the table {self._name}")
        self._last = data

    def finish(self, state: bytes) -> None:
        """Note that nothing more comes."""
        with self._transaction() as db:
            self._keep(db, state)

    @contextlib.contextmanager
    def _transaction(self) -> Generator[Any]:
        last = self._last
        self._db.execute("BEGIN TRANSACTION")
        try:
            yield self._db
            self._db.execute("COMMIT")
        except BaseException:
            self._last = last
            with contextlib.suppress(self._duckdb.Error):  # it may have ended the transaction itself
                self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
        self._db = None
