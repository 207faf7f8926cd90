"""Scripts in Redis (extra `redis`), and whether Redis is there: one failure keeps everybody from asking for a while."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, Protocol

import msgspec

from xdk_async._core.limits import Principal
from xdk_async._core.of_loop import OfLoop
from xdk_async.auth.credential import digest
from xdk_async.auth.redis_store import awaited, check_options
from xdk_async.errors import InvalidArgument, StoreFailed

SCHEMES = ("redis://", "rediss://", "unix://")
FIRST, LONGEST = 0.25, 5.0  # seconds until Redis is asked again after it failed, and at the most
CONNECTIONS = 16  # a step takes well under a millisecond
WRONG = (
    "Protocol error: unauthenticated",
    "ERR",
    "MOVED",
    "CROSSSLOT",
    "NOPERM",
    "NOAUTH",
    "WRONGPASS",
    "WRONGTYPE",
)  # replies that waiting does not mend
PASSING = ("BUSY", "MISCONF", "NOREPLICAS", "UNKILLABLE")  # those that redis-py has no class for, and that it does
log = logging.getLogger("xdk_async")


class Away(Exception):
    """Redis cannot be asked now."""


class RedisClient(Protocol):
    """What is used of a client of Redis: `redis.asyncio.Redis` and `redis.asyncio.cluster.RedisCluster` have it."""

    def evalsha(self, sha: str, numkeys: int, /, *keys_and_args: Any) -> Any:
        """Run a script that Redis knows; to be awaited."""
        ...

    def eval(self, script: str, numkeys: int, /, *keys_and_args: Any) -> Any:
        """Run a script; to be awaited."""
        ...


class Script:
    """A script, by its file beside this one."""

    def __init__(self, name: str) -> None:
        self.text: str = files("xdk_async._core").joinpath(name).read_text(encoding="utf-8")
        self.sha: str = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()  # Redis's name for it

    async def run(self, redis: Any, keys: Sequence[str], request: bytes) -> Any:
        """What it returns. Redis knows it by its digest, once it has seen it and until it is restarted."""
        from redis.exceptions import NoScriptError

        try:
            return await redis.evalsha(self.sha, len(keys), *keys, request)
        except NoScriptError:
            return await redis.eval(self.text, len(keys), *keys, request)


class RedisLink:
    """A connection to Redis: the one given, which stays its owner's, or one from an address."""

    def __init__(self, redis: RedisClient | str, timeout: float) -> None:
        given: Any = redis
        self._own = isinstance(redis, str)
        self._given: Any = connected(given, timeout) if self._own else awaited(given, "shared limits take")
        self._connections: OfLoop[Any] = OfLoop(lambda: connected(given, timeout))
        self._timeout = timeout
        self._worked = False  # once it did, whatever goes wrong is taken to pass
        self._pause = 0.0  # seconds between two attempts; 0 while Redis is there
        self._next = 0.0  # when the next attempt may be made, by the loop's clock
        self._trying = False
        self.on_away: Callable[[], None] = lambda: None

    @property
    def is_away(self) -> bool:
        """Whether Redis failed when it was asked last."""
        return self._pause > 0

    async def run(self, script: Script, keys: Sequence[str], request: object) -> Any:
        """What a script answers: JSON, read.

        Raises:
            Away: Redis failed, or did not long ago.
            StoreFailed: Redis was never of use, and waiting will not change that.
        """
        was_away = self.is_away
        if was_away:
            if self._trying or asyncio.get_running_loop().time() < self._next:
                raise Away
            self._trying = True
        from redis.exceptions import RedisError

        try:
            async with asyncio.timeout(self._timeout):
                answer: Any = await script.run(self._redis(), keys, msgspec.msgpack.encode(request))
        except (RedisError, OSError, TimeoutError) as error:
            self._fail(error, was_away)
            await self._drop_idle()
            raise Away from error
        finally:
            if was_away:
                self._trying = False
        if self.is_away:
            log.warning("Redis is back: limits are shared again")
        self._worked, self._pause = True, 0.0
        return msgspec.json.decode(answer)

    def _fail(self, error: Exception, was_trial: bool) -> None:
        """The first failure is told; of those that follow only the attempts count."""
        if not self._worked and is_wrong(error):
            raise StoreFailed(f"the shared limits in Redis do not work: {named(error)}") from error
        if not self.is_away:
            log.warning("Redis is away, limits are not shared meanwhile: %s", named(error))
            self.on_away()
        if was_trial or not self.is_away:
            self._pause = min(max(self._pause * 2, FIRST), LONGEST)
            self._next = asyncio.get_running_loop().time() + self._pause

    async def _drop_idle(self) -> None:
        """Close connections that nobody uses: with a Redis that was restarted each of them would be a failure again."""
        from redis.exceptions import RedisError

        if self._own:
            with contextlib.suppress(RedisError, OSError):
                await self._redis().connection_pool.disconnect(inuse_connections=False)

    async def aclose(self) -> None:
        """Close the connection, if it was made from an address. Whoever asks again connects anew."""
        connection = self._connections.pop()
        if connection is not None:
            await connection.aclose()

    def _redis(self) -> Any:
        return self._connections.get() if self._own else self._given


def key_of(prefix: str, principal: Principal, *parts: str) -> str:
    """A key. The app stands in braces: all that belongs to one is in one slot of a cluster."""
    return ":".join((f"{prefix}:{{{digest(principal.app)}}}", *parts))


def user_of(principal: Principal) -> str:
    """The part of a key that says whose it is."""
    return digest(principal.user) if principal.user else "app"


def is_wrong(error: Exception) -> bool:
    """Whether waiting will not help: a password, a permission, a node of a cluster that is no cluster's client.

    redis-py takes `ERR` and `NOPERM` off the words of a reply.
    """
    from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError, ResponseError

    if isinstance(error, (AuthenticationError, AuthorizationError, NoPermissionError)):
        return True
    words = str(error)
    return words.startswith(WRONG) or (type(error) is ResponseError and not words.startswith(PASSING))


def named(error: Exception) -> str:
    """An error in words; of a time that ran out there are none."""
    hint = "; give a redis.asyncio.cluster.RedisCluster" if str(error).startswith(("MOVED", "CROSSSLOT")) else ""
    return f"{str(error) or 'no answer in time'} ({type(error).__name__}){hint}"


def connected(address: str, timeout: float) -> Any:
    """A client that gives up in time: somebody waits for each answer."""
    try:
        from redis import asyncio as redis
    except ImportError:
        raise InvalidArgument("shared limits need the extra: pip install 'xdk-async[redis]'") from None
    untyped: Any = redis
    try:
        if not address.startswith(SCHEMES):
            raise ValueError
        pool = untyped.BlockingConnectionPool.from_url(
            address,
            max_connections=CONNECTIONS,
            timeout=timeout,
            socket_connect_timeout=timeout,
            socket_timeout=timeout,
        )
        check_options(pool)
    except (ValueError, TypeError):  # whose words may hold the password
        raise InvalidArgument("limits= takes an address like redis://localhost:6379/0, or a RedisLimits") from None
    return untyped.Redis.from_pool(pool)
