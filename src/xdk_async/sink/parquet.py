"""Parquet: parts, each of them a file that is whole, and one file of them all in the end."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from xdk_async.sink.arrow import Arrow
from xdk_async.sink.column import Table
from xdk_async.sink.ledger import Ledger
from xdk_async.sink.target import Mode, Sink, needed, refuse_foreign, refuse_lost

GROUP = 20_000  # rows of a group of the one file, which is held in memory
THROUGH = b"xdk_async.parts"  # metadata of the one file: the number of the last part that is in it


class Parquet(Sink):
    """A Parquet file (extra `parquet`). It is there once the collecting has come to its end, and a further one extends it.

    Until then each batch is a file of its own in the directory `.parts` beside it, which pandas, DuckDB and others read
    as one: a Parquet file can be read only when its last byte is written.

    Args:
        path: The file.
        compression: One of pyarrow's: `zstd`, `snappy`, `gzip`, `lz4`, `none`.
    """

    batch: int = 10_000
    every: float = 60.0

    def __init__(self, path: str | os.PathLike[str], compression: str = "zstd") -> None:
        super().__init__(path)
        self.troubles: tuple[type[Exception], ...] = (OSError, sqlite3.Error)
        self._compression = compression
        self._ledger: Ledger | None = None
        self._last = 0

    @property
    def state_path(self) -> Path:
        """The file that says how far it came."""
        return self.path.with_name(f"{self.path.name}.state")

    @property
    def parts_path(self) -> Path:
        """The directory of its parts."""
        return self.path.with_name(f"{self.path.name}.parts")

    def open(self, table: Table, mode: Mode) -> bytes | None:
        """Lock it, and delete parts that were not noted any more."""
        self._pq: Any = needed("pyarrow.parquet", "parquet", "a .parquet file")
        self._arrow = Arrow(table, "parquet", "a .parquet file")
        self.troubles = (*self.troubles, self._arrow.pa.ArrowException)
        if self.path.exists() and (self._through() is None or not self.state_path.exists()):
            refuse_foreign(self.path, mode)
        self._ledger = Ledger(self.state_path)
        noted = self._ledger.read()
        if mode == "overwrite":
            shutil.rmtree(self.parts_path, ignore_errors=True)
            Path(os.path.realpath(self.path)).unlink(missing_ok=True)
            self._ledger.write(0, b"")
            noted = None
        self._last, state = noted or (0, b"")
        self._check_parts()
        return state or None

    def _check_parts(self) -> None:
        """Refuse if some are missing, and delete those that are in the one file, or were not noted."""
        through, parts = self._through(), dict(self._parts())
        for number in range((through or 0) + 1, self._last + 1):
            if number not in parts:
                lost = self.path if through is None and not parts else self._part(number)
                refuse_lost(f"{lost} is gone, and {self.state_path.name} tells how far it came")
        for number, part in parts.items():
            if number > self._last or number <= (through or 0):
                part.unlink()

    def write(self, rows: Sequence[dict[str, Any]], state: bytes) -> int:
        """Add a part."""
        assert self._ledger is not None
        if rows:
            self.parts_path.mkdir(exist_ok=True)
            with Writing(self._part(self._last + 1), self._pq, self._arrow.schema, self._compression) as writer:
                writer.write_table(self._arrow.of(rows))
            self._last += 1
        self._ledger.write(self._last, state)
        return len(rows)

    def finish(self, state: bytes) -> None:
        """Make one file of what was there and the parts, without holding them in memory."""
        assert self._ledger is not None
        through, parts = self._through(), [part for _, part in self._parts()]
        if through is None or parts:
            sources = [self.path, *parts] if self.path.exists() else parts
            schema = self._schema(sources)
            with Writing(self.path, self._pq, schema, self._compression) as writer:
                for group in self._groups(sources, schema):
                    writer.write_table(group)
                writer.add_key_value_metadata({THROUGH: str(self._last).encode()})
        self._ledger.write(self._last, state)
        shutil.rmtree(self.parts_path, ignore_errors=True)

    def _groups(self, sources: Sequence[Path], schema: Any) -> Iterator[Any]:
        """What is in files, in tables of `GROUP` rows or a few more."""
        concat: Any = self._arrow.pa.concat_tables
        waiting: list[Any] = [schema.empty_table()]
        for source in sources:
            with self._pq.ParquetFile(source) as file:
                for batch in file.iter_batches(batch_size=self.batch):
                    table = self._arrow.pa.Table.from_batches([batch]).replace_schema_metadata(None)
                    waiting.append(concat([schema.empty_table(), table], promote_options="default"))
                    if sum(each.num_rows for each in waiting) >= GROUP:
                        yield concat(waiting)
                        waiting = []
        if waiting:
            yield concat(waiting)

    def _schema(self, sources: Sequence[Path]) -> Any:
        """The columns of all: parts that an older version wrote may have fewer."""
        found = [self._pq.read_schema(source).remove_metadata() for source in sources]
        return self._arrow.pa.unify_schemas([self._arrow.schema, *found])

    def _through(self) -> int | None:
        """The last part that is in the one file; None if there is no such file, or it is not ours."""
        if not self.path.exists():
            return None
        told: dict[bytes, bytes] = self._pq.read_metadata(self.path).metadata or {}
        number = told.get(THROUGH)
        return None if number is None else int(number)

    def _part(self, number: int) -> Path:
        return self.parts_path / f"part-{number:06}.parquet"

    def _parts(self) -> list[tuple[int, Path]]:
        """The parts, in order."""
        found = sorted(self.parts_path.glob("part-*.parquet"))
        return [(int(part.stem.removeprefix("part-")), part) for part in found]

    def close(self) -> None:
        """Unlock it."""
        if self._ledger is not None:
            self._ledger.close()
        self._ledger = None


class Writing:
    """A Parquet file that takes its place when it is whole, and never before.

    Args:
        path: its place.
        pq: pyarrow's module.
        schema: its columns.
        compression: how it is compressed.
    """

    def __init__(self, path: Path, pq: Any, schema: Any, compression: str) -> None:
        self._path = Path(os.path.realpath(path))  # a link stays one, as with other formats
        self._draft = self._path.with_name(f".{self._path.name}.draft")
        self._pq, self._schema, self._compression = pq, schema, compression

    def __enter__(self) -> Any:
        self._file = self._draft.open("wb")
        try:
            self._writer = self._pq.ParquetWriter(self._file, self._schema, compression=self._compression)
        except BaseException:
            self._file.close()
            raise
        return self._writer

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._file:
            self._writer.close()
            self._file.flush()
            os.fsync(self._file.fileno())
        if kind is None:
            self._draft.replace(self._path)
            synced(self._path.parent)
        else:
            self._draft.unlink(missing_ok=True)


def synced(directory: Path) -> None:
    """Bring the names in a directory to the disk, where the system can do that."""
    if os.name == "posix":
        number = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
