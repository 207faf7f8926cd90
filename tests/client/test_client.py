"""What a client is given, what it sends with every request, and what it closes."""

from __future__ import annotations

import gc
import inspect
import platform

import httpx
import pytest

from tests.client.fakes import OK, FakeX, Play, nothing_left, serving
from xdk_async import AnswerError, AsyncClient, InvalidArgument, __version__

OFFICIAL = (
    "base_url", "bearer_token", "access_token", "client_id", "client_secret", "redirect_uri", "token", "scope",
    "authorization_base_url", "auth",
)  # fmt: skip


def test_the_arguments_of_the_official_client_are_taken_in_its_order_and_further_ones_by_name_only() -> None:
    parameters = inspect.signature(AsyncClient).parameters.values()
    assert tuple(each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD) == OFFICIAL
    assert all(each.kind is each.KEYWORD_ONLY for each in parameters if each.name not in OFFICIAL)
    assert all(each.default is not each.empty for each in parameters)


# Opening and closing


def test_a_client_can_be_made_and_dropped_without_a_loop() -> None:
    client = AsyncClient(bearer_token="token")
    assert client.users is not None
    del client
    gc.collect()


async def test_a_client_that_is_not_used_opens_no_socket() -> None:
    async with nothing_left(), serving(Play(OK)) as server:
        client = AsyncClient(server.address, "token")
        view = client.with_options(retries=0)
        assert view.posts.search_recent("query") is not None
        await client.aclose()
        assert server.connections == 0


async def test_leaving_the_block_closes_the_connections() -> None:
    async with nothing_left(), serving(Play(OK)) as server:
        async with AsyncClient(server.address, "token") as client:
            await client.users.get_me()
            assert not server.left.is_set()
        await server.gone()
        with pytest.raises(RuntimeError, match="closed"):
            await client.users.get_me()


async def test_aclose_closes_the_connections_and_may_be_called_again() -> None:
    async with nothing_left(), serving(Play(OK)) as server:
        client = AsyncClient(server.address, "token")
        await client.users.get_me()
        await client.aclose()
        await server.gone()
        await client.aclose()


async def test_the_connections_are_closed_when_the_block_fails() -> None:
    async with nothing_left(), serving(Play(OK)) as server:
        with pytest.raises(ZeroDivisionError):
            async with AsyncClient(server.address, "token") as client:
                await client.users.get_me()
                raise ZeroDivisionError
        await server.gone()


async def test_a_view_closes_nothing() -> None:
    async with nothing_left(), serving(Play(OK)) as server, AsyncClient(server.address, "token") as client:
        async with client.with_options(retries=0) as view:
            await view.users.get_me()
        await view.aclose()
        await view.users.get_me()
        await client.users.get_me()
        assert server.connections == 1


async def test_a_transport_that_was_passed_in_stays_open() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x) as client:
        await client.users.get_me()
    await client.aclose()
    assert x.times_closed == 0
    async with AsyncClient(bearer_token="token", transport=x) as another:
        await another.users.get_me()


async def test_a_closed_client_sends_nothing_over_a_transport_that_was_passed_in() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x) as client:
        view = client.with_options(retries=0)
    for closed in (client, view):
        with pytest.raises(RuntimeError, match="this client is closed"):
            await closed.users.get_me()
        with pytest.raises(RuntimeError, match="this client is closed"):
            await anext(closed.posts.search_recent("query"))
        with pytest.raises(RuntimeError, match="this client is closed"):
            await anext(aiter(closed.stream.posts()))
    assert x.requests == []


async def test_one_client_serves_many_calls_over_one_connection() -> None:
    async with nothing_left(), serving(Play(OK)) as server, AsyncClient(server.address, "token") as client:
        for _ in range(3):
            await client.users.get_me()
        assert (server.connections, server.arrivals) == (1, 3)


# Where it sends


