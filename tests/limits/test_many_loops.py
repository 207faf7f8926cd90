"""Limits and budgets of a module, in a program that runs each of its jobs by an `asyncio.run` of its own."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from tests.limits.test_redis_away import Counted, client, lines, prefix
from xdk_async import Budget, RedisLimits


def test_shared_limits_and_budgets_work_in_one_loop_after_another(
    redis_address: str, caplog: pytest.LogCaptureFixture
) -> None:
    x, name = Counted(), prefix()
    limits = RedisLimits(redis_address, prefix=name, when_away="closed")
    budgets = Budget("0.20", redis=redis_address, name=name), Budget("0.20")

    async def job() -> list[Decimal]:
        async with client(x, limits, budget=budgets[0]) as one:
            both = one.with_options(budget=budgets[1])
            await asyncio.gather(
                *(both.users.get_by_id("7") for _ in range(30))
            )  # more than fit at once: they wait in line
            return [(await each.status()).spent for each in budgets]

    assert [asyncio.run(job()) for _ in range(3)] == [[Decimal("0.01") * n] * 2 for n in (1, 2, 3)]
    assert x.count == 90
    assert lines(caplog) == []
