"""JSON Lines: an object per line, each of them standing alone."""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import msgspec

from xdk_async.sink.column import Table
from xdk_async.sink.ledger import Ledger
from xdk_async.sink.target import Mode, Sink, refuse_foreign, refuse_lost


class JSONL(Sink):
    """A file of JSON Lines: an object per line, with what is linked to it inside. Beside it, in `.state`, how far it came.

    A batch is appended, brought to the disk, and then noted: what was not noted is cut off when the collecting goes on.

    Args:
        path: The file; with `.gz` at its end it is compressed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self.troubles: tuple[type[Exception], ...] = (OSError, sqlite3.Error)
        self._is_packed = self.path.suffix.lower() == ".gz"
        self._ledger: Ledger | None = None
        self._file: IO[bytes] | None = None
        self._end = 0

    @property
    def state_path(self) -> Path:
        """The file that says how far it came."""
        return self.path.with_name(f"{self.path.name}.state")

    def open(self, table: Table, mode: Mode) -> bytes | None:
        """Lock it, and cut off what was not noted any more."""
        del table  # an object needs no columns
        if not self.state_path.exists() and self.path.exists() and self.path.stat().st_size:
            refuse_foreign(self.path, mode)
        self._ledger = Ledger(self.state_path)
        noted = self._ledger.read()
        if noted and noted[0] and mode != "overwrite":
            if not self.path.exists():
                refuse_lost(f"{self.path} is gone, and {self.state_path.name} tells how far it came")
            if self.path.stat().st_size < noted[0]:
                refuse_lost(f"{self.path} is shorter than its collecting left it")
        self._file = self.path.open("ab", buffering=0)
        size = self._file.tell()
        if mode == "overwrite":
            self._file.truncate(0)
            self._ledger.write(0, b"")
            noted, size = None, 0
        end, state = noted or (size, b"")
        self._file.truncate(end)
        self._end = end
        if end and not noted and not self._is_packed and not ends_a_line(self.path):
            self._append(b"\n")
        if not noted:
            self._note(b"")  # or the first batch, if it is not noted, would be taken for lines of somebody else
        return state or None

    def write(self, rows: Sequence[dict[str, Any]], state: bytes) -> int:
        """Append lines."""
        lines = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        if lines:
            self._append(gzip.compress(lines, mtime=0) if self._is_packed else lines)
        self._note(state)
        return len(rows)

    def _append(self, data: bytes) -> None:
        assert self._file is not None
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
            os.fsync(self._file.fileno())
        except OSError:
            self._file.truncate(self._end)  # half a batch helps nobody
            raise
        self._end += len(data)

    def _note(self, state: bytes) -> None:
        assert self._ledger is not None
        self._ledger.write(self._end, state)

    def finish(self, state: bytes) -> None:
        """Note that nothing more comes."""
        self._note(state)

    def close(self) -> None:
        """Close both files."""
        if self._file is not None:
            self._file.close()
        if self._ledger is not None:
            self._ledger.close()
        self._file = self._ledger = None


def ends_a_line(path: Path) -> bool:
    """Whether the last line of a file that others made has its end."""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"
