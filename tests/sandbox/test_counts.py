"""Counts of posts, rate limits and usage: numbers that go by the clock."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.api import Api, Serve, whole
from xdk_async.api import models
from xdk_async.sandbox import Sandbox

NOW = 1_790_000_123.0
PATH = "/2/tweets/counts/recent"


@pytest.mark.parametrize(("granularity", "buckets"), [("day", 8), ("hour", 169), ("minute", 7 * 24 * 60 + 1)])
async def test_counts_add_up_to_what_a_search_finds(served: Serve, granularity: str, buckets: int) -> None:
    async with served(Sandbox(clock=lambda: NOW)) as x:
        answer = await x.get(PATH, query="python", granularity=granularity)
        counts = whole(answer, models.Envelope[list[models.PostCount]])
        assert counts.data
        assert counts.meta
        assert len(counts.data) == buckets
        assert all(one.end == other.start for one, other in zip(counts.data, counts.data[1:], strict=False))
        found = await x.json("/2/tweets/search/all", query="python", max_results=500)
        assert (
            sum(each.post_count or 0 for each in counts.data)
            == counts.meta.total_post_count
            == found["meta"]["result_count"]
        )


async def test_counts_of_long_spans_come_in_pages_that_go_back(x: Api) -> None:
    span: dict[str, Any] = {
        "start_time": "2026-01-01T00:00:00Z",
        "end_time": "2026-03-01T12:30:00Z",
        "granularity": "day",
        "query": "python",
    }
    first = await x.json("/2/tweets/counts/all", **span)
    second = await x.json("/2/tweets/counts/all", **span, next_token=first["meta"]["next_token"])
    assert first["data"][-1] == {
        "start": "2026-03-01T00:00:00.000Z",
        "end": "2026-03-01T12:30:00.000Z",
        "post_count": 0,
    }
    assert second["data"][0]["start"] == "2026-01-01T00:00:00.000Z"
    assert second["data"][-1]["end"] == first["data"][0]["start"]
    assert "next_token" not in second["meta"]


async def test_counts_in_the_older_words(served: Serve) -> None:
    async with served(Sandbox(vocabulary="2.166")) as x:
        body = await x.json(PATH, query="python")
        assert "total_tweet_count" in body["meta"]
        assert set(body["data"][0]) == {"start", "end", "tweet_count"}


async def test_limits_count_down_and_open_again_after_a_quarter_of_an_hour(served: Serve) -> None:
    now = NOW
    async with served(Sandbox(clock=lambda: now, limits={"posts.get_by_ids": 2})) as x:
        for left in (1, 0):
            answer = await x.get("/2/tweets", ids="1")
            headers = {name: answer.headers[f"x-rate-limit-{name}"] for name in ("limit", "remaining", "reset")}
            assert headers == {"limit": "2", "remaining": str(left), "reset": str(int(NOW) + 900)}
        over = await x.get("/2/tweets", ids="1")
        assert over.status_code == 429
        assert over.json() == {
            "title": "Too Many Requests",
            "detail": "Too Many Requests",
            "type": "about:blank",
            "status": 429,
        }
        assert over.headers["x-rate-limit-remaining"] == "0"
        assert (await x.get("/2/tweets", user=True, ids="1")).status_code == 200, "another token has its own window"
        assert (await x.get("/2/tweets/1")).status_code == 200, "and so has another operation"
        now += 900
        assert (await x.get("/2/tweets", ids="1")).status_code == 200


def test_a_limit_for_an_operation_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"posts\.serach"):
        Sandbox(limits={"posts.serach": 1})


async def test_usage_counts_the_posts_that_were_delivered(x: Api) -> None:
    await x.json("/2/tweets/search/recent", query="python", max_results=30)
    answer = await x.get("/2/usage/tweets", usage_fields="daily_project_usage,daily_client_app_usage", days=2)
    usage = whole(answer, models.Envelope[models.Usage]).data
    assert usage
    assert usage.project_usage == "30"
    assert usage.daily_project_usage
    assert usage.daily_project_usage.usage
    assert usage.daily_project_usage.usage[0].usage == "30"
    plain = await x.json("/2/usage/tweets")
    assert set(plain["data"]) == {"cap_reset_day", "project_cap", "project_id", "project_usage"}


async def test_twenty_years_of_minutes_are_counted_page_by_page(x: Api) -> None:
    query: dict[str, Any] = {"query": "python", "granularity": "minute", "start_time": "2006-04-01T00:00:00Z"}
    first = await x.json("/2/tweets/counts/all", **query)
    assert len(first["data"]) == 31 * 24 * 60
    second = await x.json("/2/tweets/counts/all", next_token=first["meta"]["next_token"], **query)
    assert second["data"][-1]["end"] == first["data"][0]["start"]
