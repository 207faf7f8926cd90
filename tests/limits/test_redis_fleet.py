"""Many processes that share their limits against an X that enforces its table: none is refused, nearly all is used."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from typing import Any

import pytest

from tests.limits.shared import Prompt, limits, simulate_sharing
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


def prefix() -> str:
    return f"test:{uuid.uuid4().hex}"


def sender(x: StrictX, limits: RedisLimits, credentials: Credentials | None = None, **options: Any) -> Sender:
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
        self.x, self.tasks = x, tasks
        self.redis = Prompt(address)
        key = prefix()
        self.views = [sender(x, limits(self.redis, key), self.credentials, **options) for _ in range(PROCESSES)]
        self.running: list[asyncio.Task[None]] = []
        self.answered: Counter[int] = Counter()

    async def process(self, number: int, until: float) -> None:
        async def worker() -> None:
            while now() < until:
                await self.call(self.views[number])
                self.answered[number] += 1

        await asyncio.gather(*(worker() for _ in range(self.tasks)))

    async def run(self, seconds: float) -> None:
        until = now() + seconds
        self.running = [asyncio.create_task(self.process(number, until)) for number in range(PROCESSES)]
        done, late = await asyncio.wait(self.running, timeout=seconds)
        for each in late:
            each.cancel()
        await asyncio.wait(self.running)
        for each in done:
            if not each.cancelled():
                each.result()
        await self.redis.redis.aclose()


def allowance(name: str, windows: int) -> int:
    published, as_user = LIMITS[name], CALLS[name][1]
    own = {each.seconds: each.calls for each in (published.user if as_user else published.app)}
    return min(windows * own[QUARTER], own.get(DAY, 10**9))


@pytest.mark.parametrize("name", CALLS)
def test_no_call_is_refused_and_nearly_all_of_the_table_is_used(name: str, redis_address: str) -> None:
    windows = 2
    x = StrictX(seed=3)

    async def main() -> None:
        fleet = Fleet(name, x, redis_address)
        await fleet.run(windows * QUARTER - 1)
        fair = sum(fleet.answered.values()) / PROCESSES
        assert min(fleet.answered.values()) > fair / 2, fleet.answered

    simulate_sharing(main())
    assert x.refused == {}
    allowed = allowance(name, windows)
    assert 0.95 * allowed <= len(x.accepted[name]) <= allowed
