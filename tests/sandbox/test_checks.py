"""Requests with mistakes in them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.api import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEARCH = "/2/tweets/search/recent"
BAD: list[tuple[str, dict[str, Any], str]] = [
    (SEARCH, {}, "query"),
    (SEARCH, {"query": ""}, "query"),
    (SEARCH, {"query": "x", "nonsense": "1"}, "nonsense"),
    (SEARCH, {"query": "x", "max_results": "9"}, "max_results"),
    (SEARCH, {"query": "x", "max_results": "101"}, "max_results"),
    (SEARCH, {"query": "x", "max_results": "ten"}, "max_results"),
    (SEARCH, {"query": "x", "sort_order": "newest"}, "sort_order"),
    (SEARCH, {"query": "x", "start_time": "yesterday"}, "start_time"),
    (SEARCH, {"query": "x", "start_time": "2026-01-01T00:00:00.000Z"}, "start_time"),
    (SEARCH, {"query": "x", "start_time": "2020-01-01T00:00:00Z"}, "start_time"),
    (SEARCH, {"query": "x", "end_time": "0001-01-01T00:00:00Z"}, "end_time"),
    ("/2/tweets/counts/recent", {"query": "x", "end_time": "0001-01-01T00:00:00Z"}, "end_time"),
    ("/2/tweets/counts/all", {"query": "x", "start_time": "2006-01-01T00:00:00Z"}, "start_time"),
    ("/2/tweets/search/all", {"query": "x", "start_time": "2006-01-01T00:00:00Z"}, "start_time"),
    (SEARCH, {"query": "x", "since_id": "one"}, "since_id"),
    (SEARCH, {"query": "x", "next_token": "a", "pagination_token": "b"}, "next_token"),
    (SEARCH, {"query": "x", "next_token": "nonsense"}, "next_token"),
    (SEARCH, {"query": "x", "pagination_token": "nonsense"}, "pagination_token"),
    (SEARCH, {"query": "x", "since_id": "1", "start_time": "2026-01-01T00:00:00Z"}, "since_id"),
    (SEARCH, {"query": "x", "post_fields": "nonsense"}, "post.fields"),
    (SEARCH, {"query": "x", "post_fields": ""}, "post.fields"),
    (SEARCH, {"query": "x", "post_fields": "created_at,"}, "post.fields"),
    (SEARCH, {"query": "x", "post_fields": "author_id"}, "post.fields"),
    (SEARCH, {"query": "x", "tweet_fields": "created_at, author_id"}, "tweet.fields"),
    (SEARCH, {"query": "x", "post_fields": "id", "tweet_fields": "id"}, "tweet.fields"),
    (SEARCH, {"query": "x", "user_fields": "nonsense"}, "user.fields"),
    (SEARCH, {"query": "x", "expansions": "nonsense"}, "expansions"),
    ("/2/tweets", {}, "ids"),
    ("/2/tweets", {"ids": "a"}, "ids"),
    ("/2/tweets", {"ids": ",".join(map(str, range(1, 102)))}, "ids"),
    ("/2/tweets/abc", {}, "id"),
    ("/2/users/by/username/way_too_long_a_handle", {}, "username"),
    ("/2/users/by", {"usernames": "not a handle"}, "usernames"),
    ("/2/users/1/tweets", {"exclude": "likes"}, "exclude"),
    ("/2/tweets/counts/recent", {"query": "x", "granularity": "week"}, "granularity"),
    ("/2/tweets/sample10/stream", {}, "partition"),
    ("/2/tweets/sample10/stream", {"partition": "3"}, "partition"),
    ("/2/tweets/sample10/stream", {"partition": "1", "backfill_minutes": "6"}, "backfill_minutes"),
    ("/2/tweets/sample/stream", {"post_fields": "created_at"}, "post.fields"),
    ("/2/tweets/sample/stream", {"expansions": "referenced_posts"}, "expansions"),
    ("/2/tweets/search/stream/rules", {"max_results": "1001"}, "max_results"),
]


@pytest.mark.parametrize(("path", "query", "culprit"), BAD, ids=lambda value: str(value)[:60])
async def test_a_mistake_is_refused_and_named(reader: Api, path: str, query: dict[str, Any], culprit: str) -> None:
    answer = await reader.get(path, **query)
    body = answer.json()
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (body["title"], body["type"]) == ("Invalid Request", "https://api.x.com/2/problems/invalid-request")
    for finding in body["errors"]:
        assert set(finding) == {"parameters", "message"}
    given = query.get(culprit.replace(".", "_"))
    accused = [finding["parameters"] for finding in body["errors"] if culprit in finding["parameters"]]
    assert accused, body["errors"]
    assert given is None or any(value in given for value in accused[0][culprit])


async def test_all_mistakes_are_told_at_once(reader: Api) -> None:
    answer = await reader.get(SEARCH, max_results=5, a="1", expansions="author_id,b")
    culprits = [next(iter(each["parameters"])) for each in answer.json()["errors"]]
    assert sorted(culprits) == ["a", "expansions", "max_results", "query"]


async def test_a_parameter_that_comes_twice_is_refused(reader: Api) -> None:
    answer = await reader.client.get("/2/tweets?ids=1&ids=2", headers=reader.headers())
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameters"] == {"ids": ["1", "2"]}


async def test_a_name_that_is_an_expansion_now_comes_with_the_way_out(reader: Api) -> None:
    answer = await reader.get(SEARCH, query="x", post_fields="referenced_posts")
    message = answer.json()["errors"][0]["message"]
    assert "expansions=referenced_posts" in message
    assert "tweet.fields=referenced_tweets" in message


BODIES: list[tuple[str, str, Any, str]] = [
    ("POST", "/2/tweets", {"txt": "a"}, "$"),
    ("POST", "/2/tweets", {"text": 1}, "$.text"),
    ("POST", "/2/tweets", {}, "text"),
    (
        "POST",
        "/2/tweets",
        {"text": "a", "poll": {"options": ["a", "b"], "duration_minutes": 1}},
        "$.poll.duration_minutes",
    ),
    ("POST", "/2/tweets", {"text": "a", "poll": {"options": ["a"], "duration_minutes": 5}}, "poll.options"),
    ("POST", "/2/tweets", {"text": "a", "media": {"media_ids": ["1"]}}, "media.media_ids"),
    ("POST", "/2/tweets", {"text": "a" * 25001}, "text"),
    ("POST", "/2/lists", {}, "$"),
    ("POST", "/2/lists", {"name": "x" * 26}, "name"),
]


@pytest.mark.parametrize(("method", "path", "body", "culprit"), BODIES, ids=lambda value: str(value)[:40])
async def test_a_body_that_does_not_fit_is_refused(
    reader: Api, method: str, path: str, body: Any, culprit: str
) -> None:
    answer = await reader.call(method, path, body, user=True)
    assert answer.status_code == 400, answer.text
    assert culprit in answer.json()["errors"][0]["parameters"]


async def test_a_body_must_be_json_and_say_so(reader: Api) -> None:
    headers = reader.headers(user=True)
    form = await reader.client.post("/2/tweets", data={"text": "a"}, headers=headers)
    assert form.status_code == 415
    broken = await reader.client.post(
        "/2/tweets", content=b"{", headers={**headers, "content-type": "application/json"}
    )
    assert broken.status_code == 400
