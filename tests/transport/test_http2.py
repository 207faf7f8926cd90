"""HTTP/2: many calls on one connection, and every way it breaks, by its right name."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import warnings
from collections.abc import AsyncGenerator, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.transport.h2_server import Does, http2_server
from tests.transport.servers import HOST, proxy, trusting, x_over_tls
from xdk_async import AsyncClient, ConnectFailed, Disconnected, TimedOut, Timeouts, TransportError
from xdk_async.sandbox import Sandbox


@contextlib.asynccontextmanager
async def by_argument(address: str, timeout: Timeouts | None = None) -> AsyncGenerator[AsyncClient]:
    async with AsyncClient(address, "token", http2=True, verify=trusting(), timeout=timeout) as client:
        yield client


@contextlib.asynccontextmanager
async def by_transport(address: str, timeout: Timeouts | None = None) -> AsyncGenerator[AsyncClient]:
    async with httpx.AsyncHTTPTransport(http2=True, verify=trusting()) as transport:
        yield AsyncClient(address, "token", transport=transport, timeout=timeout)


BOTH = pytest.mark.parametrize("client_of", [by_argument, by_transport], ids=["http2=True", "transport="])
IN_ITS_LOG = pytest.mark.shows_a_secret  # httpx writes the password of a SOCKS proxy there, at the level DEBUG
ClientOf = Callable[..., contextlib.AbstractAsyncContextManager[AsyncClient]]


@BOTH
async def test_many_calls_share_one_connection(client_of: ClientOf) -> None:
    async with http2_server("answers") as server, client_of(server.address) as client:
        first = await client.users.get_me()
        await asyncio.gather(*(client.users.get_by_id(str(number)) for number in range(50)))
    assert first.data is not None
    assert (server.connections, len(server.arrivals)) == (1, 51)


FAILURES: list[tuple[Does, type[TransportError], bool]] = [
    ("goes away", Disconnected, True),
    ("goes away before it", ConnectFailed, False),
    ("goes away within", Disconnected, True),
    ("refuses", ConnectFailed, False),
    ("resets", Disconnected, True),
    ("resets within", Disconnected, True),
    ("hangs up", Disconnected, True),
    ("speaks nonsense", Disconnected, True),
]


@BOTH
@pytest.mark.parametrize(("does", "named", "sent"), FAILURES, ids=[each[0] for each in FAILURES])
async def test_every_way_to_break_has_its_name(
    does: Does, named: type[TransportError], sent: bool, client_of: ClientOf
) -> None:
    async with http2_server(does) as server, client_of(server.address) as client:
        with pytest.raises(TransportError) as raised:
            await client.with_options(retries=0).posts.create(text="hello")
    assert (type(raised.value), raised.value.sent, server.arrivals) == (named, sent, ["POST"])


@BOTH
async def test_silence_is_a_read_timeout(client_of: ClientOf) -> None:
    async with http2_server("stays") as server, client_of(server.address, timeout=Timeouts(read=0.1)) as client:
        with pytest.raises(TimedOut) as raised:
            await client.with_options(retries=0).users.get_me()
    assert (raised.value.phase, raised.value.sent) == ("read", True)


@BOTH
@pytest.mark.parametrize("does", ["refuses", "goes away before it"])
async def test_a_post_that_the_server_did_not_process_is_sent_again(does: Does, client_of: ClientOf) -> None:
    async with http2_server("answers", does, "answers") as server, client_of(server.address) as client:
        await client.users.get_me()
        await client.posts.create(text="hello")
    assert server.arrivals == ["GET", "POST", "POST"]


@BOTH
async def test_a_post_in_doubt_is_not(client_of: ClientOf) -> None:
    async with http2_server("goes away", "answers") as server, client_of(server.address) as client:
        with pytest.raises(Disconnected):
            await client.posts.create(text="hello")
        await client.users.get_me()
    assert server.arrivals == ["POST", "GET"]


async def test_a_server_that_speaks_no_http2_is_asked_over_http1() -> None:
    from tests.core.test_pool_errors import OK, Says, serving

    async with serving(Says(OK)) as address, by_argument(address) as client:
        await client.users.get_me()


async def test_settings_of_the_users_own_serve_calls_over_http2_and_streams_over_http1(tmp_path: Path) -> None:
    """One SSLContext for both, of which each needs another choice of protocols."""
    sandbox, versions = Sandbox(), list[tuple[str, str]]()

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            versions.append((scope["path"], scope["http_version"]))
        await app(scope, receive, send)

    app: Any = sandbox.app
    async with x_over_tls(sandbox, tmp_path, app=noting) as port:
        async with AsyncClient(
            f"https://127.0.0.1:{port}", sandbox.app_token, sandbox.user_token, verify=trusting(), http2=True
        ) as client:
            await client.stream.update_rules(add=[{"value": "hello", "tag": "h"}])
            for number in range(3):
                async with client.stream.posts() as posts:
                    await client.posts.create(text=f"hello {number}")
                    assert (await anext(aiter(posts))).data.text == f"hello {number}"
    assert set(versions) == {
        ("/2/tweets/search/stream/rules", "2"), ("/2/tweets", "2"), ("/2/tweets/search/stream", "1.1"),
    }  # fmt: skip


@pytest.mark.parametrize("http2", [False, True], ids=["HTTP/1.1", "HTTP/2"])
@pytest.mark.parametrize("scheme", [None, "http", pytest.param("socks5", marks=IN_ITS_LOG)])
async def test_a_transport_of_httpxs_carries_calls_and_streams(
    scheme: str | None, http2: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox()
    async with x_over_tls(sandbox, tmp_path) as port, proxy(scheme or "http") as through:
        known = None if scheme is None else through.address
        host = "127.0.0.1" if scheme is None else HOST
        async with (
            httpx.AsyncHTTPTransport(http2=http2, verify=trusting(), proxy=known) as transport,
            AsyncClient(f"https://{host}:{port}", sandbox.app_token, sandbox.user_token, transport=transport) as client,
        ):
            await client.stream.update_rules(add=[{"value": "hello", "tag": "h"}])
            async with client.stream.posts() as posts:
                await client.posts.create(text="hello")
                assert (await anext(aiter(posts))).data.text == "hello"
    assert bool(through.tunnels) is (scheme is not None)


def leaky(scenario: Coroutine[Any, Any, TransportError]) -> TransportError:
    """What a scenario ends with in which httpx leaves a proxy's socket open."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        error = asyncio.run(scenario).with_traceback(None)
        error.__cause__ = error.__context__ = None
        gc.collect()
    return error


