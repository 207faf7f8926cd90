"""Backfills: everything, once, in order, whatever X does meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.backfill.archive import HOUR, NOW, Archive, error, ids_of, items_of, refused, uneven, utc
from tests.client.fakes import other_tasks, turns
from xdk_async import CreditsDepleted, InvalidArgument, RateLimited, ServerError
from xdk_async._core.operation import Auth
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.groups.posts import PostsClient
from xdk_async.groups.users import UsersClient

DAY = 86_400
START, END = NOW - 40 * DAY, NOW - DAY
WEEK = NOW - 7 * DAY + 60
Refuse = Callable[[str, dict[str, str]], httpx.Response | None]


def long_ago(count: int = 3000) -> Archive:
    return Archive(uneven(count, START - DAY, END + DAY))


def this_week(count: int = 2000) -> Archive:
    return Archive(uneven(count, WEEK - HOUR, NOW))


async def test_a_hundred_thousand_posts_are_those_of_the_sequential_search() -> None:
    x = Archive(uneven(100_000, START, END))
    sequential = [
        post.id
        async for page in x.client().search_all("q", start_time=utc(START), end_time=utc(END), max_results=500)
        for post in page
    ]
    x.sent, x.requests, began = 0, [], x.clock.now
    backfill = x.client().backfill("q", utc(START), utc(END), archive=True)
    assert await ids_of(backfill) == sequential == x.between(START, END)
    assert x.clock.now - began >= len(x.asked("search/all")) - 1  # X wants a second between searches of the archive
    assert x.sent == len(sequential)  # none was paid for twice
    assert backfill.progress.expected == len(sequential)
    assert (backfill.progress.items, backfill.progress.fraction) == (len(sequential), 1.0)


@pytest.mark.parametrize("use_counts", [True, False])
@pytest.mark.parametrize("concurrency", [1, 3, 8, 50])
async def test_windows_are_fetched_side_by_side_and_merged_in_order(use_counts: bool, concurrency: int) -> None:
    x = this_week()
    backfill = x.client().backfill("q", utc(WEEK), use_counts=use_counts, concurrency=concurrency)
    assert await ids_of(backfill) == x.between(WEEK, NOW - 15)
    assert min(concurrency, 4) <= x.most_flying <= concurrency + use_counts
    assert x.sent == len(x.between(WEEK, NOW - 15))


async def test_where_counts_are_refused_it_goes_on_without() -> None:
    x = this_week()
    x.counts_allowed = False
    backfill = x.client().backfill("q", utc(WEEK))
    assert await ids_of(backfill) == x.between(WEEK, NOW - 15)
    assert len(x.asked("counts/recent")) == 1
    assert x.most_flying > 4
    assert backfill.progress.expected is None


async def test_a_credential_that_may_not_count_searches_all_the_same() -> None:
    x = this_week()
    posts = PostsClient(x.sender(credentials=Credentials(oauth1=Bearer("SECRET-user", Auth.OAUTH1))))
    assert await ids_of(posts.backfill("q", utc(WEEK))) == x.between(WEEK, NOW - 15)
    assert x.asked("counts/recent") == []


async def test_counts_over_years_are_asked_for_as_they_are_needed() -> None:
    start = NOW - 3 * 365 * DAY
    x = Archive(uneven(20_000, start, NOW - DAY))
    async with x.client().backfill("q", utc(start), utc(NOW - DAY), archive=True, concurrency=2) as backfill:
        await anext(backfill)
        assert 0 < len(x.asked("counts/all")) < 20
        rest = await ids_of(backfill)
    assert rest[-1] == x.between(start, NOW - DAY)[-1]
    assert len(x.asked("counts/all")) == 36


async def test_posts_of_one_second_are_neither_lost_nor_doubled() -> None:
    crowd = [((NOW - DAY) * 1000 - 1_288_834_974_657 << 22) + number for number in range(4000)]
    x = Archive(sorted({*crowd, *uneven(300, WEEK, NOW - 15)}, reverse=True))
    for use_counts in (True, False):
        assert await ids_of(x.client().backfill("q", utc(WEEK), use_counts=use_counts)) == x.between(WEEK, NOW - 15)


async def test_a_range_of_one_second_and_one_without_posts() -> None:
    x = this_week(500)
    second = (int(x.ids[100]) >> 22) // 1000 + 1_288_834_974
    assert await ids_of(x.client().backfill("q", utc(second), utc(second + 1))) == x.between(second, second + 1)
    empty = x.client().backfill("q", utc(NOW - 5 * DAY), utc(NOW - 5 * DAY + 1))
    x.set([])
    assert await ids_of(empty) == []
    assert empty.progress.fraction == 1.0


async def test_pages_have_their_own_size_and_fields() -> None:
    x = this_week(300)
    await ids_of(x.client().backfill("q", utc(WEEK), max_results=50, post_fields=["lang"]))
    assert {query["max_results"] for query in x.asked("search/recent")} == {"50"}
    assert {query["post.fields"] for query in x.asked("search/recent")} == {"lang"}
    x = long_ago(10)
    await ids_of(x.client().backfill("q", utc(START), utc(END), archive=True, tweet_fields=["context_annotations"]))
    assert {query["max_results"] for query in x.asked("search/all")} == {"100"}


async def test_items_and_linked_give_single_posts() -> None:
    x = this_week(700)
    expected = x.between(WEEK, NOW - 15)
    assert await items_of(x.client().backfill("q", utc(WEEK)).items()) == expected
    assert await items_of(x.client().backfill("q", utc(WEEK)).items(limit=150)) == expected[:150]
    linked = [each.post.id async for each in x.client().backfill("q", utc(WEEK)).linked()]
    assert linked == expected


async def test_several_tasks_may_share_one() -> None:
    x = this_week()
    backfill = x.client().backfill("q", utc(WEEK))
    parts = await asyncio.gather(*(ids_of(backfill) for _ in range(4)))
    assert sorted(id for part in parts for id in part) == sorted(x.between(WEEK, NOW - 15))
    assert all(part == sorted(part, key=int, reverse=True) for part in parts)


async def test_a_slow_consumer_holds_the_readers_back() -> None:
    x = this_week(20_000)
    async with x.client().backfill("q", utc(WEEK), concurrency=4) as backfill:
        await anext(backfill)
        await turns(500)
        assert len(x.requests) <= 4 * 4 + 3
        await anext(backfill)
        await turns(500)
        assert len(x.requests) <= 4 * 4 + 4


async def test_timelines_are_cut_as_posts_come_in() -> None:
    x = Archive(uneven(3000, NOW - 3000 * DAY, NOW))
    users = UsersClient(x.sender())
    start = NOW - 2000 * DAY
    for backfill in (
        users.backfill_posts("7", utc(start), exclude=["replies"]),
        users.backfill_mentions(7, utc(start)),
        users.backfill_timeline("7", utc(start)),
    ):
        x.most_flying = 0
        assert await ids_of(backfill) == x.between(start, NOW - 15)
        assert 4 <= x.most_flying <= 8
    assert x.asked("7/tweets")[0]["exclude"] == "replies"
    assert len(x.asked("7/mentions")) < 2 * len(x.ids) / 100


@pytest.mark.parametrize("granularity", ["minute", "hour", "day", None])
async def test_counts_of_long_ranges_are_merged(granularity: str | None) -> None:
    x = long_ago(5000)
    start, end = START + 1234, END - 777
    backfill = x.client().backfill_counts("q", utc(start), utc(end), granularity=granularity, archive=True)
    counts = [each async for each in backfill.items()]
    times = [each.start for each in counts if each.start]
    assert times == sorted(times, reverse=True)
    assert [each.end for each in counts[1:]] == times[:-1]  # no gap, none twice
    assert (times[-1], counts[0].end) == (utc(start), utc(end))
    assert sum(each.post_count or 0 for each in counts) == len(x.between(start, end))
    length = {"minute": 60, "hour": HOUR, "day": DAY, None: HOUR}[granularity]
    assert len(counts) == (end - 1) // length - start // length + 1  # none was cut in two
    assert x.most_flying >= 1


async def test_counts_always_have_their_start() -> None:
    x = long_ago(100)
    backfill = x.client().backfill_counts("q", utc(START), utc(END), archive=True, search_count_fields=["post_count"])
    await anext(backfill)
    assert {query["search_count.fields"] for query in x.asked("counts/all")} == {"post_count,start"}


# What X does


def failing(times: int, answer: httpx.Response, at: int = 5) -> Refuse:
    """Fails so often, from so many searches on."""
    calls = 0

    def refuse(path: str, query: dict[str, str]) -> httpx.Response | None:
        nonlocal calls
        calls += "/search/" in path
        return answer if "/search/" in path and at < calls <= at + times else None

    return refuse


async def through_errors(backfill: Any, kind: type[Exception]) -> tuple[list[str], int]:
    """What comes, asking again after errors, and how many there were."""
    ids, errors = list[str](), 0
    while True:
        try:
            ids += await ids_of_into(backfill, ids)
            return ids, errors
        except kind:
            errors += 1
            assert errors < 100


async def ids_of_into(backfill: Any, ids: list[str]) -> list[str]:
    async for page in backfill:
        ids += [post.id for post in page]
    return []


@pytest.mark.parametrize("use_counts", [True, False])
@pytest.mark.parametrize("times", [1, 3, 30])
async def test_an_error_comes_to_the_consumer_and_loses_nothing(times: int, use_counts: bool) -> None:
    x = this_week()
    x.before = failing(times, error(503))
    ids, errors = await through_errors(x.client().backfill("q", utc(WEEK), use_counts=use_counts), ServerError)
    assert ids == x.between(WEEK, NOW - 15)
    assert errors <= times
    assert errors or times < 8


async def test_a_window_that_opens_too_late_and_used_up_credits_are_told() -> None:
    for answer, kind in ((error(429), RateLimited), (error(402), CreditsDepleted)):
        x = this_week()
        x.before = failing(10**6, answer)
        async with x.client(on_limit="raise").backfill("q", utc(NOW - 5 * DAY), use_counts=False) as backfill:
            with pytest.raises(kind):
                await ids_of(backfill)
            before, got = len(x.requests), backfill.progress.items
            await turns(100)
            assert len(x.requests) == before  # nothing is asked for while nobody goes on
            x.before = lambda path, query: None
            x.clock.now += 3600
            assert len(await ids_of(backfill)) == len(x.between(NOW - 5 * DAY, NOW - 15)) - got


async def test_a_token_that_expires_in_the_middle_is_replaced() -> None:
    for times in (1, 1000):
        x = this_week()
        left = times

        def refuse(path: str, query: dict[str, str]) -> httpx.Response | None:
            nonlocal left
            if "pagination_token" in query and left and "/search/" in path:
                left -= 1
                return refused("'pagination_token' is expired or not valid")
            return None

        x.before = refuse
        assert await ids_of(x.client().backfill("q", utc(WEEK), concurrency=2)) == x.between(WEEK, NOW - 15)
        assert [query for query in x.asked("search/recent") if "until_id" in query]


async def test_a_query_that_x_refuses_raises_at_once() -> None:
    x = this_week()
    x.before = lambda path, query: refused("the query is nonsense")
    with pytest.raises(Exception, match="the query is nonsense"):
        await ids_of(x.client().backfill("q", utc(WEEK)))
    assert len(x.asked("search/recent")) == 1


class Looping(Archive):
    """Gives the same page, and a token for it, again and again."""

    def answer(self, path: str, query: dict[str, str]) -> httpx.Response:
        answer = super().answer(path, {name: value for name, value in query.items() if name != "pagination_token"})
        body = json.loads(answer.content)
        if body["meta"]:
            body["meta"] = {"next_token": "again"}
        return httpx.Response(200, json=body)


async def test_a_token_that_comes_again_and_again_does_not_lose_the_rest() -> None:
    x = Looping(uneven(1000, WEEK - HOUR, NOW))
    assert await ids_of(x.client().backfill("q", utc(WEEK), use_counts=False, concurrency=1)) == x.between(
        WEEK, NOW - 15
    )
    assert 10 < len(x.requests) < 40


class Generous(Archive):
    """Gives a little more than it is asked for."""

    def page(self, path: str, query: dict[str, str], first: int, last: int) -> httpx.Response:
        return super().page(path, query, max(first - 3, 0), last + 3)


async def test_what_x_gives_twice_comes_once() -> None:
    x = Generous(uneven(1000, WEEK - HOUR, NOW))
    ids = await ids_of(x.client().backfill("q", utc(WEEK)))
    assert ids == sorted(set(ids), key=int, reverse=True)
    assert set(ids) >= set(x.between(WEEK, NOW - 15))


async def test_empty_pages_are_passed_over() -> None:
    x = this_week(1000)
    seen = 0

    def refuse(path: str, query: dict[str, str]) -> httpx.Response | None:
        nonlocal seen
        seen += 1
        if "pagination_token" in query and seen % 2 and "search" in path:
            return httpx.Response(
                200, json={"meta": {"result_count": 0, "next_token": query["pagination_token"] + "-"}}
            )
        return x.answer(
            path,
            {
                **query,
                **({"pagination_token": query["pagination_token"].rstrip("-")} if "pagination_token" in query else {}),
            },
        )

    x.before = refuse
    pages = [page async for page in x.client().backfill("q", utc(WEEK), use_counts=False)]
    assert [post.id for page in pages for post in page] == x.between(WEEK, NOW - 15)
    assert all(page.data for page in pages)


async def test_the_last_seven_days_go_on_while_a_backfill_does(caplog: pytest.LogCaptureFixture) -> None:
    x = this_week(3000)
    async with x.client().backfill("q", utc(WEEK), concurrency=2) as backfill:
        ids = [post.id for post in await anext(backfill)]
        await turns(100)
        x.clock.now += 2 * DAY
        ids += await ids_of(backfill)
        lost_until = backfill.progress.lost_until
    expected = x.between(WEEK, NOW - 15)
    assert expected[: len(ids)] == ids
    assert len(ids) < len(expected)
    assert lost_until == utc(NOW - 5 * DAY + 10)
    assert set(ids) >= set(x.between(NOW - 5 * DAY + 10, NOW - 15))
    assert "can no longer be had" in caplog.text


async def test_seven_days_ago_means_the_whole_week_and_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    x = Archive(uneven(1000, NOW - 7 * DAY + 20, NOW))
    assert await ids_of(x.client().backfill("q", utc(NOW - 7 * DAY))) == x.between(NOW - 7 * DAY, NOW - 15)
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


async def test_an_end_that_is_not_indexed_yet_is_waited_for() -> None:
    x = this_week(100)
    backfill = x.client().backfill("q", utc(WEEK), utc(NOW))
    assert await ids_of(backfill) == x.between(WEEK, NOW)
    assert x.clock.slept[:1] == [15.0]
    assert (backfill.start, backfill.end) == (utc(WEEK), utc(NOW))


# What callers do


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": utc(NOW - 8 * DAY)}, "archive=True"),
        ({"start": utc(NOW)}, "is not before"),
        ({"concurrency": 0}, "would ask for nothing"),
        ({"max_results": 5000}, "max_results takes"),
        ({"post_feelds": ["id"]}, "post_feelds"),
        ({"sort_order": "relevancy"}, "sort_order"),
        ({"since_id": "5"}, "since_id"),
        ({"query": ""}, "query is empty"),
        ({"after": "nonsense"}, "does not hold a place"),
        ({"after": "x", "checkpoint": "y.db"}, "give one of them"),
        ({"checkpoint": 5}, "checkpoint= takes"),
    ],
)
async def test_what_cannot_work_is_refused_before_anything_is_sent(arguments: dict[str, Any], message: str) -> None:
    x = this_week(10)
    with pytest.raises(InvalidArgument, match=message):
        given: dict[str, Any] = {"query": "q", "start": utc(WEEK), **arguments}
        x.client().backfill(**given)
    assert x.requests == []


async def test_nothing_is_sent_before_it_is_asked_for_and_nothing_after_it_was_left() -> None:
    x = this_week()
    before = other_tasks()
    async with x.client().backfill("q", utc(WEEK)) as backfill:
        assert x.requests == []
        await anext(backfill)
    assert other_tasks() == before
    sent = len(x.requests)
    assert [page async for page in backfill] == []
    assert len(x.requests) == sent


async def test_an_exception_in_the_block_and_cancellation_end_everything() -> None:
    x = this_week()
    before = other_tasks()
    with pytest.raises(ZeroDivisionError):
        async with x.client().backfill("q", utc(WEEK)) as backfill:
            async for _ in backfill:
                _ = 1 / 0
    assert other_tasks() == before

    async def read() -> None:
        async with x.client().backfill("q", utc(WEEK)) as other:
            await ids_of(other)

    x.before = lambda path, query: error(503)
    task = asyncio.create_task(read())
    await turns(3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert other_tasks() == before


async def test_one_that_is_dropped_ends_what_is_under_way() -> None:
    x = this_week()
    before = other_tasks()
    async for _ in x.client().backfill("q", utc(WEEK)):
        break
    gc.collect()
    await turns()
    assert other_tasks() == before


async def test_a_wait_that_is_cancelled_loses_nothing() -> None:
    x = this_week(1000)
    backfill = x.client().backfill("q", utc(WEEK), concurrency=3)
    ids = list[str]()
    while backfill.progress.fraction < 1.0:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await ids_of_into(backfill, ids)
        await turns(1)
    assert ids == x.between(WEEK, NOW - 15)


async def test_a_client_that_is_closed_ends_what_is_under_way() -> None:
    x = this_week(20_000)
    sender = x.sender()
    backfill = PostsClient(sender).backfill("q", utc(WEEK))
    ours = other_tasks()
    await anext(backfill)
    assert other_tasks() > ours
    waiting = asyncio.create_task(ids_of(backfill))
    x.before = lambda path, query: error(503)
    await turns(1)
    await sender.transport.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await waiting
    assert other_tasks() == ours


async def test_one_that_is_closed_by_another_task_comes_to_its_end() -> None:
    x = this_week(20_000)
    backfill = x.client().backfill("q", utc(WEEK))
    ours = other_tasks()
    reading = asyncio.create_task(ids_of(backfill))
    while not backfill.progress.items:
        await turns(1)
    await backfill.aclose()
    assert 0 < len(await reading) < 20_000
    assert other_tasks() == ours


async def test_it_tells_how_far_it_came() -> None:
    x = this_week(1000)
    backfill = x.client().backfill("q", utc(WEEK))
    assert (backfill.progress.items, backfill.progress.fraction, backfill.progress.reached) == (0, 0.0, utc(NOW - 15))
    fractions = list[float]()
    async for _ in backfill:
        fractions.append(backfill.progress.fraction)
    progress = backfill.progress
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] <= 1
    assert (progress.items, progress.expected) == (len(x.between(WEEK, NOW - 15)), progress.items)
    assert (progress.windows_open, progress.reached) == (0, utc(WEEK))
    assert progress.windows_done > 1
    assert repr(backfill).startswith("<Backfill of posts.search_recent from 20")


async def test_start_and_end_may_be_strings() -> None:
    x = this_week(300)
    start, end = utc(WEEK) + timedelta(hours=5), utc(NOW) - timedelta(days=1)
    backfill = x.client().backfill("q", start.isoformat(), end.isoformat())
    assert await ids_of(backfill) == x.between(int(start.timestamp()), int(end.timestamp()))
