"""What answers and events cost, and what a client has spent."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.client.fakes import Clock, FakeX
from tests.cost.timed import ME, MIDNIGHT, ZERO, Lines, Timed, answer, made
from xdk_async import (
    PRICES,
    Budget,
    BudgetExceeded,
    Costly,
    CostWarning,
    NotFound,
    ServerError,
    TransportError,
)
from xdk_async._core.cost import Seen

OWNER = PRICES.replace(owner=ME)


async def test_a_page_costs_what_it_brought_and_an_answer_keeps_its_own_cost() -> None:
    async with Timed(FakeX(answer(range(1, 8)), answer([1]))) as client:
        page = await client.posts.search_recent("python")
        assert (page.cost, page.microdollars) == (Decimal("0.035"), 35_000)
        person = await client.users.get_by_ids([1])
        assert (person.cost, client.costs.total) == (Decimal("0.01"), Decimal("0.045"))
        assert client.costs.resources == {"Post": 7, "User": 1}


async def test_what_expansions_bring_costs_too_unless_the_prices_say_otherwise() -> None:
    for includes, cost in ((True, "0.03"), (False, "0.01")):
        async with Timed(FakeX(answer([1, 2], users=[7, 8])), prices=PRICES.replace(includes=includes)) as client:
            assert (await client.posts.search_recent("q", expansions=["author_id"])).cost == Decimal(cost)


async def test_the_same_resource_costs_once_in_a_day_of_utc() -> None:
    x = FakeX(answer([1, 2]), answer([2, 3]), answer([1, 2, 3]), answer([2], users=[5]), answer([5]))
    async with Timed(x) as client:
        assert (await client.posts.search_recent("q")).cost == Decimal("0.01")
        assert (await client.posts.search_recent("q")).cost == Decimal("0.005")
        client.clock.now = MIDNIGHT
        assert (await client.posts.search_recent("q")).cost == Decimal("0.015"), "a new day"
        assert (await client.posts.search_recent("q", expansions=["author_id"])).cost == Decimal("0.01")
        assert (await client.users.get_by_ids([5])).cost == 0, "that came as an author before"
        spent = client.costs.by_operation["posts.search_recent"]
        assert (spent.calls, spent.resources, spent.repeats) == (4, {"Post": 6, "User": 1}, 2)


async def test_a_clock_that_is_set_back_bills_nothing_twice() -> None:
    async with Timed(FakeX(answer([1]), answer([1])), Clock(MIDNIGHT + 1)) as client:
        await client.posts.search_recent("q")
        client.clock.now -= 2
        assert (await client.posts.search_recent("q")).cost == 0


def test_what_is_remembered_of_a_day_is_bounded_and_errs_on_the_dear_side() -> None:
    seen = Seen(100)
    seen.turn(MIDNIGHT)
    assert [seen.new("Post", [str(each)]) for each in range(1000)] == [1] * 1000
    assert sum(seen.new("Post", [str(each)]) for each in range(999, 949, -1)) == 0, "the last are known"
    assert seen.new("Post", ["1"]) == 1, "the first are not any more"
    assert seen.new("Post", ["2", None, "2"]) == 2, "what has no id counts"
    assert seen.new("Media", ["1_31", "13_1"]) == 2


async def test_users_costs_are_told_apart_and_a_reset_begins_anew() -> None:
    x = FakeX(answer([1]), made(), answer([1, 2]))
    async with Timed(x) as client:
        await client.posts.search_recent("q")
        await client.posts.create(text="hello")
        people = client.costs.by_principal
        assert {name.split()[0]: each.cost for name, each in people.items()} == {
            "user": Decimal("0.015"),
            "app": Decimal("0.005"),
        }
        assert f"user {ME}" in people
        assert [*client.costs.by_operation] == ["posts.create", "posts.search_recent"], "what cost most comes first"
        table = str(client.costs)
        assert "posts.search_recent      1  1 Post     $0.005" in table
        assert table.splitlines()[-1].split() == ["total", "2", "$0.02"]
        view = client.with_options(deadline=5)
        assert view.costs is client.costs
        client.costs.reset()
        assert (client.costs.total, client.costs.calls) == (ZERO, 0)
        await view.posts.search_recent("q")
        assert client.costs.total == Decimal("0.005"), "one of them was read before the reset"


@pytest.mark.parametrize(
    ("method", "path", "cost"),
    [
        ("get_posts", ME, "0.002"),
        ("get_posts", "123", "0.01"),
        ("get_liked_posts", ME, "0.002"),
        ("get_followers", ME, "0.002"),
        ("get_muting", ME, "0.002"),
        ("get_affiliates", ME, "0.02"),
    ],
)
async def test_the_apps_owner_reads_what_is_theirs_for_less(method: str, path: str, cost: str) -> None:
    async with Timed(FakeX(answer([1, 2])), prices=OWNER) as client:
        call: Callable[..., Any] = getattr(client.with_options(credential="user").users, method)
        assert (await call(path)).cost == Decimal(cost)


async def test_nobody_else_does() -> None:
    async with Timed(FakeX(answer([1, 2])), prices=OWNER) as client:
        assert (await client.users.get_posts(ME)).cost == Decimal("0.01"), "as the app"
    async with Timed(FakeX(answer([1, 2]))) as client:
        assert (await client.users.get_liked_posts(ME)).cost == Decimal("0.01"), "whose owner is not known"
    async with Timed(FakeX(answer([1, 2])), prices=PRICES.replace(owner="5")) as client:
        as_user = client.with_options(credential="user")
        assert (await as_user.users.get_posts("5")).cost == Decimal("0.01"), "with the token of somebody else"


async def test_failed_requests_are_free_and_a_repeated_one_costs_once() -> None:
    x = FakeX(httpx.Response(503), httpx.Response(404), httpx.Response(500), httpx.Response(503), answer([1]))
    async with Timed(x) as client:
        with pytest.raises(NotFound):
            await client.posts.search_recent("q")
        with pytest.raises(ServerError):
            await client.posts.create(text="hello")
        await client.posts.search_recent("q")
        assert (client.costs.total, client.costs.in_doubt, client.costs.calls) == (Decimal("0.005"), ZERO, 1)


async def test_an_answer_with_errors_alone_is_free_and_a_partial_one_costs_what_came() -> None:
    nothing = httpx.Response(200, json={"errors": [{"title": "Not Found Error", "value": "3"}]})
    async with Timed(FakeX(nothing, answer([1, 2], errors=[{"title": "Not Found Error"}]))) as client:
        assert (await client.users.get_by_id("3")).cost == 0
        assert (await client.users.get_by_ids([1, 2, 3])).cost == Decimal("0.02")


async def test_a_call_whose_answer_is_lost_is_in_doubt() -> None:
    x = FakeX(httpx.ReadTimeout("late"), httpx.ConnectError("refused"), httpx.ReadTimeout("late"), answer([1]))
    async with Timed(x, retries=0) as client:
        with pytest.raises(TransportError):
            await client.posts.create(text="hello")
        with pytest.raises(TransportError):
            await client.posts.create(text="hello")
        assert (client.costs.total, client.costs.in_doubt) == (ZERO, Decimal("0.015"))
        await client.with_options(retries=1).posts.search_recent("q")
        assert client.costs.in_doubt == Decimal("0.015"), "the answer came in the end"


async def test_each_request_that_got_lost_is_in_doubt_though_a_later_one_was_answered() -> None:
    x = FakeX(httpx.ReadTimeout("late"), made(), httpx.ReadTimeout("late"), httpx.Response(200, json={"data": {}}))
    async with Timed(x, retry_posts=True, budget=(budget := Budget(1))) as client:
        await client.posts.create(text="hello")
        assert (client.costs.total, client.costs.in_doubt) == (Decimal("0.015"), Decimal("0.015"))
        await client.posts.delete("5")
        assert (client.costs.total, client.costs.in_doubt) == (Decimal("0.02"), Decimal("0.02"))
        assert (await budget.status()).spent == Decimal("0.04")


async def test_a_repetition_that_a_budget_has_no_room_for_is_not_sent() -> None:
    x = FakeX(httpx.ReadTimeout("late"), made())
    async with Timed(x, retry_posts=True, budget=0.02) as client:
        with pytest.raises(BudgetExceeded):
            await client.posts.create(text="hello")
        assert (len(x.requests), client.costs.in_doubt) == (1, Decimal("0.015"))


async def test_attempts_that_end_in_a_refusal_leave_the_lost_one_in_doubt() -> None:
    x = FakeX(httpx.ReadTimeout("late"), httpx.Response(404))
    async with Timed(x, retry_posts=True) as client:
        with pytest.raises(NotFound):
            await client.posts.create(text="hello")
        assert client.costs.in_doubt == Decimal("0.015")


async def test_what_a_hook_raises_changes_no_bill() -> None:
    async def refuse(request: httpx.Request) -> None:
        raise PermissionError

    async def stumble(response: httpx.Response) -> None:
        raise PermissionError

    cases: list[tuple[dict[str, Any], str]] = [({"on_request": [refuse]}, "0"), ({"on_response": [stumble]}, "0.015")]
    for hooks, cost in cases:
        async with Timed(FakeX(made()), **hooks) as client:
            with pytest.raises(PermissionError):
                await client.posts.create(text="hello")
            assert (client.costs.total, client.costs.in_doubt) == (Decimal(cost), ZERO)


REPLY = {"reply": {"in_reply_to_tweet_id": "5"}}
POSTS: list[tuple[dict[str, Any], str]] = [
    ({"text": "hello"}, "0.015"),
    ({"text": "see https://example.com"}, "0.20"),
    ({"text": "see HTTP://example.com/x"}, "0.20"),
    ({"text": "see example.com"}, "0.20"),
    ({"text": "詳しくはexample.comをご覧ください"}, "0.20"),
    ({"text": "example.community is none that we know, nor is example.com_x"}, "0.015"),
    ({"text": "(www.example.co.uk)."}, "0.20"),
    ({"text": "mail me@example.com, by e.g. a script.py or 3.5"}, "0.015"),
    ({"text": "hello", **REPLY}, "0.01"),
    ({"text": "https://example.com", **REPLY}, "0.20"),
    ({"text": "hello", "quote_tweet_id": "5"}, "0.015"),
    ({"media": {"media_ids": ["5"]}}, "0.015"),
]


@pytest.mark.parametrize(("body", "cost"), POSTS)
async def test_a_post_costs_by_what_it_holds(body: Any, cost: str) -> None:
    told: list[Costly] = []
    async with Timed(FakeX(made()), on_costly=told.append) as client:
        assert (await client.posts.create(body=body)).cost == Decimal(cost)
    assert len(told) == (cost == "0.20")


async def test_a_reply_to_a_post_of_ones_own_was_not_summoned() -> None:
    async with Timed(FakeX(made(5), made(6))) as client:
        await client.posts.create(text="1/2")
        assert (await client.posts.create(text="2/2", reply_to="5")).cost == Decimal("0.015")


async def test_a_post_that_was_most_likely_created_costs_what_one_does() -> None:
    duplicate = httpx.Response(403, json={"detail": "You are not allowed to create a Tweet with duplicate content."})
    async with Timed(FakeX(httpx.ReadTimeout("late"), duplicate), retry_posts=True) as client:
        post = await client.posts.create(text="hello")
        assert (post.assumed, post.cost) == (True, Decimal("0.015"))


async def test_a_post_that_a_lost_attempt_made_counts_once() -> None:
    duplicate = httpx.Response(403, json={"detail": "You are not allowed to create a Tweet with duplicate content."})
    late = httpx.ReadTimeout("late")
    for lost in ([late], [httpx.Response(503)], [httpx.Response(503), late]):
        budget = Budget(1)
        async with Timed(FakeX(*lost, duplicate), retry_posts=True, budget=budget) as client:
            await client.posts.create(text="hello")
            assert (client.costs.total, client.costs.in_doubt) == (Decimal("0.015"), ZERO)
            assert (await budget.status()).spent == Decimal("0.015")


async def test_a_url_is_warned_of_before_it_is_sent_where_the_post_is_made() -> None:
    x = FakeX(made(), made())
    async with Timed(x) as client:
        with pytest.warns(CostWarning, match=r"with a URL a post costs \$0.20 instead of \$0.015") as caught:
            await client.posts.create(text="https://example.com")
        assert caught[0].filename == __file__
        with warnings.catch_warnings():
            warnings.simplefilter("error", CostWarning)
            with pytest.raises(CostWarning):
                await client.posts.create(text="https://example.com")
        assert len(x.requests) == 1, "as an error it is not sent"
        assert client.costs.in_doubt == 0


async def test_a_hook_takes_the_place_of_the_warning_and_may_refuse() -> None:
    told: list[Costly] = []

    async def ask(costly: Costly) -> None:
        told.append(costly)
        if "spam" in costly.text:
            raise PermissionError("not that")

    x = FakeX(httpx.Response(503, headers={"retry-after": "1"}), made())
    async with Timed(x, retry_posts=True) as client:
        careful = client.with_options(on_costly=ask)
        await careful.posts.create(text="https://example.com")
        assert told == [Costly("posts.create", Decimal("0.20"), Decimal("0.015"), "https://example.com")], "once a call"
        with pytest.raises(PermissionError):
            await careful.posts.create(text="https://example.com spam")
        assert len(x.requests) == 2


async def test_events_of_a_stream_cost_as_they_come_and_repeats_nothing() -> None:
    lines = Lines([1, 2, 2, 3])
    async with Timed(FakeX(httpx.Response(200, stream=lines))) as client:
        costs: list[Decimal] = []
        async with client.stream.posts() as posts:
            async for event in posts:
                costs.append(event.cost)
                if len(costs) == 3:
                    break
        assert costs == [Decimal("0.005")] * 3
        assert client.costs.by_operation["stream.posts"].resources == {"Post": 3}
        assert client.costs.total == Decimal("0.015")


async def test_a_call_that_the_table_does_not_list_counts_as_free() -> None:
    async with Timed(FakeX(answer([1], users=[2]))) as client:
        assert (await client.request("GET", "/2/new")).cost == 0
        assert client.costs.by_operation["GET /2/new"].calls == 1


async def test_many_tasks_add_up() -> None:
    def page(request: httpx.Request) -> httpx.Response:
        return answer([int(request.url.params["query"])])

    async with Timed(FakeX(*[page] * 400)) as client:
        await asyncio.gather(*(client.posts.search_recent(str(each % 100)).__anext__() for each in range(400)))
        assert client.costs.total == Decimal("0.50")
        assert client.costs.by_operation["posts.search_recent"].repeats == 300


async def test_a_call_by_method_and_path_and_one_by_name_are_billed_alike_whichever_comes_first() -> None:
    async def by_path(client: Timed) -> Any:
        return await client.request("GET", "/2/users/7", params={"expansions": "pinned_tweet_id"})

    async def by_name(client: Timed) -> Any:
        return await client.users.get_by_id("8")

    for calls in ((by_path, by_name), (by_name, by_path)):
        x = FakeX(*(httpx.Response(200, json={"data": {"id": each}}) for each in "34"))
        async with Timed(x, budget=(budget := Budget("0.025"))) as client:
            assert [(await call(client)).cost for call in calls] == [Decimal("0.01")] * 2
            assert (await budget.status()).spent == Decimal("0.02")
            with pytest.raises(BudgetExceeded):
                await by_path(client)


@pytest.mark.parametrize("data", [5, "x", [5], {"id": 5}, [{"id": [1]}], {}, None])
async def test_whatever_a_call_by_method_and_path_answers_is_no_error(data: object) -> None:
    async with Timed(FakeX(*(httpx.Response(200, json={"data": data}) for _ in range(2)))) as client:
        for path in ("/2/users/7", "/2/tweets"):
            assert (await client.request("GET", path, params={"ids": "7"})).data == data
