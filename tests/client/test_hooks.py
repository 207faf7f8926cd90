"""What users put between: hooks, and any `httpx.Auth` of their own."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any

import httpx
import pytest

from tests.client.fakes import OK, Clock, FakeX, Play, is_signed, limited, nothing_left, sender_over, serving
from xdk_async import (
    AsyncClient,
    AuthenticationError,
    ConnectFailed,
    Disconnected,
    RateLimited,
    TimedOut,
    Timeouts,
)
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.groups import PostsClient, UsersClient

ME = {"data": {"id": "7", "name": "X", "username": "x"}}


# Hooks


async def test_request_hooks_run_in_order_before_signing_and_what_they_add_is_sent() -> None:
    seen: list[tuple[str, bool, str | None]] = []

    def hook(name: str) -> Callable[[httpx.Request], Awaitable[None]]:
        async def add(request: httpx.Request) -> None:
            seen.append((name, "authorization" in request.headers, request.headers.get("x-first")))
            request.headers[f"X-{name}"] = name

        return add

    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x, on_request=[hook("first"), hook("second")]) as client:
        await client.users.get_me()
    assert seen == [("first", False, None), ("second", False, "first")]
    assert [x.last.headers[name] for name in ("x-first", "x-second", "authorization")] == [
        "first",
        "second",
        "Bearer token",
    ]


async def test_what_a_hook_makes_of_the_address_is_what_oauth_1_signs() -> None:
    async def add(request: httpx.Request) -> None:
        request.url = request.url.copy_add_param("added", "by a hook")

    x = FakeX()
    keys: dict[str, Any] = {"api_key": "k", "api_secret": "s", "access_token": "t", "access_token_secret": "ts"}
    async with AsyncClient(transport=x, on_request=[add], **keys) as client:
        await client.users.get_me()
    assert x.last.url.params["added"] == "by a hook"
    assert is_signed(x.last, "s", "ts")


async def test_response_hooks_get_every_answer_read_in_order() -> None:
    seen: list[tuple[str, int, bytes, str, str]] = []

    def hook(name: str) -> Callable[[httpx.Response], Awaitable[None]]:
        async def look(response: httpx.Response) -> None:
            method = response.request.method
            seen.append((name, response.status_code, response.content, response.headers["x-a"], method))

        return look

    x = FakeX(
        limited(retry_after="1", x_a="1"),
        httpx.Response(503, content=b"<html>", headers={"x-a": "2"}),
        httpx.Response(200, content=b"{}", headers={"x-a": "3"}),
    )
    await UsersClient(sender_over(x, Clock(), response_hooks=[hook("first"), hook("second")])).get_me()
    assert seen[::2] == [
        ("first", 429, b'{"title":"Too Many Requests"}', "1", "GET"),
        ("first", 503, b"<html>", "2", "GET"),
        ("first", 200, b"{}", "3", "GET"),
    ]
    assert [each[0] for each in seen] == ["first", "second"] * 3


async def test_response_hooks_see_the_body_decompressed_and_headers_that_fit_it() -> None:
    seen: list[httpx.Response] = []

    async def look(response: httpx.Response) -> None:
        seen.append(response)

    packed = gzip.compress(b'{"data": {"id": "7"}}')
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nX-A: a\r\nContent-Length: %d\r\n\r\n%s" % (
        len(packed),
        packed,
    )
    async with serving(Play(answer)) as server, AsyncClient(server.address, "token", on_response=[look]) as client:
        await client.users.get_me()
    (response,) = seen
    assert response.json() == {"data": {"id": "7"}}
    assert dict(response.headers) == {"x-a": "a", "content-length": "21"}
    assert str(response.request.url) == f"{server.address}/2/users/me"


async def test_response_hooks_see_a_stream_being_refused() -> None:
    seen: list[tuple[int, bytes]] = []

    async def look(response: httpx.Response) -> None:
        seen.append((response.status_code, response.content))

    x = FakeX(httpx.Response(401, content=b"{}"))
    async with AsyncClient(bearer_token="token", transport=x, on_response=[look]) as client:
        with pytest.raises(AuthenticationError):
            async with client.stream.posts():
                pass
    assert seen == [(401, b"{}")]


async def test_a_response_hook_may_send_even_over_the_only_connection() -> None:
    async def ask_again(response: httpx.Response) -> None:
        if response.request.url.path == "/2/users/me":
            await client.users.get_by_id("7")

    async with serving(Play(OK)) as server:
        async with AsyncClient(server.address, "token", max_connections=1, on_response=[ask_again]) as client:
            await client.with_options(deadline=2).users.get_me()
        assert (server.arrivals, server.connections) == (2, 1)
        async with httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1)) as http:
            client = AsyncClient(server.address, "token", transport=http, on_response=[ask_again])
            await client.with_options(deadline=1).users.get_me()
        assert (server.arrivals, server.connections) == (4, 2)


class Refusal(Exception):
    """A user's own."""