@pytest.mark.parametrize(
    ("base_url", "target"),
    [
        ("https://api.x.com", "https://api.x.com/2/users/me"),
        ("https://api.x.com/", "https://api.x.com/2/users/me"),
        ("HTTPS://API.X.COM:443", "https://api.x.com/2/users/me"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/2/users/me"),
        ("http://[::1]:8080/", "http://[::1]:8080/2/users/me"),
        ("https://proxy.example/x", "https://proxy.example/x/2/users/me"),
        ("https://proxy.example/x/y%2Fz/", "https://proxy.example/x/y%2Fz/2/users/me"),
    ],
)
async def test_calls_go_below_the_base_url(base_url: str, target: str) -> None:
    x = FakeX()
    async with AsyncClient(base_url, "token", transport=x) as client:
        await client.users.get_me()
        await client.users.get_me(user_fields=["name", "verified"])
    assert [str(request.url) for request in x.requests] == [target, f"{target}?user.fields=name%2Cverified"]


@pytest.mark.parametrize(
    "base_url",
    [
        "api.x.com", "ftp://api.x.com", "https://", "https:///x", "https://[::1", "https://api.x.com\n", " https://api.x.com",
        "https://api.x.com?a=b", "https://api.x.com/?", "https://api.x.com/#", "https://api.x.com#top", "http://x.com:99999",
        "http://x.com:0",
    ],
)  # fmt: skip
def test_what_is_no_base_url_is_refused_and_named(base_url: str) -> None:
    with pytest.raises(InvalidArgument, match="base_url=") as raised:
        AsyncClient(base_url, "token")
    assert (repr(base_url) in str(raised.value)) == ("://" in base_url)


def test_a_token_in_the_place_of_the_base_url_is_refused_without_showing_it() -> None:
    with pytest.raises(InvalidArgument, match="bearer_token=") as raised:
        AsyncClient("AAAA%2Fs3cret")
    assert "s3cret" not in repr(raised.value)


def test_a_base_url_with_a_password_is_refused_without_showing_it() -> None:
    with pytest.raises(InvalidArgument, match="base_url") as raised:
        AsyncClient("https://user:s3cret@api.x.com", "token")
    assert "s3cret" not in repr(raised.value)


def test_users_sign_in_at_x_or_below_a_base_url_of_ones_own() -> None:
    assert AsyncClient().authorization_base_url == "https://x.com/i"
    assert AsyncClient("http://127.0.0.1:8080/").authorization_base_url == "http://127.0.0.1:8080/i"
    given = AsyncClient("http://127.0.0.1:8080", authorization_base_url="https://sign.example/in")
    assert given.authorization_base_url == "https://sign.example/in"


def test_no_connections_at_all_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="max_connections=0"):
        AsyncClient(bearer_token="token", max_connections=0)


# What it sends with every request


async def test_every_request_says_who_sends_it() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x) as client:
        await client.users.get_me()
    assert x.last.headers["user-agent"] == f"xdk-async/{__version__} python/{platform.python_version()}"
    assert x.last.headers["accept"] == "application/json"
    assert x.last.headers["host"] == "api.x.com"


@pytest.mark.parametrize("name", ["User-Agent", "user-agent", "USER-AGENT"])
async def test_a_header_of_ones_own_replaces_the_clients_whatever_its_case(name: str) -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x, headers={name: "mine/1"}) as client:
        await client.users.get_me()
    assert x.last.headers.get_list("user-agent") == ["mine/1"]


async def test_the_type_of_a_body_is_told_once() -> None:
    x = FakeX()
    async with AsyncClient(access_token="token", transport=x, headers={"content-type": "text/plain"}) as client:
        await client.posts.create(text="hello")
    assert x.last.headers.get_list("content-type") == ["application/json"]


@pytest.mark.parametrize(
    "headers",
    [{"X-A": "a\r\nX-B: b"}, {"X-A": "a\0"}, {"X-A": "\udcff"}, {"X A": "a"}, {"X-A:": "a"}, {"": "a"}, {"Ä": "a"}],
)
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument, match="header") as raised:
        AsyncClient(bearer_token="token", headers=headers)
    (value,) = headers.values()
    assert value == "a" or value not in str(raised.value)
    with pytest.raises(InvalidArgument, match="header"):
        AsyncClient(bearer_token="token").with_options(headers=headers)


async def test_no_cookie_is_ever_sent_back() -> None:
    cookie = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: guest_id=7; Path=/\r\n\r\n")
    async with nothing_left(), serving(Play(cookie)) as server, AsyncClient(server.address, "token") as client:
        await client.users.get_me()
        await client.users.get_me()
        assert server.arrivals == 2
        assert "cookie" not in server.heads[1].lower()


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("to", ["the same host", "another host"])
async def test_a_redirect_is_an_error_and_not_followed(status: int, method: str, to: str) -> None:
    async with nothing_left(), serving(Play(OK)) as other, serving(Play()) as server:
        location = f"{other.address if to == 'another host' else server.address}/2/elsewhere"
        moved = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        server.plays = [Play(moved.encode())]
        async with AsyncClient(server.address, "token") as client:
            with pytest.raises(AnswerError, match="redirects are not followed") as raised:
                await client.request(method, "/2/users/me")
        assert raised.value.status == status
        assert raised.value.headers["location"] == location
        assert (server.arrivals, other.arrivals) == (1, 0)


# What it shows


def test_the_client_is_shown_by_its_address_alone() -> None:
    assert repr(AsyncClient("http://127.0.0.1:8080", "token")) == "<AsyncClient of http://127.0.0.1:8080>"


async def test_views_of_a_subclass_are_of_the_subclass() -> None:
    class Bot(AsyncClient):
        async def name(self) -> str:
            answer = await self.users.get_me()
            return answer.data.name if answer.data and answer.data.name else ""

    x = FakeX(httpx.Response(200, json={"data": {"id": "7", "name": "X"}}))
    async with Bot(bearer_token="token", transport=x) as bot:
        assert await bot.with_options(retries=0).name() == "X"
