"""Backfills: everything, once, in order."""

from __future__ import annotations

import asyncio

import pytest

from tests.backfill.archive import (
    DAY,
    END,
    HOUR,
    NOW,
    START,
    WEEK,
    Archive,
    ids_of,
    items_of,
    long_ago,
    this_week,
    uneven,
    utc,
)
from tests.client.fakes import turns
from xdk_async._core.operation import Auth
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.groups.posts import PostsClient
from xdk_async.groups.users import UsersClient


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
