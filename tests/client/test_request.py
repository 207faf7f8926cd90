"""`client.request`: calls of what the groups do not have."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.fakes import FakeX
from xdk_async import AsyncClient, CredentialsError, Forbidden, InvalidArgument


async def sent(method: str, path: str, **arguments: Any) -> httpx.Request:
    x = FakeX()
    async with AsyncClient("https://api.x.com/x", "token", transport=x) as client:
        await client.request(method, path, **arguments)
    return x.last


@pytest.mark.parametrize(
    ("params", "query"),
    [
        (None, b""),
        ({}, b""),
        ({"a": None}, b""),
        ({"b": "1", "a": 2}, b"b=1&a=2"),
        ({"ids": ["1", "2", 3]}, b"ids=1%2C2%2C3"),
        ({"ids": ("1", "2")}, b"ids=1%2C2"),
        ({"ids": []}, b"ids="),
        ({"a": True, "b": False, "c": [True, "x"]}, b"a=true&b=false&c=true%2Cx"),
        ({"q": "a b+c%d&e=f#g"}, b"q=a%20b%2Bc%25d%26e%3Df%23g"),
        ({"post.fields": "text", "é": "☃"}, b"post.fields=text&%C3%A9=%E2%98%83"),
        ({"a": ""}, b"a="),
        ({"a": 1.5}, b"a=1.5"),
    ],
)
async def test_parameters_are_encoded_as_x_wants_them(params: dict[str, object] | None, query: bytes) -> None:
    request = await sent("GET", "/2/new", params=params)
    assert request.url.query == query
    assert request.url.raw_path == b"/x/2/new" + (b"?" + query if query else b"")


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=4))
async def test_any_parameter_arrives_as_it_was_given(params: dict[str, str]) -> None:
    request = await sent("GET", "/2/new", params=params)
    assert parse_qsl(request.url.query.decode(), strict_parsing=bool(params)) == list(params.items())


@pytest.mark.parametrize("path", ["/2/new", "/2/a%2Fb", "/2/a%20b", "/2/a:b@c,d;e=f", "/2//x", "/"])
async def test_the_path_is_sent_as_it_stands_below_the_base_url(path: str) -> None:
    assert (await sent("GET", path)).url.raw_path == b"/x" + path.encode()


@pytest.mark.parametrize(
    "path",
    [
        "", "2/new", "https://evil.example/2/new", "/2/new?a=b", "/2/new#top", "/2/a b", "/2/a\nb", "/2/\x00", "/2/\x7f", "/2/é",
        "/2/../admin", "/..", "/2/./new", "/2/%2e%2E/admin", "/2/.%2e/admin", "/2/a\\b",
    ],
)  # fmt: skip
async def test_a_path_that_would_not_arrive_as_it_stands_is_refused(path: str) -> None:
    with pytest.raises(InvalidArgument, match="path=") as raised:
        await sent("GET", path)
    assert repr(path) in str(raised.value)


@pytest.mark.parametrize("method", ["GET", "get", "POST", "Put", "PATCH", "DELETE", "HEAD"])
async def test_any_method_is_sent(method: str) -> None:
    assert (await sent(method, "/2/new")).method == method.upper()


@pytest.mark.parametrize("method", ["", "GE T", "GET\r\nX-A: a", "GÉT", "GET /"])
async def test_what_is_no_method_is_refused(method: str) -> None:
    with pytest.raises(InvalidArgument, match="method="):
        await sent(method, "/2/new")


@pytest.mark.parametrize(
    ("json", "content"),
    [({"a": [1, None, "é"]}, '{"a":[1,null,"é"]}'), ({}, "{}"), ([], "[]"), ("", '""'), (0, "0"), (False, "false")],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_body_is_sent_as_json(method: str, json: object, content: str) -> None:
    request = await sent(method, "/2/new", json=json)
    assert request.content == content.encode()
    assert request.headers["content-type"] == "application/json"


async def test_without_a_body_none_is_sent() -> None:
    request = await sent("POST", "/2/new")
    assert (request.content, "content-type" in request.headers) == (b"", False)


@pytest.mark.parametrize(
    "arguments",
    [
        {"json": {"a": object()}},
        {"json": {"a": "\ud800"}},
        {"params": {"a": "\ud800"}},
        {"params": {"a": "x" * 70_000}},
    ],
    ids=["object", "half a surrogate in the body", "half a surrogate in a parameter", "too long"],
)
async def test_what_cannot_be_sent_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="/2/new"):
        await sent("POST", "/2/new", **arguments)


async def test_a_query_that_is_too_long_is_refused_for_listed_operations_too() -> None:
    async with AsyncClient(bearer_token="token", transport=FakeX()) as client:
        with pytest.raises(InvalidArgument, match="GET /2/tweets/search/recent"):
            await client.with_options(validate=False).posts.search_recent("x" * 70_000)


async def test_the_answer_comes_as_dictionaries_and_lists() -> None:
    body = {"data": [{"id": "7", "new": {"a": 1}}], "meta": {"result_count": 1}, "errors": [{"title": "Not Found"}]}
    x = FakeX(httpx.Response(200, json=body, headers={"x-rate-limit-remaining": "3"}))
    async with AsyncClient(bearer_token="token", transport=x) as client:
        answer = await client.request("GET", "/2/new")
    assert answer.data == [{"id": "7", "new": {"a": 1}}]
    assert answer.json() == body
    assert answer.meta.result_count == 1
    assert answer.errors[0].title == "Not Found"
    assert answer.rate_limit is not None
    assert answer.rate_limit.remaining == 3


async def test_an_answer_without_content_has_no_data() -> None:
    async with AsyncClient(bearer_token="token", transport=FakeX(httpx.Response(204))) as client:
        answer = await client.request("DELETE", "/2/new/7")
    assert (answer.status, answer.data, answer.undecoded) == (204, None, ())


async def test_an_error_is_raised_and_named_by_the_path() -> None:
    x = FakeX(httpx.Response(403, json={"title": "Forbidden"}))
    async with AsyncClient(bearer_token="token", transport=x) as client:
        with pytest.raises(Forbidden, match=r"^403 POST /2/new: Forbidden"):
            await client.request("POST", "/2/new")


async def test_reads_go_as_the_app_and_writes_as_the_user() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="app", access_token="user", transport=x) as client:
        await client.request("GET", "/2/new")
        await client.request("POST", "/2/new")
        await client.with_options(credential="user").request("GET", "/2/new")
    assert x.signatures == ["Bearer app", "Bearer user", "Bearer user"]


async def test_without_a_credential_the_method_is_named() -> None:
    async with AsyncClient(transport=FakeX()) as client:
        with pytest.raises(CredentialsError, match=r"^request \(POST\) needs .*bearer_token=.*access_token=.*api_key="):
            await client.request("POST", "/2/new")


async def test_the_table_says_which_credential_a_listed_path_takes_and_what_it_costs() -> None:
    x = FakeX(*(httpx.Response(200, json={"data": {"id": "1"}}) for _ in range(4)))
    async with AsyncClient("https://api.x.com", "APP", access_token="USER", transport=x) as client:
        await client.request("GET", "/2/users/me")  # users only
        await client.request("get", "/2/tweets/search/recent", params={"query": "x"})  # either: as the app
        await client.request("GET", "/2/users/1/bookmarks")
        await client.request("GET", "/2/new")
        assert {*client.costs.by_operation} >= {"users.get_me"}
    assert [each.split()[-1] for each in x.signatures if each] == ["USER", "APP", "USER", "APP"]
