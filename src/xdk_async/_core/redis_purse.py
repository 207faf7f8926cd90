"""A purse in Redis (extra `redis`): one for all processes and machines that name it.

Under `xdk-async:budget:{name}` a hash with the period, what is spent and what is reserved; beside it, under `:held`, a
sorted set of the reservations, `amount:key`, by the time when they expire. Each script is one atomic step.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from xdk_async._core.extra import need
from xdk_async._core.of_loop import OfLoop
from xdk_async._core.purse import Held
from xdk_async.auth.redis_store import awaited, connected
from xdk_async.errors import InvalidArgument, StoreFailed

LEASE = 60.0  # seconds; with the usual timeouts every answer is there by then
POLL = 0.05  # seconds between two looks, of one task of each process
log = logging.getLogger("xdk_async")
BEGIN = """local time = redis.call('TIME') local now = time[1] + time[2] / 1000000
if tonumber(ARGV[1]) > tonumber(redis.call('HGET', KEYS[1], 'period') or '-1') then
  redis.call('HSET', KEYS[1], 'period', ARGV[1], 'spent', '0')
end
for _, held in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('ZREM', KEYS[2], held)
  redis.call('HINCRBY', KEYS[1], 'reserved', '-' .. string.match(held, '^%d+'))
end
local function held(granted)
  return {granted, redis.call('HGET', KEYS[1], 'spent'), redis.call('HGET', KEYS[1], 'reserved') or '0'}
end
"""
# ARGV: period, amount, key, limit, lease. redis-py runs it twice if the connection breaks before it has answered.
RESERVE = f"""{BEGIN}
local mine = ARGV[2] .. ':' .. ARGV[3]
if redis.call('ZSCORE', KEYS[2], mine) then return held(1) end
local total = redis.call('HGET', KEYS[1], 'spent') + (redis.call('HGET', KEYS[1], 'reserved') or 0) + ARGV[2]
if total > tonumber(ARGV[4]) then return held(0) end
redis.call('ZADD', KEYS[2], now + ARGV[5], mine)
redis.call('HINCRBY', KEYS[1], 'reserved', ARGV[2])
return held(1)
"""
# ARGV: period, amount, key, cost
SETTLE = f"""{BEGIN}
if redis.call('ZREM', KEYS[2], ARGV[2] .. ':' .. ARGV[3]) == 1 then
  redis.call('HINCRBY', KEYS[1], 'reserved', '-' .. ARGV[2])
end
redis.call('HINCRBY', KEYS[1], 'spent', ARGV[4])
return held(0)
"""
LOOK = f"""{BEGIN}
return held(0)
"""


class RedisPurse:
    """What a budget holds, in Redis. Fails closed: while Redis is away nothing is sent that costs something.

    Args:
        redis: a connection, which is used and not closed, or an address.
        name: the budget's, the same in all processes that share it.
        lease: seconds after which what a process had set aside is given back, if it has not settled: it is gone.
    """

    def __init__(self, redis: Any, name: str, *, lease: float = LEASE) -> None:
        need("redis", "a budget in Redis", "redis")
        if isinstance(redis, str) and not redis.startswith(("redis://", "rediss://", "unix://")):
            raise InvalidArgument("redis= takes an address like redis://localhost:6379/0, or a redis.asyncio.Redis")
        if isinstance(redis, str):
            connected(redis)  # refuses an address that is none
        else:
            awaited(redis, "redis= takes")
        self._given = redis
        self._connections: OfLoop[Any] = OfLoop(lambda: connected(redis))
        self._lease = lease
        self._keys = (f"xdk-async:budget:{{{name}}}", f"xdk-async:budget:{{{name}}}:held")
        self._reserved: dict[str, int] = {}
        self._unsettled: list[tuple[str, ...]] = []  # what could not be told, for the next time

    async def reserve(self, key: str, amount: int, limit: int, period: int) -> Held:
        """Set an amount aside, for all."""
        while self._unsettled:
            await self._run(SETTLE, *self._unsettled[0])
            self._unsettled.pop(0)
        held = await self._run(RESERVE, str(period), str(amount), key, str(limit), repr(self._lease))
        if held.granted:
            self._reserved[key] = amount
        return held

    async def settle(self, key: str, cost: int, period: int) -> None:
        """Give an amount back and take what was spent; if Redis is away, before the next call that costs something."""
        told = (str(period), str(self._reserved.pop(key, 0)), key, str(cost))
        try:
            await self._run(SETTLE, *told)
        except StoreFailed as error:
            log.warning("%s; what the last call cost is told later", error)
            self._unsettled.append(told)
        except asyncio.CancelledError:
            self._unsettled.append(told)  # it may be told twice then, which errs on the safe side
            raise

    async def look(self, period: int) -> Held:
        """How it stands, for all."""
        return await self._run(LOOK, str(period))

    async def changed(self, sleep: Callable[[float], Awaitable[None]], /) -> None:
        """Wait for a moment."""
        await sleep(POLL)

    async def aclose(self) -> None:
        """Close the connection, if it was made from an address."""
        connection = self._connections.pop()
        if connection is not None:
            await connection.aclose()

    async def _run(self, script: str, *arguments: str) -> Held:
        from redis.exceptions import RedisError

        redis = self._connections.get() if isinstance(self._given, str) else self._given
        try:
            granted, spent, reserved = await redis.eval(script, 2, *self._keys, *arguments)
        except (RedisError, OSError) as error:
            raise StoreFailed(f"the budget in Redis does not work: {error}") from error
        return Held(bool(int(granted)), int(spent), int(reserved))
