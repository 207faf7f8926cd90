"""Backfills while X fails, refuses, loops or moves on: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.backfill.archive import (
    DAY,
    HOUR,
    NOW,
    WEEK,
    Archive,
    error,
    ids_of,
    ids_of_into,
    refused,
    this_week,
    uneven,
    utc,
)
from tests.client.fakes import turns
from xdk_async import CreditsDepleted, Disconnected, RateLimited, ServerError

Refuse = Callable[[str, dict[str, str]], httpx.Response | None]


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


@pytest.mark.parametrize("use_counts", [True, False])
@pytest.mark.parametrize("times", [1, 3, 30])
async def test_an_error_comes_to_the_consumer_and_loses_nothing(times: int, use_counts: bool) -> None:
    x = this_week()
    x.before = failing(times, error(503))
    ids, errors = await through_errors(x.client().backfill("q", utc(WEEK), use_counts=use_counts), ServerError)
    assert ids == x.between(WEEK, NOW - 15)
    assert errors <= times
    assert errors or times < 8


BODIES = [
    b"<html>down for maintenance</html>",
    b"",
    b'{"data":[{"id":"1"',
    b"[" * 100_000,
    b'{"data":[],"meta":' + b"[" * 500 + b"]" * 500 + b"}",
    b'{"meta":{"next_token":[]}}',
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("use_counts", [True, False])
async def test_a_page_that_cannot_be_read_is_no_end_of_a_window(use_counts: bool, body: bytes) -> None:
    x = this_week()
    x.before = failing(30, httpx.Response(200, content=body))
    ids, errors = await through_errors(x.client().backfill("q", utc(WEEK), use_counts=use_counts), Disconnected)
    assert ids == x.between(WEEK, NOW - 15)
    assert errors


@pytest.mark.parametrize("where", ["/counts/", "/search/"])
async def test_what_a_transport_or_a_hook_raises_comes_out_and_loses_nothing(where: str) -> None:
    x, left = this_week(), 2

    def broken(path: str, query: dict[str, str]) -> None:
        nonlocal left
        if where in path and left:
            left -= 1
            raise ZeroDivisionError

    x.before = broken
    ids, errors = await through_errors(x.client().backfill("q", utc(WEEK), concurrency=1), ZeroDivisionError)
    assert ids == x.between(WEEK, NOW - 15)
    assert 0 < errors <= 2  # that of a window nobody waits for yet is not told, and tried again


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
