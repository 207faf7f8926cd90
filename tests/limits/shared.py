"""Virtual time with a real Redis in it: while an answer of Redis is awaited, time stands still."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from redis.asyncio import Redis

from tests.limits.virtual import Skipping, VirtualLoop, now
from xdk_async import RedisLimits

T = TypeVar("T")


class Waiting(Skipping):
    """Waits for sockets while somebody asks Redis."""

    asking = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if not self.asking:
            return super().select(timeout)
        return selectors.DefaultSelector.select(self, 0 if timeout == 0 else 10)


class SharedLoop(VirtualLoop):
    """An event loop in whose time Redis answers at once."""

    def __init__(self) -> None:
        self._skipping = self.waiting = Waiting()
        asyncio.SelectorEventLoop.__init__(self, self._skipping)


class Prompt:
    """A client of a real Redis that stops the loop's time while it works."""

    def __init__(self, address: str) -> None:
        untyped: Any = Redis
        self.redis = untyped.from_url(address, max_connections=1000)
        self.is_down = False
        self.steps = 0

    async def evalsha(self, *arguments: Any) -> Any:
        return await self._work(self.redis.evalsha, *arguments)

    async def eval(self, *arguments: Any) -> Any:
        return await self._work(self.redis.eval, *arguments)

    async def _work(self, what: Any, *arguments: Any) -> Any:
        if self.is_down:
            raise ConnectionRefusedError("nobody listens")
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SharedLoop)
        self.steps += 1
        loop.waiting.asking += 1
        try:
            return await what(*arguments)
        finally:
            loop.waiting.asking -= 1


def simulate_sharing(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in no time but Redis's own."""
    with asyncio.Runner(loop_factory=SharedLoop) as runner:
        return runner.run(main)


def limits(redis: Prompt, prefix: str, **settings: Any) -> RedisLimits:
    """What one process of many has."""
    client: Any = redis
    made = RedisLimits(client, prefix=prefix, **settings)
    made.keep_time(now)
    return made
