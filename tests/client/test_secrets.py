"""No token, key or secret shows: not in logs, not in `repr`s, not in exceptions and what caused them."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import gc
import logging
import pprint
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.client.fakes import CHUNKED, OK, SHORT, Play, Server, serving, unused_address
from xdk_async import AsyncClient, InvalidArgument, StreamConfig, Timeouts, XError
from xdk_async.settings import Given

SECRET = "s3cr3t"  # part of every token and key below
TOKEN, KEY = f"AAAA%2F{SECRET}-token", f"{SECRET}-key"
OAUTH1: dict[str, Any] = {
    "api_key": KEY,
    "api_secret": f"{SECRET}-api",
    "access_token": f"7-{SECRET}-user",
    "access_token_secret": f"{SECRET}-user-secret",
}


async def give_token() -> str:
    return TOKEN


CREDENTIALS: dict[str, dict[str, Any]] = {
    "callable": {"bearer_token": give_token},
    "bearer": {"bearer_token": TOKEN},
    "oauth1": OAUTH1,
    "user": {"access_token": TOKEN},
    "basic": {"auth": httpx.BasicAuth("me", f"{SECRET}-password")},
    "token": {"token": {"access_token": TOKEN, "refresh_token": f"{SECRET}-refresh"}},
    "all": {"bearer_token": TOKEN, "client_id": "id", "client_secret": f"{SECRET}-client", **OAUTH1},
}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all that led to it."""
    while error is not None:
        yield error
        if error.__cause__ is not error.__context__:
            yield from chain(error.__cause__)
        error = error.__context__


def shown(error: BaseException) -> list[str]:
    """Whatever of an exception a log, a debugger or a report may print."""
    texts = ["".join(traceback.format_exception(error))]
    for each in chain(error):
        texts += [str(each), repr(each), repr(each.args), pprint.pformat(vars(each))]
    return texts


async def me(client: AsyncClient) -> object:
    return await client.users.get_me()


async def read(client: AsyncClient) -> object:
    return await anext(client.lists.get_posts("7"))


async def write(client: AsyncClient) -> object:
    return await client.posts.create(text="hello")


async def follow(client: AsyncClient) -> object:
    async with client.stream.posts(stream_config=StreamConfig(timeout=0.05, max_retries=0)) as posts:
        return [post async for post in posts]


async def mistake(client: AsyncClient) -> object:
    return await client.with_options(headers={"X-Proxy-Token": SECRET}).users.get_me(user_fields=["nonsense"])


async def late(client: AsyncClient) -> object:
    return await client.with_options(deadline=0.02).users.get_me()


def refusal(status: int) -> Play:
    body = b'{"title":"No","detail":"not for you"}'
    head = b"HTTP/1.1 %d No\r\nx-rate-limit-reset: 1\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    return Play(head + body)


