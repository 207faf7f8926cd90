"""Backfills as callers begin them, look at them and leave them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from datetime import timedelta
from typing import Any

import pytest

from tests.backfill.archive import (
    DAY,
    NOW,
    WEEK,
    error,
    ids_of,
    ids_of_into,
    this_week,
    utc,
)
from tests.client.fakes import other_tasks, turns
from xdk_async import InvalidArgument
from xdk_async.groups.posts import PostsClient


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
