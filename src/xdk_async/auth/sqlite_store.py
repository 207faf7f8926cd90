"""Tokens in a SQLite file: safe between the processes of one machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import msgspec

from xdk_async.auth.store import Lease
from xdk_async.auth.token import Stored, Token, TokenKey
from xdk_async.errors import CredentialsError

T = TypeVar("T")
BUSY = 20.0  # seconds to wait for another process's transaction
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
        self._path = Path(path)
        self._made = False
        self._clock = clock  # the machine's, since the file is on one machine

    async def load(self, key: TokenKey) -> Stored | None:
        """The token under a key; None if there is none."""
        return await self._run(lambda db: read(db, key))

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

        return await self._run(step)

    async def delete(self, key: TokenKey) -> None:
        """Forget what is under a key."""
        nothing = "token = NULL, user_id = NULL, owner = NULL, until = 0, generation = generation + 1"
        await self._run(lambda db: db.execute(f"UPDATE tokens SET {nothing} {ONE}", key) and None)

    async def acquire(self, key: TokenKey, owner: str, seconds: float) -> Lease | None:
        """The lease on renewing, if nobody holds one."""

        def step(db: sqlite3.Connection) -> Lease | None:
            stored = read(db, key)
            held = db.execute(f"SELECT owner, until FROM tokens {ONE}", key).fetchone()
            if stored is None or (held[0] is not None and self._clock() < held[1]):
                return None
            db.execute(f"UPDATE tokens SET owner = ?, until = ? {ONE}", (owner, self._clock() + seconds, *key))
            return Lease(stored, held[0] is not None)

        return await self._run(step)

    async def extend(self, key: TokenKey, owner: str, seconds: float) -> None:
        """Hold a lease for longer."""
        sql = f"UPDATE tokens SET until = ? {ONE} AND owner = ?"
        await self._run(lambda db: db.execute(sql, (self._clock() + seconds, *key, owner)) and None)

    async def release(self, key: TokenKey, owner: str, *, resolved: bool) -> None:
        """Give a lease back."""
        left = None if resolved else owner
        await self._run(
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

        return await self._run(step)

    async def _run(self, step: Callable[[sqlite3.Connection], T]) -> T:
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
            raise CredentialsError(f"the token store {self._path} does not work: {error}") from error

    @contextlib.contextmanager
    def _connection(self) -> Generator[sqlite3.Connection, None, None]:
        if not self._made:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            self._path.chmod(0o600)
        db = sqlite3.connect(self._path, timeout=BUSY, isolation_level=None)
        try:
            if not self._made:
                db.execute(SCHEMA)
                self._made = True
            yield db
        finally:
            db.close()

    def __repr__(self) -> str:
        return f"<SQLiteStore {self._path}>"


def read(db: sqlite3.Connection, key: TokenKey) -> Stored | None:
    """The token under a key, within a transaction."""
    row = db.execute(f"SELECT token, generation, user_id FROM tokens {ONE}", key).fetchone()
    return Stored(msgspec.json.decode(row[0], type=Token), row[1], row[2]) if row and row[0] is not None else None
