"""Tokens, unknown paths, headers, and the record of requests."""

from __future__ import annotations

import gzip
import re
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.sandbox.api import Api
from xdk_async.api import models
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")


def problem(answer: httpx.Response) -> models.Problem:
    import msgspec

    assert answer.headers["content-type"] == "application/problem+json"
    return msgspec.json.decode(answer.content, type=models.Problem)


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic sandbox-app-token"}]
)
async def test_without_a_good_token_the_answer_is_401(reader: Api, headers: dict[str, str]) -> None:
    answer = await reader.client.get("/2/users/me", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}


async def test_an_operation_refuses_the_kind_of_token_that_its_table_entry_does_not_name(reader: Api) -> None:
    for path, user in (("/2/users/me", False), ("/2/tweets/search/all?query=x", True), ("/2/usage/tweets", True)):
        answer = await reader.get(path, user=user)
        assert answer.status_code == 403
        assert problem(answer).type == "https://api.x.com/2/problems/unsupported-authentication"


async def test_the_description_of_the_api_needs_no_token_and_lists_the_table(reader: Api) -> None:
    answer = await reader.client.get("/2/openapi.json")
    document: dict[str, Any] = answer.json()
    told = {each["operationId"] for path in document["paths"].values() for each in path.values()}
    assert told == set(OPERATIONS)
    assert document["paths"]["/2/users/me"]["get"]["x-sandbox"] is True


@pytest.mark.parametrize("path", ["/nope", "/2", "/2/users/me/", "/2/tweets/1/2/3", "/2/users//tweets"])
async def test_an_unknown_path_is_404(reader: Api, path: str) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 404
    assert problem(answer).title == "Not Found"


async def test_an_unknown_method_is_405_and_names_the_known_ones(reader: Api) -> None:
    answer = await reader.call("PATCH", "/2/tweets/1")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET"


async def test_an_encoded_slash_belongs_to_its_parameter(reader: Api) -> None:
    answer = await reader.get("/2/users/1%2Ftweets")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameters"] == {"id": ["1/tweets"]}


async def test_every_answer_has_the_headers_of_x(reader: Api) -> None:
    for path in ("/2/users/by/username/sandbox", "/nope", "/2/openapi.json"):
        headers = (await reader.get(path)).headers
        assert re.fullmatch("[0-9a-f]{16}", headers["x-transaction-id"])
        assert headers["api-version"] == "2.167"
        assert parsedate_to_datetime(headers["date"])
        assert len(headers.get_list("date")) == 1
    assert (await reader.get("/2/users/by/username/sandbox")).headers[
        "content-type"
    ] == "application/json; charset=utf-8"


async def test_large_answers_are_compressed_for_those_who_want_it(reader: Api) -> None:
    query = {"query": "python", "max_results": "100"}
    for encoding, compressed in (("gzip, br", True), ("identity", False)):
        headers = {**reader.headers(), "accept-encoding": encoding}
        async with reader.client.stream("GET", "/2/tweets/search/recent", params=query, headers=headers) as answer:
            content = b"".join([chunk async for chunk in answer.aiter_raw()])
        assert (answer.headers.get("content-encoding") == "gzip") is compressed
        assert (gzip.decompress(content) if compressed else content).startswith(b'{"data":[{"id":')
    small = await reader.client.get("/2/users/by/username/sandbox", headers=reader.headers())
    assert "content-encoding" not in small.headers


async def test_requests_are_recorded_without_their_token(reader: Api) -> None:
    reader.sandbox.requests.clear()
    await reader.get("/2/tweets/search/recent", query="a b", max_results=10)
    await reader.get("/nope")
    first, second = reader.sandbox.requests
    assert (first.method, first.path, first.status, first.operation) == (
        "GET",
        "/2/tweets/search/recent",
        200,
        "posts.search_recent",
    )
    assert first.query == {"query": "a b", "max_results": "10"}
    assert (second.path, second.status, second.operation) == ("/nope", 404, None)
    assert "token" not in repr(reader.sandbox.requests)


async def test_tokens_can_be_chosen() -> None:
    assert (Sandbox.app_token, Sandbox.user_token) == ("sandbox-app-token", "sandbox-user-token")
    sandbox = Sandbox(app_token="a", user_token="u")
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        known = await client.get("/2/users/me", headers={"authorization": "bearer u"})
        unknown = await client.get("/2/users/me", headers={"authorization": "Bearer sandbox-user-token"})
    assert (known.status_code, unknown.status_code) == (200, 401)
