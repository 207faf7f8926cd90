"""Virtual time with a real Redis in it: while an answer of Redis is awaited, time stands still."""

from __future__ import annotations

import asyncio
import contextlib
import random
import selectors
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

from tests.limits.virtual import Skipping, VirtualLoop, now
from tests.redis_server import connected
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
        self.redis = connected(address, max_connections=1000)
        self.is_down = False
        self.steps = 0

    async def evalsha(self, *arguments: Any) -> Any:
        return await self._work(self.redis.evalsha, *arguments)

    async def eval(self, *arguments: Any) -> Any:
        return await self._work(self.redis.eval, *arguments)

    async def forget(self, prefix: str) -> None:
        """Lose what is under a prefix, and the scripts, as with a restart."""
        for key in [each async for each in self.redis.scan_iter(f"{prefix}:*", count=10_000)]:
            await self.redis.delete(key)
        await self.redis.script_flush()

    async def _work(self, what: Any, *arguments: Any) -> Any:
        if self.is_down:
            raise ConnectionRefusedError("nobody listens")
        self.steps += 1
        with standing_still():
            return await what(*arguments)


@contextlib.contextmanager
def standing_still() -> Generator[None]:
    """Time does not move."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SharedLoop)
    loop.waiting.asking += 1
    try:
        yield
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
    made.keep_time(now, random.Random(7).random)
    return made
