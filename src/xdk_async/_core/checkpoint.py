"""Where a long run keeps how far it came, to go on there after a restart."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from xdk_async._core.given import check_text
from xdk_async.errors import InvalidArgument, StoreFailed

if TYPE_CHECKING:
    import sqlite3

SCHEMA = "CREATE TABLE IF NOT EXISTS checkpoints (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID"


@runtime_checkable
class CheckpointStore(Protocol):
    """What a store of checkpoints does."""

    async def load(self, name: str) -> bytes | None:
        """What was saved last under a name; None if nothing was."""
        ...

    async def save(self, name: str, data: bytes) -> None:
        """Keep `data` under a name, in one step: a crash leaves the old or the new."""
        ...


@runtime_checkable
class HasCheckpoints(Protocol):
    """A token store, which keeps checkpoints beside its tokens."""

    def checkpoints(self) -> CheckpointStore:
        """A store of checkpoints in the same place."""
        ...


Checkpoints: TypeAlias = CheckpointStore | HasCheckpoints | str | os.PathLike[str]


class MemoryCheckpoints:
    """Checkpoints of one process, gone when it ends."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}

    async def load(self, name: str) -> bytes | None:
        """What was saved last under a name."""
        return self._data.get(name)

    async def save(self, name: str, data: bytes) -> None:
        """Keep `data` under a name."""
        self._data[name] = data


class OneCheckpoint:
    """A checkpoint that somebody else keeps: it is read here, and never saved.

    Args:
        data: what was kept; None if nothing was.
    """

    def __init__(self, data: bytes | None) -> None:
        self._data = data

    async def load(self, name: str) -> bytes | None:
        """What was kept."""
        del name
        return self._data

    async def save(self, name: str, data: bytes) -> None:
        """Leave it to whoever keeps it."""


class SQLiteCheckpoints:
    """Checkpoints in a SQLite file; it may be the one that holds the tokens."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        from xdk_async._core.sqlite_file import SQLiteFile  # which loads sqlite3: not every client keeps checkpoints

        self._file = SQLiteFile(path, SCHEMA, lambda why: StoreFailed(f"the checkpoint store {why}"))

    async def load(self, name: str) -> bytes | None:
        """What was saved last under a name."""

        def step(db: sqlite3.Connection) -> bytes | None:
            row = db.execute("SELECT data FROM checkpoints WHERE name = ?", (name,)).fetchone()
            return row[0] if row else None

        return await self._file.run(step)

    async def save(self, name: str, data: bytes) -> None:
        """Keep `data` under a name."""
        await self._file.run(
            lambda db: (
                db.execute("INSERT OR REPLACE INTO checkpoints (name, data) VALUES (?, ?)", (name, data)) and None
            )
        )

    def __repr__(self) -> str:
        return f"<SQLiteCheckpoints {self._file.path}>"


class RedisCheckpoints:
    """Checkpoints in Redis (extra `redis`), under `prefix` and their name."""

    def __init__(self, redis: Any, *, prefix: str = "xdk-async:checkpoint") -> None:
        self._redis = redis
        self._prefix = prefix

    async def load(self, name: str) -> bytes | None:
        """What was saved last under a name."""
        found: bytes | str | None = await self._told(self._redis.get(f"{self._prefix}:{name}"))
        return found.encode() if isinstance(found, str) else found

    async def save(self, name: str, data: bytes) -> None:
        """Keep `data` under a name."""
        await self._told(self._redis.set(f"{self._prefix}:{name}", data))

    async def aclose(self) -> None:
        """Close the connection."""
        await self._redis.aclose()

    async def _told(self, asked: Any) -> Any:
        from redis.exceptions import RedisError

        try:
            return await asked
        except (RedisError, OSError) as error:
            raise StoreFailed(f"the checkpoint store in Redis does not work: {error}") from error

    def __repr__(self) -> str:
        return f"<RedisCheckpoints {self._prefix!r}>"


def check_name(name: object, where: Checkpoints | None) -> None:
    """Refuse a name for a checkpoint that nobody keeps, and what is no name."""
    check_text("checkpoint_name=", name)
    if where is None:
        raise InvalidArgument("checkpoint_name= names what checkpoint= keeps: give that too, or neither")


def checkpoint_store(where: Checkpoints) -> CheckpointStore:
    """The store that is meant: a store itself, a token store's file or Redis, a path, or a `redis://` address."""
    if isinstance(where, HasCheckpoints):
        return where.checkpoints()
    if isinstance(where, CheckpointStore) and not hasattr(where, "acquire"):  # which a token store has
        return where
    if isinstance(where, str) and where.startswith(("redis://", "rediss://", "unix://")):
        from xdk_async.auth.redis_store import connected

        return RedisCheckpoints(connected(where))
    if isinstance(where, str) and "://" in where:  # which may hold a password
        raise InvalidArgument("checkpoint= takes a path or a redis:// address: another address keeps no checkpoints")
    if isinstance(where, (str, os.PathLike)):
        return SQLiteCheckpoints(where)
    raise InvalidArgument(
        f"checkpoint= takes a store of checkpoints, a path or a redis:// address, not {type(where).__name__}"
    )
