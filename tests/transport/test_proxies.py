"""Proxies of every kind carry calls and streams, over HTTP/1.1 and HTTP/2, and fail by their right name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.fakes import unused_address
from tests.transport.servers import AUTHORITY, HOST, PASSWORD, proxy, trusting, x_over_tls
from xdk_async import AsyncClient, ConnectFailed, InvalidArgument, TimedOut, Timeouts, TransportError
from xdk_async.sandbox import Sandbox

HTTP2 = pytest.mark.parametrize("http2", [False, True], ids=["HTTP/1.1", "HTTP/2"])
EVERY_WAY = pytest.mark.parametrize(
    ("scheme", "http2"),
    [("http", False), ("http", True), ("https", False), ("https", True), ("socks5", False)],
    ids=["http", "http HTTP/2", "https", "https HTTP/2", "socks5"],
)


async def use(client: AsyncClient, sandbox: Sandbox) -> list[str]:
    """Calls, a page and a stream; what came of them."""
    me = await client.users.get_me()
    assert me.data is not None
    sent = await client.posts.create(text="through the tunnel")
    page = await anext(client.users.get_posts(str(me.data.id)))
    await client.stream.update_rules(add=[{"value": "streamed", "tag": "s"}])
    async with client.stream.posts() as posts:
        await client.posts.create(text="streamed")
        async with asyncio.timeout(5):
            event = await anext(aiter(posts))
    assert sent.data is not None
    return [str(me.data.username), str(page.data[0].text), str(event.data.text)]


@EVERY_WAY
async def test_everything_goes_through_the_proxy(scheme: str, http2: bool, tmp_path: Path) -> None:
    sandbox = Sandbox()
    async with x_over_tls(sandbox, tmp_path) as port, proxy(scheme) as through:
        async with AsyncClient(
            f"https://{HOST}:{port}", sandbox.app_token, sandbox.user_token,
            proxy=through.address, verify=trusting(), http2=http2,
        ) as client:  # fmt: skip
            found = await use(client, sandbox)
    assert found == ["sandbox", "through the tunnel", "streamed"]
    assert set(through.tunnels) == {f"{HOST}:{port}"}
    assert len(through.tunnels) == 2  # kept alive: one for calls, one for the stream


@HTTP2
async def test_a_proxy_may_be_one_of_httpxs(http2: bool, tmp_path: Path) -> None:
    sandbox = Sandbox()
    async with x_over_tls(sandbox, tmp_path) as port, proxy("http", user="") as through:
        known = httpx.Proxy(through.address.replace(":@", ""), auth=("me", PASSWORD))
        async with AsyncClient(
            f"https://{HOST}:{port}", access_token=sandbox.user_token, proxy=known, verify=trusting(), http2=http2
        ) as client:
            await client.users.get_me()
    assert through.tunnels == [f"{HOST}:{port}"]


@EVERY_WAY
async def test_the_environment_names_the_proxy_unless_it_is_not_trusted(
    scheme: str, http2: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox()
    AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    async with x_over_tls(sandbox, tmp_path) as port, proxy(scheme) as through:
        monkeypatch.setenv("ALL_PROXY", through.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        more: dict[str, Any] = {"access_token": sandbox.user_token, "http2": http2, "verify": trusting()}
        async with AsyncClient(f"https://{HOST}:{port}", **more) as client:
            await client.users.get_me()
        async with AsyncClient(f"https://127.0.0.1:{port}", **more) as client:
            await client.users.get_me()
        async with AsyncClient(f"https://{HOST}:{port}", **more, trust_env=False) as client:
            with pytest.raises(ConnectFailed):
                await client.with_options(retries=0).users.get_me()
    assert through.tunnels == [f"{HOST}:{port}"]


# Failures


def refusal(scheme: str) -> bytes:
    """Of a tunnel."""
    return (
        b"\x05\x02\x00\x01" + bytes(6) if scheme == "socks5" else b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    )


async def failure(address: str, http2: bool, target: str = f"https://{HOST}", **more: Any) -> TransportError:
    """What a POST ends with, which is never sent."""
    async with AsyncClient(target, "token", proxy=address, http2=http2, **more) as client:
        with pytest.raises(TransportError) as raised:
            async with asyncio.timeout(5):
                await client.with_options(retries=0).posts.create(text="hello")
    shown = f"{raised.value!r} {raised.value} {raised.value.__cause__!r} {client!r}"
    assert "SECRET" not in shown
    return raised.value


@EVERY_WAY
async def test_a_proxy_that_refuses_is_a_failed_connect_and_nothing_was_sent(scheme: str, http2: bool) -> None:
    async with proxy(scheme, refuses=refusal(scheme)) as through:
        error = await failure(through.address, http2, verify=trusting())
    assert (type(error), error.sent) == (ConnectFailed, False)
    assert through.tunnels == [f"{HOST}:443"]


@EVERY_WAY
@pytest.mark.parametrize("user", ["me:wrong", ""])
async def test_a_wrong_password_is_a_failed_connect(scheme: str, http2: bool, user: str) -> None:
    async with proxy(scheme, user=user) as through:
        error = await failure(through.address.replace("//@", "//"), http2, verify=trusting())
    assert (type(error), error.sent) == (ConnectFailed, False)
    if scheme != "socks5":
        assert "407" in str(error)


@EVERY_WAY
@pytest.mark.parametrize("refuses", [b"", b"nonsense\r\n\r\n"], ids=["hangs up", "nonsense"])
async def test_a_proxy_that_breaks_off_is_a_failed_connect(scheme: str, http2: bool, refuses: bytes) -> None:
    async with proxy(scheme, refuses=refuses) as through:
        error = await failure(through.address, http2)
    assert (type(error), error.sent) == (ConnectFailed, False)


@EVERY_WAY
async def test_a_proxy_out_of_reach_is_a_failed_connect(scheme: str, http2: bool) -> None:
    error = await failure(unused_address().replace("http:", f"{scheme}:"), http2)
    assert (type(error), error.sent) == (ConnectFailed, False)


@EVERY_WAY
async def test_a_silent_proxy_is_a_connect_timeout(scheme: str, http2: bool) -> None:
    async with proxy(scheme, silent=True) as through:
        error = await failure(through.address, http2, verify=trusting(), timeout=Timeouts(connect=0.1))
    assert isinstance(error, TimedOut)
    assert (error.phase, error.sent) == ("connect", False)


@EVERY_WAY
async def test_tls_that_fails_behind_the_proxy_is_a_failed_connect(scheme: str, http2: bool, tmp_path: Path) -> None:
    AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
    sandbox = Sandbox()
    async with x_over_tls(sandbox, tmp_path) as port, proxy(scheme) as through:
        # The proxy is trusted, and carries us to a server that has another name.
        error = await failure(through.address, http2, f"https://localhost:{port}", verify=tmp_path / "authority.pem")
    assert (type(error), error.sent) == (ConnectFailed, False)
    if scheme != "https" or http2:  # where asyncio fails while it fails: it calls SSLProtocol._abort() wrongly
        assert "certificate" in str(error).lower()
    assert through.tunnels == [f"localhost:{port}"]


@pytest.mark.parametrize("given", ["argument", "environment"])
async def test_http2_does_not_go_through_socks_and_says_so(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "socks5://me:SECRET-x@127.0.0.1:1080"
    with pytest.raises(InvalidArgument, match="HTTP/2 does not go through the SOCKS proxy socks5://127.0.0.1:1080"):
        if given == "argument":
            AsyncClient(bearer_token="token", proxy=address, http2=True)
        monkeypatch.setenv("ALL_PROXY", address)
        async with AsyncClient(bearer_token="token", http2=True) as client:
            await client.users.get_me()


# Arguments


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("socks4://me:SECRET-x@127.0.0.1:1", "socks5://"),
        ("ftp://me:SECRET-x@127.0.0.1", "http://, https:// or socks5://"),
        ("http://me:SECRET-x@[::1:80", "an address like"),
        ("http://", "http://, https:// or socks5://"),
        ("me:SECRET-x@127.0.0.1:port", "an address like"),
        (httpx.Proxy("https://127.0.0.1:1", ssl_context=trusting()), "by verify="),
    ],
    ids=str,
)
def test_a_proxy_that_cannot_be_used_is_refused_without_its_password(address: Any, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said) as raised:
        AsyncClient(bearer_token="token", proxy=address)
    assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "module", "extra"),
    [
        ({"proxy": "socks5://127.0.0.1:1080"}, "aiohttp_socks", "socks"),
        ({"http2": True}, "h2", "http2"),
    ],
    ids=str,
)
def test_a_missing_extra_is_named(
    arguments: dict[str, Any], module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(InvalidArgument, match=rf"pip install 'xdk-async\[{extra}\]'"):
        AsyncClient(bearer_token="token", **arguments)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"proxy": "http://127.0.0.1:1"}, "proxy="),
        ({"verify": False}, "verify="),
        ({"cert": "client.pem"}, "cert="),
        ({"http2": True, "verify": "x.pem"}, "verify= and http2="),
    ],
    ids=str,
)
async def test_what_contradicts_a_transport_is_refused(arguments: dict[str, Any], named: str) -> None:
    async with httpx.AsyncHTTPTransport() as transport:
        with pytest.raises(InvalidArgument, match=named):
            AsyncClient(bearer_token="token", transport=transport, **arguments)
        AsyncClient(bearer_token="token", transport=transport, verify=True, trust_env=False)


async def test_a_proxy_of_an_authority_that_is_not_trusted_is_refused() -> None:
    async with proxy("https") as through:
        error = await failure(through.address, http2=False)
    assert (type(error), error.sent) == (ConnectFailed, False)
    assert through.tunnels == []
