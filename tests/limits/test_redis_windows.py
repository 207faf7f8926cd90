"""Windows in Redis decide as those of one process do, whatever happens in whatever order."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Generator
from contextlib import aclosing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xdk_async import RedisLimits
from xdk_async._core.limiter import Claim, LocalLimiter, Permit
from xdk_async._core.limits import DAY, Principal, Published, Said, Told
from xdk_async._core.window import Hold
from xdk_async.api.limits import LIMITS

START = 1_700_000_000.25
NAMES = itertools.count()
ENDPOINTS = {  # operation, and whether X counts it for a user: all kinds of windows
    "posts.search_recent": False,
    "posts.search_all": False,
    "posts.create": True,
    "users.like_post": True,
    "users.get_me": True,
    "GET /2/not/listed": False,
}


class Times:
    """Time that a history moves."""

    now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def runner() -> Generator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


def word(chance: random.Random, now: float) -> Told | None:
    reset = int(now) + chance.choice([1, 5, 300, 300, 900, 86_000]) if chance.random() < 0.8 else None
    odd = chance.random() < 0.1
    if odd:
        reset = chance.choice([0, -1, 10**13, 10**15, None])
    remaining = chance.choice([0, 0, 1, 3, 20, 100, None])
    return None if chance.random() < 0.3 else Told(chance.choice([100, 5, None, 0]), remaining, reset)


async def same_decisions(address: str, seed: int) -> None:
    limits = RedisLimits(address, prefix=f"test:same:{next(NAMES)}", lease=10**6, timeout=30)
    async with aclosing(limits) as shared:
        await compare(shared, random.Random(seed))


async def compare(shared: RedisLimits, chance: random.Random) -> None:
    times = Times()
    shared.keep_time(times)
    local = LocalLimiter()
    name = chance.choice(list(ENDPOINTS))
    several = ENDPOINTS[name] and chance.random() < 0.5
    users = [Principal("app", user) for user in (["a", "b"] if several else ["a"] if ENDPOINTS[name] else [""])]
    # a day of the app that its page does not list is known of in Redis to all users at once, here to who was told
    days = not several or any(each.seconds == DAY for each in LIMITS.get(name, Published()).app)
    flying: list[tuple[Permit, Permit]] = []
    for _ in range(chance.choice([10, 60])):
        times.now += chance.choice([0.0, 0.0, 0.01, 0.4, 1.0, 30.0, 500.0])
        act = chance.choice(["take", "take", "take", "land", "land", "refused", "lose"])
        if act == "take":
            claim = Claim(name, chance.choice(users), ENDPOINTS[name], chance.random() < 0.3)
            one, other = await local.take(claim, times.now), await shared.take(claim, times.now)
            if isinstance(one, Permit) and isinstance(other, Permit):
                flying.append((one, other))
            else:
                assert isinstance(one, Hold) and isinstance(other, Hold), (one, other)
                assert (one.why, one.shared) == (other.why, other.shared)
                assert one.seconds == pytest.approx(other.seconds, abs=1e-3)
                if one.why == "spacing":  # of windows that open at the same moment either may be told
                    assert one.every == pytest.approx(other.every, abs=1e-3)
        elif flying:
            mine, ours = flying.pop(chance.randrange(len(flying)))
            if act == "lose":
                counted = chance.random() < 0.5
                await local.lose(mine, counted)
                await shared.lose(ours, counted)
                continue
            date = chance.choice([None, None, times.now + 100, times.now - 3])
            wait = chance.choice([None, None, 0.0, 7.0]) if act == "refused" else None
            day = word(chance, times.now) if ENDPOINTS[name] else None
            all_users = word(chance, times.now) if days else None
            said = Said((word(chance, times.now), day, all_users), wait, date)
            first = await local.land(mine, said, act == "refused", times.now)
            second = await shared.land(ours, said, act == "refused", times.now)
            assert first == pytest.approx(second, abs=1e-3)


@example(5020)  # two windows that keep the same distance
@given(st.integers(0, 10**9))
def test_the_same_history_leads_to_the_same_decisions(runner: asyncio.Runner, redis_address: str, seed: int) -> None:
    runner.run(same_decisions(redis_address, seed))