def test_a_silent_socks_proxy_of_httpxs_is_a_connect_timeout() -> None:
    async def ask() -> TransportError:
        async with proxy("socks5", silent=True, user="me:x") as through:
            async with httpx.AsyncHTTPTransport(proxy=through.address) as transport:
                client = AsyncClient(f"https://{HOST}", "token", transport=transport, timeout=Timeouts(connect=0.1))
                with pytest.raises(TimedOut) as raised:
                    await client.with_options(retries=0).users.get_me()
        return raised.value

    error = leaky(ask())
    assert isinstance(error, TimedOut)
    assert (error.phase, error.sent) == ("connect", False)


@pytest.mark.parametrize("refuses", [b"", b"nonsense\r\n"], ids=["hangs up", "nonsense"])
def test_a_broken_http_proxy_of_httpxs_never_looks_as_if_x_had_been_reached(refuses: bytes) -> None:
    async def ask() -> TransportError:
        async with proxy("http", refuses=refuses) as through:
            async with httpx.AsyncHTTPTransport(proxy=through.address) as transport:
                client = AsyncClient(f"https://{HOST}", "token", transport=transport)
                with pytest.raises(ConnectFailed) as raised:
                    await client.with_options(retries=0).posts.create(text="hello")
        return raised.value

    assert not leaky(ask()).sent
