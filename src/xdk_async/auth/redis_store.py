"""Tokens in Redis (extra `redis`): safe between processes and machines."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import msgspec

from xdk_async._core.checkpoint import RedisCheckpoints
from xdk_async.auth.store import Lease
from xdk_async.auth.token import Stored, Token, TokenKey
from xdk_async.errors import CredentialsError, InvalidArgument

if TYPE_CHECKING:
    from redis.asyncio import Redis

# A key is a hash: token, generation, user_id, owner and until (of the lease). Each script is one atomic step.
NOW = "local time = redis.call('TIME') local now = time[1] + time[2] / 1000000"  # Redis's clock, the same for all
READ = "local found = redis.call('HMGET', KEYS[1], 'token', 'generation', 'user_id', 'owner', 'until')"
ACQUIRE = f"""{NOW}
{READ}
if not found[1] or (found[4] and now < tonumber(found[5])) then return false end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'until', tostring(now + ARGV[2]))
return {{found[1], found[2], found[3], found[4] and 1 or 0}}
"""
RELEASE = """if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
if ARGV[2] == '1' then redis.call('HDEL', KEYS[1], 'owner', 'until') else redis.call('HSET', KEYS[1], 'until', '0') end
return 1
"""
EXTEND = f"""{NOW}
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
return redis.call('HSET', KEYS[1], 'until', tostring(now + ARGV[2]))
"""
DELETE = """if redis.call('HDEL', KEYS[1], 'token', 'user_id', 'owner', 'until') == 0 then return 0 end
return redis.call('HINCRBY', KEYS[1], 'generation', 1)
"""
REPLACE = """if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return false end
if redis.call('HEXISTS', KEYS[1], 'token') == 0 then return false end
redis.call('HSET', KEYS[1], 'token', ARGV[2])
redis.call('HDEL', KEYS[1], 'owner', 'until')
return {ARGV[2], redis.call('HINCRBY', KEYS[1], 'generation', 1), redis.call('HGET', KEYS[1], 'user_id')}
"""
SAVE = """redis.call('HDEL', KEYS[1], 'owner', 'until', 'user_id')
redis.call('HSET', KEYS[1], 'token', ARGV[1])
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'user_id', ARGV[2]) end
return redis.call('HINCRBY', KEYS[1], 'generation', 1)
"""


class RedisStore:
    """Tokens in Redis, under `prefix` and their key. The connection given is used, not closed."""

    def __init__(self, redis: Redis | str, *, prefix: str = "xdk-async:token") -> None:
        self._prefix = prefix
        self._own = isinstance(redis, str)
        self._redis: Any = connected(redis) if isinstance(redis, str) else awaited(redis, "RedisStore takes")

    async def load(self, key: TokenKey) -> Stored | None:
        """The token under a key; None if there is none."""
        with told():
            token, generation, user_id = await self._redis.hmget(self._name(key), "token", "generation", "user_id")
        return stored(token, generation, user_id) if token else None

    async def save(self, key: TokenKey, token: Token, user_id: str | None = None) -> Stored:
        """Put a token under a key, whatever is there."""
        generation = await self._script(SAVE, key, msgspec.json.encode(token), user_id or "")
        return Stored(token, int(generation), user_id)

    async def delete(self, key: TokenKey) -> None:
        """Forget what is under a key."""
        await self._script(DELETE, key)

    async def acquire(self, key: TokenKey, owner: str, seconds: float) -> Lease | None:
        """The lease on renewing, if nobody holds one."""
        found = await self._script(ACQUIRE, key, owner, repr(seconds))
        return Lease(stored(*found[:3]), bool(int(found[3]))) if found else None

    async def extend(self, key: TokenKey, owner: str, seconds: float) -> None:
        """Hold a lease for longer."""
        await self._script(EXTEND, key, owner, repr(seconds))

    async def release(self, key: TokenKey, owner: str, *, resolved: bool) -> None:
        """Give a lease back."""
        await self._script(RELEASE, key, owner, "1" if resolved else "0")

    async def replace(self, key: TokenKey, generation: int, token: Token) -> Stored | None:
        """Save a renewed token if nothing newer is there."""
        found = await self._script(REPLACE, key, str(generation), msgspec.json.encode(token))
        return stored(*found) if found else None

    def checkpoints(self) -> RedisCheckpoints:
        """A store of checkpoints in the same Redis, over the same connection."""
        return RedisCheckpoints(self._redis)

    async def aclose(self) -> None:
        """Close the connection, if it was made from an address."""
        if self._own:
            await self._redis.aclose()

    async def _script(self, script: str, key: TokenKey, *arguments: str | bytes) -> Any:
        with told():
            return await self._redis.eval(script, 1, self._name(key), *arguments)

    def _name(self, key: TokenKey) -> str:
        return f"{self._prefix}:{len(key.client_id)}:{key.client_id}:{key.subject}"

    def __repr__(self) -> str:
        return f"<RedisStore {self._prefix!r}>"


def connected(address: str) -> Any:
    """A connection to Redis; needs the extra.

    Raises:
        InvalidArgument: The address is none; what is wrong with it is not said, as it may be a part of a password.
    """
    try:
        from redis import asyncio
    except ImportError:
        raise InvalidArgument("Redis needs the extra: pip install 'xdk-async[redis]'") from None
    untyped: Any = asyncio.Redis
    try:
        found = untyped.from_url(address)
        check_options(found.connection_pool)
    except (ValueError, TypeError):  # whose words may hold the password
        raise InvalidArgument(
            "that is no address of a Redis, such as redis://localhost:6379/0; in a password, / # ? @ are to be quoted,"
            " and after a ? only options of redis-py may stand"
        ) from None
    return found


def check_options(pool: Any) -> None:
    """Refuse options of an address that redis-py does not know: it would tell when it first connects.

    Raises:
        TypeError: There is one.
    """
    pool.connection_class(**pool.connection_kwargs)


def awaited(redis: object, what: str) -> Any:
    """A client of asyncio's.

    Raises:
        InvalidArgument: It is none.
    """
    kind = type(redis)
    execute = getattr(kind, "execute_command", None)
    if not hasattr(redis, "eval") or (execute is not None and not inspect.iscoroutinefunction(execute)):
        other = "one of redis" if execute is not None else kind.__name__
        raise InvalidArgument(f"{what} a client of redis.asyncio or an address, not {other}")
    return redis


@contextlib.contextmanager
def told() -> Generator[None, None, None]:
    """Errors of Redis as ours."""
    from redis.exceptions import RedisError

    try:
        yield
    except (RedisError, OSError) as error:
        raise CredentialsError(f"the token store in Redis does not work: {error}") from error


def stored(token: bytes, generation: Any, user_id: bytes | str | None) -> Stored:
    """A token from what Redis keeps."""
    name = user_id.decode() if isinstance(user_id, bytes) else user_id
    return Stored(msgspec.json.decode(token, type=Token), int(generation), name)
