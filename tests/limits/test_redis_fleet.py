"""Many processes that share their limits against an X that enforces its table: none is refused, nearly all is used."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.limits.shared import Prompt, limits, simulate_sharing, standing_still
from tests.limits.test_windows import CALLS, FOREVER
from tests.limits.virtual import DAY, QUARTER, StrictX, now
from xdk_async import RedisLimits
from xdk_async._core.options import Options
from xdk_async._core.sender import Sender
from xdk_async._core.transport import Transport
from xdk_async.api.limits import LIMITS
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.settings import changed

PROCESSES = 4


def sender(
    x: httpx.AsyncBaseTransport, limits: RedisLimits, credentials: Credentials | None = None, **options: Any
) -> Sender:
    """What one process sends with."""
    transport = Transport(
        "https://api.x.com", http=x, clock=now, sleep=asyncio.sleep, chance=lambda: 1.0, limiter=limits, breakers=limits
    )
    options = {"max_wait": FOREVER, **options}
    return Sender(transport, credentials or Credentials(app=Bearer("SECRET-app")), changed(Options(), **options))


class Fleet:
    """Processes whose tasks make one call after the other."""

    def __init__(self, name: str, x: StrictX, address: str, tasks: int = 25, **options: Any) -> None:
        self.call, self.credentials = CALLS[name]
        self.tasks = tasks
        self.prefix = f"test:{uuid.uuid4().hex}"
        self.redis = [Prompt(address) for _ in range(PROCESSES)]
        self.views = [sender(x, limits(each, self.prefix), self.credentials, **options) for each in self.redis]
        self.running: list[asyncio.Task[None]] = []
        self.answered: Counter[int] = Counter()

    async def process(self, number: int, until: float) -> None:
        async def worker() -> None:
            while now() < until:
                await self.call(self.views[number])
                self.answered[number] += 1

        await asyncio.gather(*(worker() for _ in range(self.tasks)))

    async def run(self, seconds: float, meanwhile: Callable[[Fleet], Awaitable[None]] | None = None) -> None:
        until = now() + seconds
        self.running = [asyncio.create_task(self.process(number, until)) for number in range(PROCESSES)]
        if meanwhile is not None:
            await meanwhile(self)
        done, late = await asyncio.wait(self.running, timeout=until - now())
        for each in late:
            each.cancel()
        await asyncio.wait(self.running)
        for each in done:
            if not each.cancelled():
                each.result()
        for redis in self.redis:
            await redis.redis.aclose()

    async def kill(self, number: int) -> None:
        """End a process in the middle of its calls: it gives nothing back."""
        self.redis[number].is_down = True
        self.running[number].cancel()

    async def restart_redis(self, seconds: float) -> None:
        """Redis is away for a while, and knows nothing when it is back."""
        for each in self.redis:
            each.is_down = True
        await asyncio.sleep(seconds)
        with standing_still():
            await self.redis[0].forget(self.prefix)
        for each in self.redis:
            each.is_down = False


def allowance(name: str, windows: int) -> int:
    published, as_user = LIMITS[name], CALLS[name][1]
    own = {each.seconds: each.calls for each in (published.user if as_user else published.app)}
    return min(windows * own[QUARTER], own.get(DAY, 10**9))


@pytest.mark.parametrize("name", ["posts.search_recent", "users.get_me", "posts.create", "posts.search_all"])
def test_no_call_is_refused_and_nearly_all_of_the_table_is_used(name: str, redis_address: str) -> None:
    work(name, redis_address, windows=1)


@pytest.mark.soak
@pytest.mark.parametrize("name", CALLS)
def test_the_same_over_several_windows(name: str, redis_address: str) -> None:
    work(name, redis_address, windows=4)


def work(name: str, address: str, windows: int) -> None:
    x = StrictX(seed=3)

    async def main() -> None:
        fleet = Fleet(name, x, address)
        await fleet.run(windows * QUARTER - 1)
        fair = sum(fleet.answered.values()) / PROCESSES
        assert min(fleet.answered.values()) > fair / 2, fleet.answered

    simulate_sharing(main())
    assert x.refused == {}
    allowed = allowance(name, windows)
    assert 0.95 * allowed <= len(x.accepted[name]) <= allowed


def test_a_process_that_dies_in_the_middle_of_its_calls_strands_nobody(redis_address: str) -> None:
    x = StrictX(seed=5)

    async def main() -> None:
        async def killing(fleet: Fleet) -> None:
            await asyncio.sleep(0.15)
            await fleet.kill(0)

        await Fleet("users.get_me", x, redis_address).run(2 * QUARTER - 1, killing)

    simulate_sharing(main())
    assert x.refused == {}
    assert 0.95 * 150 <= len(x.accepted["users.get_me"]) <= 150


@pytest.mark.parametrize("after", [0.05, 0.3, 0.5, 0.7, 1.0, 400.0])
def test_a_redis_that_is_restarted_learns_again_what_is_left(redis_address: str, after: float) -> None:
    x = StrictX(seed=7)

    async def main() -> None:
        async def restarting(fleet: Fleet) -> None:
            await asyncio.sleep(after)
            await fleet.restart_redis(1.0)

        await Fleet("posts.search_recent", x, redis_address).run(2 * QUARTER - 1, restarting)

    simulate_sharing(main())
    assert sum(x.refused.values()) < PROCESSES  # of the last calls of a window, while none knows what is on its way
    assert 0.95 * 900 <= len(x.accepted["posts.search_recent"]) <= 900
