"""What is kept beside a file that cannot hold it itself: how far its collecting came, and that nobody else is at it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from xdk_async.errors import StoreFailed

SCHEMA = "CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), mark INTEGER NOT NULL, data BLOB)"


class Ledger:
    """A SQLite file, locked for as long as it is open; the system unlocks it when its process is killed.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("BEGIN EXCLUSIVE")
            self._db.execute(SCHEMA)
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._db.close()
            if "locked" not in str(error):
                raise
            raise StoreFailed(f"{path}: another process collects into the same target") from None
        except BaseException:
            self._db.close()
            raise

    def read(self) -> tuple[int, bytes] | None:
        """What was written last; None if nothing was."""
        found: tuple[int, bytes] | None = self._db.execute("SELECT mark, data FROM state").fetchone()
        return found

    def write(self, mark: int, data: bytes) -> None:
        """Keep both, in one step: a crash leaves the old or the new.

        Args:
            mark: up to where the file beside it counts.
            data: how far the collecting came.
        """
        self._db.execute("INSERT OR REPLACE INTO state (one, mark, data) VALUES (1, ?, ?)", (mark, data))

    def close(self) -> None:
        """Unlock it."""
        self._db.close()
