"""Processes that share a budget through a real Redis: together they never exceed it, and one that dies strands nobody."""

from __future__ import annotations

import asyncio
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.fakes import FakeX, listening
from tests.cost.timed import ZERO, Timed, answer, made
from xdk_async import PRICES, Budget, BudgetExceeded
from xdk_async._core.redis_purse import RESERVE, RedisPurse

TASKS = 8
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def redis(redis_address: str) -> Any:
    from redis import asyncio as package

    untyped: Any = package.Redis
    connection = untyped.from_url(redis_address)
    await connection.flushdb()
    yield connection
    await connection.aclose()


class Till:
    """An X that takes its time, answers every third id with nothing, and keeps the account."""

    def __init__(self) -> None:
        self.sold = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                line, *_ = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
                ids = line.split("ids=")[1].split(" ")[0].split("&")[0].split("%2C")
                found = [{"id": id, "text": "hello"} for id in ids if int(id) % 3]
                self.sold += len(found)
                await asyncio.sleep(0.002)
                body = json.dumps({"data": found}).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def test_four_processes_never_exceed_it_together(redis: Any, redis_address: str) -> None:
    till = Till()
    async with listening(till) as url:
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.cost.worker", url, redis_address, "3", str(TASKS), str(number * 1_000_000 + 1),
                cwd=ROOT, stdout=asyncio.subprocess.PIPE,
            )
            for number in range(5)
        ]  # fmt: skip
        victim = processes.pop()
        while not till.sold:
            await asyncio.sleep(0.01)
        victim.kill()
        await victim.communicate()
        said = [await process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    spent = Decimal(sum(int(out) for out, _ in said)) / 1_000_000
    status = await Budget(3, redis=redis, name="shared").status()
    assert spent <= status.spent <= 3
    assert Decimal("2.90") < status.spent + status.reserved, "hardly anything is left"
    lost = till.sold * PRICES["Post"] - status.spent
    assert 0 <= lost <= TASKS * 20 * PRICES["Post"], "X sold nothing besides but what the killed one had on its way"


async def test_what_a_lost_process_had_set_aside_comes_back(redis: Any) -> None:
    lost = RedisPurse(redis, "lease", lease=0.05)
    assert (await lost.reserve("a", 100, 100, 0)).granted
    other = RedisPurse(redis, "lease")
    assert not (await other.reserve("b", 1, 100, 0)).granted
    await asyncio.sleep(0.06)
    assert (await other.reserve("b", 100, 100, 0)).granted
    await lost.settle("a", 40, 0)  # it was slow, not lost: what it spent counts all the same
    assert tuple(await other.look(0)) == (False, 40, 100)


async def test_two_clients_of_one_name_share_and_another_name_does_not(redis: Any, redis_address: str) -> None:
    first = Timed(FakeX(made(), made()), budget=Budget(0.02, redis=redis, name="one"))
    second = Timed(FakeX(made(), made()), budget=Budget(0.02, redis=redis_address, name="one"))
    third = Timed(FakeX(made(), made()), budget=Budget(0.02, redis=redis_address, name="two"))
    async with first, second, third:
        await first.posts.create(text="hello")
        with pytest.raises(BudgetExceeded, match=r"of the budget 'one' of \$0.02 \$0.005 is left"):
            await second.posts.create(text="hello")
        await third.posts.create(text="hello")


async def test_one_account_behind_two_budgets_of_a_call_is_given_back_whole(redis: Any) -> None:
    client = Timed(FakeX(made()), budget=Budget(1, redis=redis, name="one"))
    async with client:
        await client.with_options(budget=(other := Budget(1, redis=redis, name="one"))).posts.create(text="hello")
        assert (await other.status()).reserved == 0


async def test_a_new_day_begins_for_all(redis: Any) -> None:
    budget = Budget(0.02, per="day", redis=redis, name="daily")
    async with Timed(FakeX(made(), made()), budget=budget) as client:
        await client.posts.create(text="hello")
        with pytest.raises(BudgetExceeded):
            await client.posts.create(text="hello")
        client.clock.now += 86_400
        await client.posts.create(text="hello")
        status = await budget.status(client.clock.now - 86_400)
        assert status.spent == Decimal("0.015"), "who is late does not open the day before again"


class Flaky:
    """A connection that fails when told to."""

    def __init__(self, redis: Any) -> None:
        self.redis = redis
        self.broken = False

    async def eval(self, script: str, numkeys: int, /, *keys_and_args: Any) -> Any:
        if self.broken:
            raise ConnectionError("gone")
        return await self.redis.eval(script, numkeys, *keys_and_args)


class Repeating(Flaky):
    """A connection that asks twice, as redis-py does if it breaks before Redis has answered."""

    async def eval(self, script: str, numkeys: int, /, *keys_and_args: Any) -> Any:
        if script is RESERVE:
            await super().eval(script, numkeys, *keys_and_args)
        return await super().eval(script, numkeys, *keys_and_args)


async def test_a_reservation_that_is_made_twice_is_one(redis: Any) -> None:
    purse = RedisPurse(Repeating(redis), "twice")
    assert (await purse.reserve("a", 60, 100, 0)).granted
    assert tuple(await purse.look(0)) == (False, 0, 60)
    await purse.settle("a", 40, 0)
    assert tuple(await purse.look(0)) == (False, 40, 0)


async def test_what_could_not_be_told_is_told_later(redis: Any) -> None:
    flaky = Flaky(redis)
    budget = Budget(1, redis=flaky, name="flaky")

    def breaks(request: httpx.Request) -> httpx.Response:
        flaky.broken = True
        return answer(range(10))

    async with Timed(FakeX(breaks, answer(range(10, 20))), budget=budget) as client:
        assert len(await client.posts.search_recent("q", max_results=10)) == 10
        flaky.broken = False
        assert (await budget.status()).spent == 0
        await client.posts.search_recent("q", max_results=10)
        status = await budget.status()
        assert (status.spent, status.reserved) == (Decimal("0.10"), ZERO)
