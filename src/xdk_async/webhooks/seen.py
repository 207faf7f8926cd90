"""Which events have been taken already: X delivers some twice, and a recorded delivery can be played again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Protocol

from xdk_async.auth.redis_store import connected

if TYPE_CHECKING:
    from redis.asyncio import Redis

LEASE = 600.0  # seconds that a claim lasts until it is confirmed: after a crash the event can come again
DAY = 86_400.0  # seconds: X replays events of the last 24 hours


class Seen(Protocol):
    """Remembers ids of events. Yours may keep them anywhere; what it raises makes the app answer 503."""

    async def claim(self, id: str) -> bool:
        """Take an event for a while: True for the first who asks, False for all others."""
        ...

    async def confirm(self, id: str) -> None:
        """Keep the claim: the event has been handled."""
        ...

    async def release(self, id: str) -> None:
        """Give an event back that was not handled, so that it can come again."""
        ...


class MemorySeen:
    """Ids in memory, for one process. The oldest give way when there are more than `size`."""

    def __init__(self, *, size: int = 100_000, seconds: float = DAY) -> None:
        self._size = size
        self._seconds = seconds
        self._until: OrderedDict[str, float] = OrderedDict()

    async def claim(self, id: str) -> bool:
        """Take an event."""
        now = asyncio.get_running_loop().time()
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)
        if id in self._until:
            return False
        if len(self._until) >= self._size:
            self._until.popitem(last=False)
        self._until[id] = now + self._seconds
        return True

    async def confirm(self, id: str) -> None:
        """Nothing is left to do: a claim in memory ends with the process."""

    async def release(self, id: str) -> None:
        """Give an event back."""
        self._until.pop(id, None)

    def __repr__(self) -> str:
        return f"<MemorySeen of {len(self._until)} events>"


class RedisSeen:
    """Ids in Redis (extra `redis`), for any number of processes. The connection given is used, not closed."""

    def __init__(
        self, redis: Redis | str, *, prefix: str = "xdk-async:event", seconds: float = DAY, lease: float = LEASE
    ) -> None:
        self._prefix = prefix
        self._seconds = seconds
        self._lease = lease
        self._own = isinstance(redis, str)
        self._redis: Any = connected(redis) if isinstance(redis, str) else redis

    async def claim(self, id: str) -> bool:
        """Take an event."""
        return bool(await self._redis.set(self._name(id), b"1", nx=True, px=int(self._lease * 1000)))

    async def confirm(self, id: str) -> None:
        """Keep the claim."""
        await self._redis.set(self._name(id), b"1", px=int(self._seconds * 1000))

    async def release(self, id: str) -> None:
        """Give an event back."""
        await self._redis.delete(self._name(id))

    async def aclose(self) -> None:
        """Close the connection, if it was made from an address."""
        if self._own:
            await self._redis.aclose()

    def _name(self, id: str) -> str:
        return f"{self._prefix}:{id}"

    def __repr__(self) -> str:
        return f"<RedisSeen {self._prefix!r}>"