PLAYS = [
    Play(OK),
    *(refusal(status) for status in (302, 400, 401, 402, 403, 404, 429, 500)),
    Play(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'broken'"),
    Play(then="hang up"),
    Play(then="reset"),
    Play(SHORT, "hang up"),
    Play(CHUNKED + b"nonsense\r\n", "stay"),
    Play(b"SSH-2.0-OpenSSH\r\n\r\n", "stay"),
    Play(b"HTTP/1.1 200 OK\r\nX-A: " + b"x" * 70_000 + b"\r\n\r\n", "stay"),
    Play(then="stay"),
    Play(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "stay"),
]
CALLS: list[Callable[[AsyncClient], Awaitable[object]]] = [me, read, write, follow, mistake, late]


async def outcome(call: Awaitable[object]) -> list[str]:
    try:
        return [repr(await call)]
    except XError as error:
        return shown(error)


async def session(server: Server, credentials: dict[str, Any]) -> list[str]:
    """All that shows of a session in which much goes wrong."""
    texts: list[str] = []
    for play in PLAYS:
        server.plays = [play]
        client = AsyncClient(server.address, timeout=Timeouts(read=0.03), headers={"X-Gateway": SECRET}, **credentials)
        view = client.with_options(retries=1, on_limit="raise", headers={"X-Other": SECRET})
        ended = await asyncio.gather(*(outcome(call(view.with_options(retries=0))) for call in CALLS))
        texts += [text for each in ended for text in each]
        texts += [repr(client), str(client), repr(view), repr(client.users), repr(client.stream.posts())]
        texts += [repr(client.posts.search_recent("q")), pprint.pformat(client)]
        texts += [repr(each) for each in gc.get_referents(client, client.__dict__)]
        await client.aclose()
    return texts


@pytest.mark.parametrize("kind", ["callable", "oauth1", "basic", "all"])
async def test_nothing_of_a_session_shows_a_secret(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    credentials = CREDENTIALS[kind]
    asyncio.get_running_loop().set_debug(True)
    with caplog.at_level(logging.DEBUG):
        async with serving(Play(OK)) as server:
            texts = await session(server, credentials)
            assert any(SECRET in head for head in server.heads)
        async with AsyncClient(unused_address(), **credentials) as client:
            texts += await outcome(me(client.with_options(retries=0)))
    asyncio.get_running_loop().set_debug(False)
    assert caplog.records
    formatter = logging.Formatter("%(message)s")
    texts += [formatter.format(record) + repr(record.args) for record in caplog.records]
    assert [text for text in texts if SECRET in text] == []


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_no_part_of_a_client_shows_a_secret(kind: str) -> None:
    client = AsyncClient(headers={"X-Gateway": SECRET}, **CREDENTIALS[kind]).with_options(headers={"X-Other": SECRET})
    waiting: list[object] = [client]
    seen = dict[int, object]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen or not type(each).__module__.startswith("xdk_async"):
            continue
        seen[id(each)] = each
        names = {name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ())}
        waiting += [getattr(each, name, None) for name in names] + list(getattr(each, "__dict__", {}).values())
    kinds = {type(each).__name__ for each in seen.values()}
    assert {"AsyncClient", "Sender", "Transport", "Credentials", "Options"} <= kinds
    assert [each for each in seen.values() if SECRET in repr(each) + str(each)] == []


async def test_the_password_of_a_proxy_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    async with serving(Play(answer), Play(then="hang up")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address.replace("://", f"://me:{SECRET}@"))
        async with AsyncClient("https://x.invalid", TOKEN) as client:
            texts = [text for _ in range(2) for text in await outcome(me(client.with_options(retries=0)))]
        assert all("\r\nProxy-Authorization: Basic " in head for head in proxy.heads)
    assert len(texts) > 8
    password = base64.b64encode(f"me:{SECRET}".encode()).decode()
    assert [text for text in texts if SECRET in text or password in text] == []


def test_what_a_client_was_given_does_not_show() -> None:
    given = Given(bearer_token=TOKEN, **OAUTH1)
    assert dataclasses.asdict(given)["api_key"] == KEY
    assert SECRET not in repr(given)


@pytest.mark.parametrize(
    "arguments",
    [
        {"bearer_token": f"{SECRET}\n"},
        {"access_token": f"{SECRET} x"},
        {**OAUTH1, "api_key": None},
        {**OAUTH1, "api_secret": f"{SECRET}\n"},
        {"token": {"refresh_token": SECRET}},
        {"token": {"access_token": f"{SECRET}\n"}},
        {"token": {"access_token": "x", "expires_in": SECRET}},
        {"bearer_token": "x", "headers": {"X-A": f"{SECRET}\n"}},
        {"bearer_token": "x", "base_url": f"https://me:{SECRET}@api.x.com"},
    ],
    ids=str,
)
def test_a_refused_argument_does_not_show(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument) as raised:
        AsyncClient(**arguments)
    assert [text for text in shown(raised.value)[1:] if SECRET in text] == []
    assert SECRET not in "".join(traceback.format_exception_only(raised.value))


async def test_an_error_still_shows_what_x_says() -> None:
    async with serving(refusal(403)) as server, AsyncClient(server.address, TOKEN) as client:
        with pytest.raises(XError, match="not for you"):
            await client.users.get_me()
