"""A table in a SQLite file."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from typing import Any

from xdk_async.errors import StoreFailed
from xdk_async.sink.column import Column, Table, as_json, as_json_or_text
from xdk_async.sink.shape import Leaf
from xdk_async.sink.target import Mode, Sink, refuse_foreign, refuse_lost

STATES = "CREATE TABLE IF NOT EXISTS xdk_async_state (name TEXT PRIMARY KEY, data TEXT)"
TYPES = {"int": "INTEGER", "float": "REAL", "bool": "INTEGER"}
BUSY = 20.0  # seconds to wait for another program's transaction


class SQLite(Sink):
    """A table in a SQLite file; several collections may share the file, each in a table of its own.

    A row per item, and an item once, by its id. Lists and objects are JSON, times are text like
    `2026-01-31T12:00:00.000Z`, truth is 0 or 1. A batch and how far it came are one transaction.

    Args:
        path: The file.
        table: Name of the table; by default that of the items, such as `posts`.
    """

    def __init__(self, path: str | os.PathLike[str], table: str | None = None) -> None:
        super().__init__(path)
        self.troubles: tuple[type[Exception], ...] = (OSError, sqlite3.Error)
        self._named = table
        self._db: sqlite3.Connection | None = None
        self._table = Table.none()
        self._name = ""
        self._insert = ""
        self._forms: list[Callable[[Any], Any]] = []
        self._last: str | None = None

    def open(self, table: Table, mode: Mode) -> bytes | None:
        """Open the file, and make the table if it is not there."""
        self._table, self._name = table, self._named or table.name
        self._db = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        with self._transaction() as db:
            db.execute(STATES)
            known = db.execute(
                "SELECT name FROM xdk_async_state WHERE name = ? COLLATE NOCASE", (self._name,)
            ).fetchone()
            self._name = known[0] if known else self._name  # to SQL, `Posts` and `posts` are one table
            there = db.execute("SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE", (self._name,)).fetchone()
            row = db.execute("SELECT data FROM xdk_async_state WHERE name = ?", (self._name,)).fetchone()
            if there and not row:
                refuse_foreign(f"the table {self._name} of {self.path}", mode)
            if mode == "overwrite":
                db.execute(f"DROP TABLE IF EXISTS {quoted(self._name)}")
                row = None
            elif row and row[0] and not there:
                refuse_lost(f"the table {self._name} of {self.path} is gone, and xdk_async_state tells how far it came")
            self._last = row[0] if row else None
            db.execute("INSERT OR REPLACE INTO xdk_async_state VALUES (?, ?)", (self._name, self._last))
            self._make(db)
        names = [quoted(column.name) for column in table.columns]
        places = ", ".join("?" * len(names))
        self._insert = f"INSERT OR IGNORE INTO {quoted(self._name)} ({', '.join(names)}) VALUES ({places})"
        self._forms = [form_of(column) for column in table.columns]
        return self._last.encode() if self._last else None

    def _make(self, db: sqlite3.Connection) -> None:
        columns = {column.name: declared(column, self._table.key) for column in self._table.columns}
        db.execute(f"CREATE TABLE IF NOT EXISTS {quoted(self._name)} ({', '.join(columns.values())})")
        there = {row[1].casefold() for row in db.execute(f"PRAGMA table_info({quoted(self._name)})")}
        for name, declaration in columns.items():
            if name.casefold() not in there:  # the table is of an older version, or of somebody else
                db.execute(f"ALTER TABLE {quoted(self._name)} ADD COLUMN {declaration.removesuffix(' PRIMARY KEY')}")

    def write(self, rows: Sequence[dict[str, Any]], state: bytes) -> int:
        """Add rows; one with an id that is there already is left out."""
        with self._transaction() as db:
            self._keep(db, state)
            before = db.total_changes
            db.executemany(self._insert, (self._values(row) for row in rows))
            return db.total_changes - before

    def _values(self, plain: dict[str, Any]) -> list[Any]:
        row = self._table.row(plain)
        return [None if value is None else form(value) for value, form in zip(row, self._forms, strict=True)]

    def _keep(self, db: sqlite3.Connection, state: bytes) -> None:
        data = state.decode()
        change = "UPDATE xdk_async_state SET data = ? WHERE name = ? AND data IS ?"
        if db.execute(change, (data, self._name, self._last)).rowcount != 1:
            raise StoreFailed(f"{self.path}: another process collects into the table {self._name}")
        self._last = data

    def finish(self, state: bytes) -> None:
        """Note that nothing more comes."""
        with self._transaction() as db:
            self._keep(db, state)

    @contextlib.contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        db = self._db
        assert db is not None
        last = self._last
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            self._last = last
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
        self._db = None


def quoted(name: str) -> str:
    """A name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def declared(column: Column, key: str | None) -> str:
    """A column's declaration."""
    kind = TYPES.get(column.node.kind, "TEXT") if isinstance(column.node, Leaf) else "TEXT"
    return f"{quoted(column.name)} {kind}{' PRIMARY KEY' if column.name == key else ''}"


def form_of(column: Column) -> Callable[[Any], Any]:
    """How a value is stored."""
    if not isinstance(column.node, Leaf):
        return as_json
    return {"time": as_time, "json": as_json_or_text}.get(column.node.kind, as_it_is)


def as_it_is(value: Any) -> Any:
    """What SQLite stores by itself."""
    return value


def as_time(value: datetime) -> str:
    """So that text sorts as time does; the first and the last day that Python knows keep a zone that leads out of them."""
    with contextlib.suppress(OverflowError):
        value = value.astimezone(UTC)
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
