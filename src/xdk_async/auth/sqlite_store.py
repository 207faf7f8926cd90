"""Tokens in a SQLite file: safe between the processes of one machine."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable

import msgspec

from xdk_async._core.checkpoint import SQLiteCheckpoints
from xdk_async._core.sqlite_file import SQLiteFile
from xdk_async.auth.store import Lease
from xdk_async.auth.token import Stored, Token, TokenKey
from xdk_async.errors import CredentialsError

SCHEMA = """
CREATE TABLE IF NOT EXISTS tokens (
    client_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    token BLOB,
    generation INTEGER NOT NULL,
    user_id TEXT,
    owner TEXT,
    until REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (client_id, subject)
) WITHOUT ROWID
"""
ONE = "WHERE client_id = ? AND subject = ?"


class SQLiteStore:
    """Tokens in a file that only its owner may read (mode 0600). Each step is a transaction of its own."""

    def __init__(self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.time) -> None:
        self._file = SQLiteFile(path, SCHEMA, lambda why: CredentialsError(f"the token store {why}"))
        self._clock = clock  # the machine's, since the file is on one machine

    async def load(self, key: TokenKey) -> Stored | None:
        """The token under a key; None if there is none."""
        return await self._file.run(lambda db: read(db, key))

    async def save(self, key: TokenKey, token: Token, user_id: str | None = None) -> Stored:
        """Put a token under a key, whatever is there."""

        def step(db: sqlite3.Connection) -> Stored:
            before = db.execute(f"SELECT generation FROM tokens {ONE}", key).fetchone()
            stored = Stored(token, before[0] + 1 if before else 1, user_id)
            row = (*key, msgspec.json.encode(token), stored.generation, user_id)
            db.execute(
                "INSERT OR REPLACE INTO tokens (client_id, subject, token, generation, user_id) VALUES (?, ?, ?, ?, ?)",
                row,
            )
            return stored

        return await self._file.run(step)

    async def delete(self, key: TokenKey) -> None:
        """Forget what is under a key."""
        nothing = "token = NULL, user_id = NULL, owner = NULL, until = 0, generation = generation + 1"
        await self._file.run(lambda db: db.execute(f"UPDATE tokens SET {nothing} {ONE}", key) and None)

    async def acquire(self, key: TokenKey, owner: str, seconds: float) -> Lease | None:
        """The lease on renewing, if nobody holds one."""

        def step(db: sqlite3.Connection) -> Lease | None:
            stored = read(db, key)
            held = db.execute(f"SELECT owner, until FROM tokens {ONE}", key).fetchone()
            if stored is None or (held[0] is not None and self._clock() < held[1]):
                return None
            db.execute(f"UPDATE tokens SET owner = ?, until = ? {ONE}", (owner, self._clock() + seconds, *key))
            return Lease(stored, held[0] is not None)

        return await self._file.run(step)

    async def extend(self, key: TokenKey, owner: str, seconds: float) -> None:
        """Hold a lease for longer."""
        sql = f"UPDATE tokens SET until = ? {ONE} AND owner = ?"
        await self._file.run(lambda db: db.execute(sql, (self._clock() + seconds, *key, owner)) and None)

    async def release(self, key: TokenKey, owner: str, *, resolved: bool) -> None:
        """Give a lease back."""
        left = None if resolved else owner
        await self._file.run(
            lambda db: (
                db.execute(f"UPDATE tokens SET owner = ?, until = 0 {ONE} AND owner = ?", (left, *key, owner)) and None
            )
        )

    async def replace(self, key: TokenKey, generation: int, token: Token) -> Stored | None:
        """Save a renewed token if nothing newer is there."""

        def step(db: sqlite3.Connection) -> Stored | None:
            row = (msgspec.json.encode(token), *key, generation)
            changes = "token = ?, generation = generation + 1, owner = NULL, until = 0"
            sql = f"UPDATE tokens SET {changes} {ONE} AND generation = ? AND token IS NOT NULL"
            return read(db, key) if db.execute(sql, row).rowcount else None

        return await self._file.run(step)

    def checkpoints(self) -> SQLiteCheckpoints:
        """A store of checkpoints in the same file."""
        return SQLiteCheckpoints(self._file.path)

    def __repr__(self) -> str:
        return f"<SQLiteStore {self._file.path}>"


def read(db: sqlite3.Connection, key: TokenKey) -> Stored | None:
    """The token under a key, within a transaction."""
    row = db.execute(f"SELECT token, generation, user_id FROM tokens {ONE}", key).fetchone()
    return Stored(msgspec.json.decode(row[0], type=Token), row[1], row[2]) if row and row[0] is not None else None
