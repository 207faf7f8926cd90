"""A refusal for want of credits holds back every process; one call of all of them finds out whether it is over."""

from __future__ import annotations

import asyncio
import contextlib
import uuid

import pytest

from tests.limits.shared import Prompt, limits, simulate_sharing
from tests.limits.test_breaker import CAPPED, DEPLETED, Account
from tests.limits.test_redis_fleet import sender
from tests.limits.virtual import START, now
from xdk_async import CreditsDepleted, UsageCapExceeded
from xdk_async._core.breaker import FIRST, LONGEST
from xdk_async._core.sender import Sender
from xdk_async.groups import PostsClient, UsageClient, UsersClient


def fleet(x: Account, redis: Prompt, count: int = 4) -> list[Sender]:
    prefix = f"test:{uuid.uuid4().hex}"
    return [sender(x, limits(redis, prefix)) for _ in range(count)]


def test_what_one_process_was_refused_no_other_asks_for(redis_address: str) -> None:
    async def main() -> None:
        x, redis = Account(429, CAPPED), Prompt(redis_address)
        first, second, *_ = fleet(x, redis)
        with pytest.raises(UsageCapExceeded) as told:
            await UsersClient(first).get_by_id("7")
        for call in (UsersClient(second).get_by_id("7"), anext(PostsClient(second).search_recent("cats"))):
            with pytest.raises(UsageCapExceeded, match="was not sent: X refused an earlier call") as held:
                await call
            assert (held.value.sent, held.value.status, held.value.period) == (False, 429, "Monthly")
            assert held.value.retry_at == told.value.retry_at
            assert held.value.problem == told.value.problem
        assert len(x.arrivals) == 1
        with pytest.raises(UsageCapExceeded) as free:  # what tells how it stands is asked for all the same
            await UsageClient(second).get()
        assert free.value.sent
        await redis.redis.aclose()

    simulate_sharing(main())


def test_one_call_of_all_processes_tries_now_and_then_until_all_go_on(redis_address: str) -> None:
    async def main() -> None:
        x, redis = Account(402, DEPLETED, until=4000), Prompt(redis_address)

        async def worker(view: Sender) -> None:
            while now() < START + 6000:
                with contextlib.suppress(CreditsDepleted):
                    await UsersClient(view).get_by_id("7")
                await asyncio.sleep(20)

        await asyncio.gather(*(worker(view) for view in fleet(x, redis) for _ in range(5)))
        assert len([each for each in x.arrivals if each < 1]) <= 20  # on their way before the first answer
        assert len([each for each in x.arrivals if 1 < each < 4000]) == 7  # after 1, 2, 4, 8 and then 15 minutes
        assert len([each for each in x.arrivals if each > 4000 + LONGEST]) > 20 * 40
        await redis.redis.aclose()

    simulate_sharing(main())


def test_a_trial_that_gets_lost_with_its_process_is_made_by_another(redis_address: str) -> None:
    async def main() -> None:
        x, redis = Account(402, DEPLETED), Prompt(redis_address)
        first, second, *_ = fleet(x, redis)
        with pytest.raises(CreditsDepleted):
            await UsersClient(first).get_by_id("7")
        with pytest.raises(CreditsDepleted):
            await UsersClient(second).get_by_id("7")
        await asyncio.sleep(FIRST + 1)
        x.latency = 10**6
        trial = asyncio.create_task(UsersClient(first).get_by_id("7"))
        await asyncio.sleep(1)
        x.latency = 0.1
        with pytest.raises(CreditsDepleted) as held:
            await UsersClient(second).get_by_id("7")
        assert not held.value.sent
        await asyncio.sleep(FIRST + 1)
        with pytest.raises(CreditsDepleted) as tried:
            await UsersClient(second).get_by_id("7")
        assert tried.value.sent
        trial.cancel()
        await asyncio.wait([trial])
        await redis.redis.aclose()

    simulate_sharing(main())


def test_without_redis_a_process_keeps_its_own(redis_address: str) -> None:
    async def main() -> None:
        x, redis = Account(402, DEPLETED), Prompt(redis_address)
        first, second, *_ = fleet(x, redis)
        redis.is_down = True
        for view in (first, first, second, second):
            with pytest.raises(CreditsDepleted):
                await UsersClient(view).get_by_id("7")
        assert len(x.arrivals) == 2
        await redis.redis.aclose()

    simulate_sharing(main())
