"""A SQLite file that only its owner may read (mode 0600), used from any number of tasks and processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable, Generator
from typing import TypeVar

from xdk_async._core.given import path_of
from xdk_async.errors import XError

T = TypeVar("T")
BUSY = 20.0  # seconds to wait for another process's transaction


class SQLiteFile:
    """Runs transactions.

    Args:
        path: the file; it and its directory are made when first used.
        schema: a statement that makes the table, if it is not there.
        failed: makes the exception that a failure becomes, from what went wrong.
    """

    def __init__(self, path: str | os.PathLike[str], schema: str, failed: Callable[[str], XError]) -> None:
        self.path = path_of(path, "a store in a SQLite file")
        self._schema = schema
        self._failed = failed
        self._made = False

    async def run(self, step: Callable[[sqlite3.Connection], T]) -> T:
        """One transaction, in a thread; cancelling the caller does not leave it half done."""
        return await asyncio.shield(asyncio.to_thread(self._transaction, step))

    def _transaction(self, step: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with self._connection() as db:
                db.execute("BEGIN IMMEDIATE")
                result = step(db)
                db.execute("COMMIT")
                return result
        except (sqlite3.Error, OSError) as error:
            raise self._failed(f"{self.path} does not work: {error}") from error

    @contextlib.contextmanager
    def _connection(self) -> Generator[sqlite3.Connection, None, None]:
        if not self._made:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            self.path.chmod(0o600)
        db = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None)
        try:
            if not self._made:
                db.execute(self._schema)
                self._made = True
            yield db
        finally:
            db.close()