@pytest.mark.parametrize("error", [Refusal("no"), httpx.ReadTimeout("mine"), KeyError("x")], ids=repr)
@pytest.mark.parametrize("place", ["on_request", "on_response"])
async def test_what_a_hook_raises_comes_out_as_it_is(place: str, error: Exception) -> None:
    async def refuse(_: object) -> None:
        raise error

    x = FakeX()
    before, after = ([refuse], []) if place == "on_request" else ([], [refuse])
    async with AsyncClient(bearer_token="token", transport=x, on_request=before, on_response=after) as client:
        with pytest.raises(type(error)) as raised:
            await client.users.get_me()
    assert raised.value is error
    assert len(x.requests) == (place == "on_response")


async def test_a_post_that_succeeded_is_not_sent_again_because_a_call_within_a_hook_failed() -> None:
    other = FakeX(*(limited(retry_after="0") for _ in range(9)))

    async def report(response: httpx.Response) -> None:
        async with AsyncClient(bearer_token="token", transport=other) as reporting:
            await reporting.users.get_me()

    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x, on_response=[report]) as client:
        with pytest.raises(RateLimited):
            await client.posts.create(text="hello")
    assert len(x.requests) == 1
    assert len(other.requests) == 4


# Any httpx.Auth


async def test_any_auth_signs_everything() -> None:
    x = FakeX()
    async with AsyncClient(auth=httpx.BasicAuth("me", "pass"), transport=x) as client:
        await client.users.get_me()
        await client.posts.create(text="hello")
        await client.users.get_by_id("7")
        await client.general.get_open_api_spec()
    basic = "Basic bWU6cGFzcw=="
    assert x.signatures == [basic, basic, basic, None]  # what takes no credential gets none


async def test_an_auth_serves_beside_credentials_until_one_of_them_is_named() -> None:
    x = FakeX()
    async with AsyncClient(auth=httpx.BasicAuth("me", "pass"), bearer_token="app", transport=x) as client:
        await client.users.get_by_id("7")
        await client.with_options(credential="app").users.get_by_id("7")
    assert x.signatures == ["Basic bWU6cGFzcw==", "Bearer app"]


class Renewing(httpx.Auth):
    """Buys a token when it has none that X takes."""

    token_url = "https://api.x.com/2/oauth2/token"

    def __init__(self) -> None:
        self.token = "stale"
        self.seen: list[int] = []

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self.token}"
        response = yield request
        self.seen.append(response.status_code)
        if response.status_code == 401:
            bought = yield httpx.Request("POST", self.token_url, data={"grant_type": "refresh_token"})
            self.token = self.read(bought)
            request.headers["Authorization"] = f"Bearer {self.token}"
            yield request

    def read(self, bought: httpx.Response) -> str:
        return str(bought.headers["x-token"])


class RenewingByBody(Renewing):
    """Finds the token in the body."""

    requires_response_body = True

    def read(self, bought: httpx.Response) -> str:
        return str(bought.json()["access_token"])


class Async(Renewing):
    """The same, asynchronously."""

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        await asyncio.sleep(0)
        request.headers["Authorization"] = f"Bearer {self.token}"
        response = yield request
        self.seen.append(response.status_code)
        if response.status_code == 401:
            await response.aread()
            bought = yield httpx.Request("POST", self.token_url)
            await bought.aread()
            self.token = bought.json()["access_token"]
            request.headers["Authorization"] = f"Bearer {self.token}"
            yield request


def bought() -> httpx.Response:
    return httpx.Response(200, json={"access_token": "fresh"}, headers={"x-token": "fresh"})


@pytest.mark.parametrize("auth", [Renewing, RenewingByBody, Async])
async def test_an_auth_may_buy_a_token_on_a_401_over_the_same_transport_and_repeat(auth: type[Renewing]) -> None:
    x = FakeX(httpx.Response(401, json={}), bought(), httpx.Response(200, json=ME))
    async with AsyncClient(auth=auth(), transport=x) as client:
        answer = await client.posts.create(text="hello")
        await client.users.get_me()
    assert answer.status == 200
    assert x.signatures == ["Bearer stale", None, "Bearer fresh", "Bearer fresh"]
    assert [request.url.path for request in x.requests[:3]] == ["/2/tweets", "/2/oauth2/token", "/2/tweets"]
    assert x.bodies[0] == x.bodies[2] == b'{"text":"hello"}'


