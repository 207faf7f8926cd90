"""Budgets: they trip before a request that could exceed them, whatever goes on at once."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.fakes import Clock, FakeX
from tests.cost.timed import MIDNIGHT, ZERO, Lines, Slow, Timed, answer, made
from xdk_async import PRICES, AsyncClient, Budget, BudgetExceeded, Costly, InvalidArgument, StoreFailed, TransportError
from xdk_async._core.purse import LocalPurse


async def test_the_request_that_would_exceed_it_is_not_sent() -> None:
    x = FakeX(answer(range(10)), answer(range(10, 20)))
    async with Timed(x, budget=0.12) as client:
        for _ in range(2):
            await client.posts.search_recent("q", max_results=10)
        with pytest.raises(BudgetExceeded) as caught:
            await client.posts.search_recent("q", max_results=10)
        assert len(x.requests) == 2
        error = caught.value
        assert (error.cost, error.left, error.limit, error.resets_at, error.fits) == (
            Decimal("0.05"),
            Decimal("0.02"),
            Decimal("0.12"),
            None,
            None,
        ), "search takes ten results at the least"
        assert str(error) == (
            "GET /2/tweets/search/recent was not sent: it may cost $0.05, and of the budget of $0.12 $0.02 is left"
        )
        await client.posts.get_by_ids(["1", "2", "3", "4"])  # which fits exactly
        assert (await client.usage.get()).cost == 0, "what is free goes on"


DEAR: list[tuple[Callable[[AsyncClient], Awaitable[Any]], str, int | None]] = [
    (lambda client: client.posts.search_recent("q", max_results=100), "0.50", 24),
    (lambda client: client.posts.search_recent("q", max_results=100, expansions=["author_id"]), "1.50", None),
    (lambda client: client.posts.get_by_ids([str(each) for each in range(30)]), "0.15", 24),
    (lambda client: client.users.get_by_usernames(["abc"] * 13), "0.13", 12),
    (lambda client: client.users.get_posts("1"), "0.50", 24),
    (lambda client: client.posts.create(text="https://example.com"), "0.20", None),
]


def quietly(_: Costly) -> None:
    """Nobody needs to know."""


@pytest.mark.parametrize(("call", "cost", "fits"), DEAR)
async def test_it_says_what_would_fit(
    call: Callable[[AsyncClient], Awaitable[Any]], cost: str, fits: int | None
) -> None:
    x = FakeX()
    async with Timed(x, budget="0.12", on_costly=quietly) as client:
        with pytest.raises(BudgetExceeded) as caught:
            await call(client)
    assert (caught.value.cost, caught.value.fits, x.requests) == (Decimal(cost), fits, [])
    assert (f"{fits} results would fit" in str(caught.value)) == (fits is not None)


async def test_what_came_counts_and_not_what_might_have() -> None:
    x = FakeX(answer(range(3)), answer(range(3)), httpx.Response(503))
    async with Timed(x, budget=(budget := Budget(1)), retries=0) as client:
        await client.posts.search_recent("q", max_results=100)
        assert (await budget.status()).spent == Decimal("0.015")
        await client.posts.search_recent("q", max_results=100)
        with pytest.raises(Exception, match="503"):
            await client.posts.search_recent("q", max_results=100)
        status = await budget.status()
        assert (status.spent, status.reserved, status.left) == (Decimal("0.015"), ZERO, Decimal("0.985"))


async def test_what_may_have_been_carried_out_counts_in_full() -> None:
    async with Timed(FakeX(httpx.ReadTimeout("late")), budget=(budget := Budget(1)), retries=0) as client:
        with pytest.raises(TransportError):
            await client.posts.create(text="hello")
        assert (await budget.status()).spent == Decimal("0.015")


async def test_a_cancelled_call_leaves_nothing_set_aside() -> None:
    x = Slow()
    x.gate.clear()
    async with Timed(x, budget=(budget := Budget(1))) as client:
        task = asyncio.create_task(client.posts.search_recent("q", max_results=100).__anext__())
        while not x.sent:
            await asyncio.sleep(0)
        assert (await budget.status()).reserved == Decimal("0.50")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        status = await budget.status()
        assert (status.reserved, status.spent) == (ZERO, Decimal("0.50")), "X may have answered"


async def test_who_is_cancelled_while_waiting_for_others_owes_nothing() -> None:
    x = Slow()
    x.gate.clear()
    async with Timed(x, budget=(budget := Budget(0.6))) as client:
        first, second = (
            asyncio.create_task(client.posts.search_recent("q", max_results=100).__anext__()) for _ in range(2)
        )
        for _ in range(20):
            await asyncio.sleep(0)
        assert x.sent == 1
        second.cancel()
        await asyncio.wait((second,))
        x.gate.set()
        await first
        assert (client.costs.in_doubt, (await budget.status()).spent) == (ZERO, Decimal("0.50"))
        assert len(await client.posts.search_recent("q", max_results=20)) == 20, "and the line goes on"


async def test_it_starts_anew_at_midnight_and_on_the_first_of_the_month() -> None:
    october = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
    for budget, opens in ((Budget(0.02, per="day"), MIDNIGHT), (Budget(0.02, per="month"), october)):
        async with Timed(FakeX(made(), made()), budget=budget) as client:
            await client.posts.create(text="hello")
            client.clock.now = opens - 1
            with pytest.raises(BudgetExceeded, match="starts anew at 2026-") as caught:
                await client.posts.create(text="hello")
            assert caught.value.resets_at == datetime.fromtimestamp(opens, UTC)
            client.clock.now = opens
            await client.posts.create(text="hello")


async def test_a_views_budget_holds_besides_the_clients() -> None:
    whole, part = Budget(0.05, name="whole"), Budget(0.02, name="part")
    async with Timed(FakeX(*[made()] * 9), budget=whole) as client:
        view = client.with_options(budget=part)
        await view.posts.create(text="hello")
        with pytest.raises(BudgetExceeded, match="of the budget 'part'"):
            await view.posts.create(text="hello")
        assert (await whole.status()).reserved == 0, "what the first had set aside came back"
        await client.posts.create(text="hello")
        await client.posts.create(text="hello")
        with pytest.raises(BudgetExceeded, match="of the budget 'whole'"):
            await client.with_options(budget=1).posts.create(text="hello")


async def test_many_tasks_spend_all_of_it_and_no_more() -> None:
    x = Slow(share=0.5)
    async with Timed(x, budget=(budget := Budget(1))) as client:

        async def read() -> int:
            try:
                return len(await client.posts.search_recent("q", max_results=20))
            except BudgetExceeded:
                return 0

        found = await asyncio.gather(*(read() for _ in range(100)))
        spent = (await budget.status()).spent
        assert spent == client.costs.total == sum(found) * PRICES["Post"]
        assert Decimal("0.90") < spent <= 1, "who is only held up by others on their way waits for them"


async def test_a_stream_ends_when_it_is_used_up() -> None:
    lines = Lines(range(1, 100))
    async with Timed(FakeX(httpx.Response(200, stream=lines)), budget=0.05) as client:
        got: list[str | None] = []
        with pytest.raises(BudgetExceeded, match="GET /2/tweets/search/stream ends here"):
            async for event in client.stream.posts():
                got.append(event.data.id)
        assert got == [str(each) for each in range(1, 11)], "all that was paid for is handed out"
        assert lines.sent == 10
        with pytest.raises(BudgetExceeded):
            async for _ in client.stream.posts():
                pass
        assert client.costs.total == Decimal("0.05")


async def test_a_budget_that_a_client_and_its_view_both_have_is_one_account() -> None:
    budget = Budget("0.10")
    async with Timed(FakeX(answer([1])), budget=budget) as client:
        view = client.with_options(budget=budget)
        await asyncio.wait_for(view.posts.search_recent("q", max_results=10).__anext__(), 1)
        status = await budget.status()
        assert (status.spent, status.reserved, view.costs.total) == (Decimal("0.005"), ZERO, Decimal("0.005"))


@pytest.mark.parametrize("wrong", [-1, "much", None, float("inf")])
def test_a_budget_that_means_nothing_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match="budget="):
        Budget(wrong)
    with pytest.raises(InvalidArgument, match="redis= takes an address like redis://localhost:6379/0") as raised:
        Budget(1, redis="http://:SECRET-word@nowhere")
    assert "SECRET" not in str(raised.value)
    week: Any = "week"
    with pytest.raises(InvalidArgument, match="per='week'"):
        Budget(1, per=week)


@pytest.mark.parametrize("address", ["redis://:SECRET#word@h:1", "redis://:SECRET/word@h", "redis://u:SECRET@h:port/0"])
async def test_an_address_that_is_none_shows_nothing_of_its_password(address: str) -> None:
    with pytest.raises(InvalidArgument, match="that is no address of a Redis") as raised:
        await Budget(1, redis=address).status()
    assert "SECRET" not in "".join(traceback.format_exception(raised.value, chain=True)).replace(address, "")


@pytest.mark.parametrize("lease", [0, -1, float("nan"), float("inf")])
def test_a_lease_that_would_hold_nothing_is_refused(lease: float) -> None:
    with pytest.raises(InvalidArgument, match="it takes seconds, more than 0"):
        Budget(1, redis="redis://127.0.0.1:1/0", lease=lease)


async def test_while_redis_is_away_nothing_is_sent_that_costs_something() -> None:
    x = FakeX(httpx.Response(200, json={}))
    async with Timed(x, budget=Budget(1, redis="redis://127.0.0.1:1/0")) as client:
        with pytest.raises(StoreFailed, match="budget in Redis"):
            await client.posts.search_recent("q")
        assert x.requests == []
        await client.usage.get()


STEP = st.tuples(st.sampled_from(["reserve", "settle", "period"]), st.integers(0, 9), st.integers(1, 60))


@given(st.lists(STEP, max_size=60))
def test_spent_and_reserved_never_exceed_the_limit(steps: list[tuple[str, int, int]]) -> None:
    """Whatever is asked for in whatever order, as long as nothing costs more than was set aside for it."""

    async def play() -> None:
        purse, period, held, granted = LocalPurse(), 0, dict[str, int](), 0
        for what, which, amount in steps:
            key = str(which)
            if what == "period":
                period += 1
            elif what == "reserve" and key not in held:
                before = await purse.look(period)
                found = await purse.reserve(key, amount, 100, period)
                assert found.granted == (before.spent + before.reserved + amount <= 100)
                if found.granted:
                    held[key], granted = amount, granted + 1
            elif what == "settle" and key in held:
                await purse.settle(key, min(amount, held.pop(key)), period)
            now = await purse.look(period)
            assert now.reserved == sum(held.values())
            assert now.spent + now.reserved <= 100

    asyncio.run(play())


async def test_a_day_that_ends_while_a_call_is_on_its_way_does_not_open_the_limit() -> None:
    x = Slow()
    x.gate.clear()
    clock = Clock(MIDNIGHT - 1)
    async with Timed(x, clock, budget=(budget := Budget(0.5, per="day"))) as client:
        task = asyncio.create_task(client.posts.search_recent("q", max_results=100).__anext__())
        while not x.sent:
            await asyncio.sleep(0)
        clock.now = MIDNIGHT
        assert (await budget.status(clock.now)).reserved == Decimal("0.50")
        x.gate.set()
        await task
        assert (await budget.status(clock.now)).left == 0


async def test_calls_that_need_the_same_budgets_in_opposite_order_do_not_wait_for_each_other() -> None:
    one, other = Budget(0.6, name="one"), Budget(0.6, name="other")
    slow, quick = Slow(share=0.02), Slow(share=0.02)
    slow.gate.clear()
    async with Timed(slow, budget=other) as first, Timed(quick, budget=one) as a, Timed(quick, budget=other) as b:
        views = (first, b.with_options(budget=one), a.with_options(budget=other))
        calls: list[asyncio.Task[Any]] = []
        for view in views:  # the first holds `other`; then one waits for that, and one comes with `one` and waits too
            calls.append(asyncio.create_task(view.posts.search_recent("q", max_results=100).__anext__()))
            for _ in range(20):
                await asyncio.sleep(0)
        slow.gate.set()
        async with asyncio.timeout(5):
            await asyncio.gather(*calls)
    assert {(await each.status()).reserved for each in (one, other)} == {ZERO}
