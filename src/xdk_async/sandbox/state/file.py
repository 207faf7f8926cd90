"""State in an SQLite file: a row for each record, of which those that changed are written."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_type_hints

import msgspec

from xdk_async.sandbox.state.snapshot import FORMAT, Rest, StateError, put_back, rest_of
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.vocabulary import is_object

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

Key: TypeAlias = tuple[str, str]  # part, and the record's key in it; empty for a part that is one row
SOON = 0.2  # seconds after a request until it is written down
SHARE = 10  # of the time at the most one part goes into writing
REST = "*rest"
SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    part TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (part, key)
)
"""
MAGIC = 0x58_53_42_58  # in `PRAGMA application_id`: whose file it is


class StateFile:
    """Keeps a sandbox's state in a file, which it holds alone as long as it is open."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Path = Path(path)
        self._written: dict[Key, tuple[int, bytes]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._pause = SOON
        self._database = self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            database = sqlite3.connect(self.path, timeout=0.2, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise StateError(f"{self.path} cannot be opened: {error}") from None
        try:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("BEGIN EXCLUSIVE")
            self._check(database)
            database.execute(SCHEMA)
            database.execute(f"PRAGMA application_id = {MAGIC}")
            database.execute(f"PRAGMA user_version = {FORMAT}")
            database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            database.close()
            raise StateError(f"{self.path} is in use by another sandbox, or cannot be written: {error}") from None
        except sqlite3.DatabaseError as error:
            database.close()
            raise StateError(f"{self.path} is not the state of a sandbox: {error}") from None
        except StateError:
            database.close()
            raise
        return database

    def _check(self, database: sqlite3.Connection) -> None:
        [magic] = database.execute("PRAGMA application_id").fetchone()
        [version] = database.execute("PRAGMA user_version").fetchone()
        [tables] = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and magic != MAGIC:
            raise StateError(f"{self.path} is a database of something else")
        if tables and version != FORMAT:
            raise StateError(f"{self.path} is of format {version}, and this version reads {FORMAT}")

    def load(self, sandbox: Sandbox) -> bool:
        """Bring the file's state into the sandbox; False if there is none yet."""
        rows: list[tuple[str, str, bytes]] = self._database.execute(
            "SELECT part, key, value FROM record ORDER BY part, position"
        ).fetchall()
        if not rows:
            return False
        parts: dict[str, Any] = {}
        for part, key, value in rows:
            if key:
                parts.setdefault(part, {})[key[1:]] = msgspec.Raw(value)
            else:
                parts[part] = msgspec.Raw(value)
        rest = parts.pop(REST, None)
        hints = get_type_hints(Store)
        try:
            known = {
                name: msgspec.json.decode(msgspec.json.encode(value), type=hints[name])
                for name, value in parts.items()
                if name in hints
            }
            put_back(sandbox, Store(**known), msgspec.json.decode(rest or b"{}", type=Rest))
        except msgspec.DecodeError as error:
            raise StateError(f"{self.path} cannot be read: {error}") from None
        return True

    def save(self, sandbox: Sandbox) -> None:
        """Write what has changed since the last time."""
        began = time.perf_counter()
        rows = {key: (position, value) for position, (key, value) in enumerate(encoded(sandbox))}
        changed = [
            (*key, *row) for key, row in rows.items() if (old := self._written.get(key)) is None or old[1] != row[1]
        ]
        gone = [key for key in self._written if key not in rows]
        if changed or gone:
            self._database.execute("BEGIN")
            with self._database:
                self._database.executemany("DELETE FROM record WHERE part = ? AND key = ?", gone)
                self._database.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", changed)
        self._written = rows
        self._pause = max(SOON, (time.perf_counter() - began) * SHARE)

    def touch(self, sandbox: Sandbox) -> None:
        """Something may have changed: write it down soon."""
        if self._timer is None:

            def save() -> None:
                self._timer = None
                self.save(sandbox)

            self._timer = asyncio.get_running_loop().call_later(self._pause, save)

    def close(self, sandbox: Sandbox) -> None:
        """Write everything down, and let go of the file."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        with contextlib.closing(self._database):
            self.save(sandbox)


def encoded(sandbox: Sandbox) -> Iterator[tuple[Key, bytes]]:
    """Every row; records in the order in which they were made."""
    encode = msgspec.json.Encoder().encode
    for each in fields(Store):
        value = getattr(sandbox.store, each.name)
        if is_object(value) and any(is_dataclass(record) for record in value.values()):
            for key, record in value.items():
                yield (each.name, f"#{key}"), encode(record)
        else:
            yield (each.name, ""), encode(value)
    yield (REST, ""), encode(rest_of(sandbox))