@pytest.mark.parametrize("auth", [Renewing, RenewingByBody, Async])
async def test_an_auth_may_do_so_over_real_connections(auth: type[Renewing]) -> None:
    long = b'{"title":"Unauthorized"%s}' % (b" " * 1_000_000)  # it has to be read before its connection is free
    refused = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n%s" % (len(long), long)
    token = b'HTTP/1.1 200 OK\r\nX-Token: fresh\r\nContent-Length: 24\r\n\r\n{"access_token":"fresh"}'
    packed = gzip.compress(b'{"data":{"id":"7"}}')
    me = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(packed), packed)
    async with nothing_left(), serving(Play(refused), Play(token), Play(me)) as server:
        renewing = auth()
        renewing.token_url = f"{server.address}/2/oauth2/token"
        async with AsyncClient(server.address, auth=renewing, max_connections=1) as client:
            answer = await client.with_options(deadline=1).users.get_me()
        assert answer.data is not None
        assert answer.data.id == "7"
        assert (server.arrivals, server.connections) == (3, 1)


async def test_an_auth_that_gives_up_leaves_its_last_answer_as_the_answer() -> None:
    auth = Renewing()
    x = FakeX(httpx.Response(401), bought(), httpx.Response(401, json={"title": "Unauthorized"}))
    async with AsyncClient(auth=auth, transport=x) as client:
        with pytest.raises(AuthenticationError, match="Unauthorized"):
            await client.users.get_me()
    assert len(x.requests) == 3


async def test_each_attempt_is_signed_anew() -> None:
    auth = Renewing()
    x = FakeX(httpx.Response(503), limited(retry_after="0"), httpx.Response(200, json=ME))
    await UsersClient(sender_over(x, Clock(), credentials=Credentials(custom=auth))).get_me()
    assert auth.seen == [503, 429, 200]


async def test_what_an_auth_raises_comes_out_and_closes_the_answer() -> None:
    class Doubting(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            yield request
            raise Refusal("I do not like this answer")

    unread = Play(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "stay")
    async with nothing_left(), serving(unread) as server, AsyncClient(server.address, auth=Doubting()) as client:
        with pytest.raises(Refusal):
            await client.users.get_me()
        await server.gone()


async def test_a_token_request_of_an_auth_has_the_calls_timeouts() -> None:
    refused = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}"
    auth = Renewing()
    async with nothing_left(), serving(Play(refused), Play(then="stay")) as server:
        auth.token_url = f"{server.address}/2/oauth2/token"
        async with AsyncClient(server.address, auth=auth, timeout=Timeouts(read=0.05)) as client:
            with pytest.raises(TimedOut) as raised:
                await client.with_options(retries=0, deadline=1).users.get_me()
    assert raised.value.phase == "read"
    assert server.arrivals == 2


async def test_an_auth_signs_a_stream_too() -> None:
    x = FakeX(httpx.Response(401), bought(), httpx.Response(200, content=b'{"data":{"id":"7"}}\r\n'))
    async with AsyncClient(auth=Renewing(), transport=x) as client:
        async with client.stream.posts() as posts:
            assert (await anext(aiter(posts))).data.id == "7"
    assert x.signatures[:3] == ["Bearer stale", None, "Bearer fresh"]


# A callable bearer token


async def test_a_callable_token_is_asked_for_each_attempt() -> None:
    asked: list[int] = []

    async def token() -> str:
        asked.append(1)
        return f"token-{len(asked)}"

    x = FakeX(limited(retry_after="0"), httpx.Response(500))
    await UsersClient(sender_over(x, Clock(), credentials=Credentials(app=Bearer(token)))).get_me()
    assert x.signatures == ["Bearer token-1", "Bearer token-2", "Bearer token-3"]


FAILURES: list[tuple[Exception, type[Exception], int]] = [
    (Refusal("no"), Refusal, 1),
    (httpx.ConnectError("the vault is gone"), httpx.ConnectError, 1),
    (ConnectFailed("the vault is gone", sent=False), ConnectFailed, 4),
    (Disconnected("the vault is gone", sent=True), Disconnected, 1),
]


@pytest.mark.parametrize(("error", "named", "asked"), FAILURES, ids=lambda each: repr(each))
async def test_what_a_callable_token_raises_comes_out_and_nothing_is_sent(
    error: Exception, named: type[Exception], asked: int
) -> None:
    times: list[int] = []

    async def token() -> str:
        times.append(1)
        raise error

    x = FakeX()
    with pytest.raises(named) as raised:
        await PostsClient(sender_over(x, Clock(), credentials=Credentials(app=Bearer(token)))).create(text="hello")
    assert raised.value is error
    assert (len(times), x.requests) == (asked, [])
