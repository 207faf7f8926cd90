"""Every way a request can fail, told by its right name, and what a proxy adds to them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import cast

import httpx
import pytest
import trustme

from xdk_async._core.pool import Pool

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextlib.asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """The address of a server that leaves each connection to `handler`, and hangs up when that returns."""
    tasks: set[asyncio.Task[None]] = set()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(reader, writer)
            writer.close()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            if not writer.transport.is_closing():
                writer.transport.abort()

    server = await asyncio.start_server(attend, "127.0.0.1", 0, ssl=tls)
    port: int = server.sockets[0].getsockname()[1]
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Says:
    """Reads a request's head, says `answer`, and then hangs up, stays silent, or breaks the connection."""

    def __init__(self, answer: bytes = b"", then: str = "hang up") -> None:
        self.answer = answer
        self.then = then
        self.arrivals = 0
        self.hung_up = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.arrivals += bool(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answer)
        await writer.drain()
        if self.then == "reset":
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            await asyncio.sleep(0.02)  # or the client would not see `answer` before the reset
            writer.transport.abort()
        elif self.then == "stay":
            await reader.read()
            self.hung_up.set()


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    async with Pool(trust_env=False) as opened:
        yield opened


def asking(
    url: str, method: str = "GET", content: bytes | AsyncIterator[bytes] = b"", **seconds: float
) -> httpx.Request:
    return httpx.Request(method, url, content=content, extensions={"timeout": seconds})


async def send(pool: Pool, request: httpx.Request) -> httpx.Response:
    response = await pool.handle_async_request(request)
    await response.aread()
    return response


async def failure(pool: Pool, request: httpx.Request) -> httpx.RequestError:
    """The error that `request` ends with."""
    with pytest.raises(httpx.RequestError) as raised:
        async with asyncio.timeout(2):
            await send(pool, request)
    assert raised.value.request is request
    assert str(raised.value)
    return raised.value


def tls_of_server_and_client() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of a server at 127.0.0.1, and of a client that trusts it."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.tempfile() as path:
        server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())


SERVER_TLS, CLIENT_TLS = tls_of_server_and_client()


def open_files() -> int:
    listing = Path("/dev/fd")
    return len(list(listing.iterdir())) if listing.exists() else 0


def unused_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


# Before anything is sent


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_refused_connection_is_a_connect_error(pool: Pool, method: str) -> None:
    assert type(await failure(pool, asking(unused_address(), method, b"x"))) is httpx.ConnectError


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".invalid"])
async def test_an_unknown_host_is_a_connect_error(pool: Pool, host: str) -> None:
    assert type(await failure(pool, asking(f"http://{host}/"))) is httpx.ConnectError


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.invalid ESMTP\r\n")
    await reader.read(1)


async def test_failed_tls_is_a_connect_error(pool: Pool) -> None:
    async with serving(Says(OK), SERVER_TLS) as address:
        untrusted = await failure(pool, asking(address))
    async with serving(greet) as address:
        no_tls = await failure(pool, asking(address.replace("http:", "https:")))
    assert type(untrusted) is type(no_tls) is httpx.ConnectError
    assert "certificate" in str(untrusted)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "ws://127.0.0.1/", "/2/users/me", "http:///x"])
async def test_an_address_that_is_not_of_http_is_an_unsupported_protocol(pool: Pool, url: str) -> None:
    assert type(await failure(pool, asking(url))) is httpx.UnsupportedProtocol


@pytest.mark.parametrize("header", [(b"X-A", b"a\nb"), (b"X-A", b"\xff"), (b"Content-Length", b"ten")])
async def test_a_header_that_cannot_be_sent_is_a_local_protocol_error(pool: Pool, header: tuple[bytes, bytes]) -> None:
    says = Says(OK)
    async with serving(says) as address:
        error = await failure(pool, httpx.Request("POST", address, headers=[header], content=b"x"))
    assert type(error) is httpx.LocalProtocolError
    assert says.arrivals == 0


# Once it may have been sent

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("says", "then", "named"),
    [
        (b"", "hang up", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "hang up", httpx.RemoteProtocolError),
        (b"", "reset", httpx.ReadError),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "stay", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "stay", httpx.RemoteProtocolError),
        (SHORT, "hang up", httpx.ReadError),
        (SHORT, "reset", httpx.ReadError),
        (CHUNKED + b"3\r\nabc\r\n", "hang up", httpx.ReadError),
        (CHUNKED + b"3\r\nabc\r\n", "reset", httpx.ReadError),
        (CHUNKED + b"3\r\nabc\r\nnonsense\r\n", "stay", httpx.RemoteProtocolError),
    ],
)
async def test_an_answer_that_breaks_off_never_looks_like_a_failed_connect(
    pool: Pool, method: str, says: bytes, then: str, named: type[httpx.TransportError]
) -> None:
    server = Says(says, then)
    async with serving(server) as address:
        error = await failure(pool, asking(address, method, b"x"))
    assert type(error) is named
    assert server.arrivals == 1


async def test_a_failed_request_gives_its_slot_back_and_leaves_nothing_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(Says(then="reset")) as address, Pool(max_connections=1) as pool:
        for _ in range(3):
            await failure(pool, asking(address))
        assert type(await failure(pool, asking(unused_address()))) is httpx.ConnectError
    gc.collect()
    assert [record for record in caplog.records if record.levelname != "DEBUG"] == []


async def test_what_arrived_before_the_break_is_still_handed_out(pool: Pool) -> None:
    async with serving(Says(SHORT)) as address:
        response = await pool.handle_async_request(asking(address))
        await asyncio.sleep(0.05)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        body = aiter(response.stream)
        assert await anext(body) == b"abc"
        with pytest.raises(httpx.ReadError):
            await anext(body)


async def test_nonsense_within_the_body_is_a_read_error(pool: Pool) -> None:
    async def derail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(CHUNKED + b"3\r\nabc\r\n")
        await asyncio.sleep(0.02)
        writer.write(b"nonsense\r\n")
        await reader.read()

    async with serving(derail) as address:
        assert type(await failure(pool, asking(address))) is httpx.ReadError


async def test_an_answer_that_breaks_off_under_tls_is_a_read_error() -> None:
    async with serving(Says(SHORT, "reset"), SERVER_TLS) as address, Pool(ssl_context=CLIENT_TLS) as pool:
        assert type(await failure(pool, asking(address))) is httpx.ReadError


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
async def test_a_dropped_kept_alive_connection_is_not_tried_again_behind_our_back(pool: Pool, method: str) -> None:
    arrivals: list[int] = []

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrivals.append(1)
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        arrivals.append(2)

    async with serving(answer_once) as address:
        await send(pool, asking(address))
        error = await failure(pool, asking(address, method))
    assert type(error) is httpx.RemoteProtocolError
    assert arrivals == [1, 2]


async def test_what_the_body_raises_comes_out_as_it_is(pool: Pool) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"begun"
        raise OSError("the disk is gone")

    async with serving(Says(then="stay")) as address:
        with pytest.raises(OSError, match="the disk is gone"):
            await send(pool, asking(address, "POST", broken()))


@pytest.mark.parametrize("length", ["2", "4"])
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_body_that_is_not_as_long_as_it_says_is_a_local_protocol_error(
    pool: Pool, length: str, streamed: bool
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"abc"

    async with serving(Says(then="stay")) as address:
        content = body() if streamed else b"abc"
        request = httpx.Request("POST", address, headers={"Content-Length": length}, content=content)
        assert type(await failure(pool, request)) is httpx.LocalProtocolError


async def test_closing_the_pool_ends_what_is_under_way() -> None:
    says = Says(CHUNKED + b"3\r\nabc\r\n", "stay")
    async with serving(says) as address, serving(Says(then="stay")) as silent:
        pool = Pool(max_connections=2)
        response = await pool.handle_async_request(asking(address))
        reading = asyncio.create_task(response.aread())
        asked = asyncio.create_task(send(pool, asking(silent)))
        waiting = asyncio.create_task(send(pool, asking(address)))
        await asyncio.sleep(0.05)
        await pool.aclose()
        async with asyncio.timeout(0.3):
            ended = await asyncio.gather(reading, asked, waiting, return_exceptions=True)
    assert [type(error) for error in ended] == [httpx.ReadError, httpx.RemoteProtocolError, RuntimeError]


# Timeouts


async def test_silence_before_the_answer_is_a_read_timeout(pool: Pool) -> None:
    says = Says(then="stay")
    async with serving(says) as address:
        assert type(await failure(pool, asking(address, read=0.05, write=1, connect=1))) is httpx.ReadTimeout
        await asyncio.wait_for(says.hung_up.wait(), 0.3)


async def test_a_timeout_of_zero_ends_at_once(pool: Pool) -> None:
    async with serving(Says(then="stay")) as address:
        assert type(await failure(pool, asking(address, read=0))) is httpx.ReadTimeout


async def test_silence_within_the_body_is_a_read_timeout(pool: Pool) -> None:
    says = Says(SHORT, "stay")
    async with serving(says) as address:
        assert type(await failure(pool, asking(address, read=0.05))) is httpx.ReadTimeout
        await asyncio.wait_for(says.hung_up.wait(), 0.3)


async def test_any_byte_starts_the_read_timeout_anew(pool: Pool) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in OK:
            await asyncio.sleep(0.005)
            writer.write(bytes([byte]))

    async with serving(drip) as address:
        assert (await send(pool, asking(address, read=0.1))).content == b"ok"


async def test_a_slow_reader_does_not_time_out(pool: Pool) -> None:
    body = b"x" * 2_000_000
    async with serving(Says(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + body)) as address:
        response = await pool.handle_async_request(asking(address, read=0.05))
        await asyncio.sleep(0.15)
        assert await response.aread() == body


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_server_that_never_reads_the_body_is_a_write_timeout(pool: Pool, streamed: bool) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000

    gone = asyncio.Event()

    async def read_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cast("asyncio.Transport", writer.transport).pause_reading()
        await gone.wait()

    async with serving(read_nothing) as address:
        body = endless() if streamed else b"x" * 20_000_000
        before = open_files()
        error = await failure(pool, asking(address, "POST", body, write=0.1, read=0.02, connect=1, pool=1))
        await asyncio.sleep(0)
        assert open_files() <= before + 1  # the server's own
        gone.set()
    assert type(error) is httpx.WriteTimeout


async def test_a_slow_source_is_no_write_timeout(pool: Pool) -> None:
    async def slow() -> AsyncIterator[bytes]:
        for _ in range(3):
            await asyncio.sleep(0.03)
            yield b"x"

    async with serving(Says(OK)) as address:
        assert (await send(pool, asking(address, "POST", slow(), write=0.01, read=0.02))).content == b"ok"


async def test_a_server_that_does_not_shake_hands_is_a_connect_timeout(pool: Pool) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await reader.read()

    async with serving(silent) as address:
        error = await failure(pool, asking(address.replace("http:", "https:"), connect=0.05, read=1))
    assert type(error) is httpx.ConnectTimeout


async def test_no_free_connection_is_a_pool_timeout_and_without_one_it_waits() -> None:
    async with serving(Says(SHORT, "stay")) as address, Pool(max_connections=1) as pool:
        response = await pool.handle_async_request(asking(address))
        assert type(await failure(pool, asking(address, pool=0.05, connect=0.01, read=0.01))) is httpx.PoolTimeout
        waiting = asyncio.create_task(pool.handle_async_request(asking(address, connect=0.01, read=0.05)))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await response.aclose()
        assert (await waiting).status_code == 200


# Proxies


class Proxy:
    """Forwards requests and opens tunnels for those who know the password."""

    def __init__(self, password: str = "", connect: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n") -> None:
        self.password = password
        self.connect = connect
        self.heads: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        method, target, _ = head.split("\r\n")[0].split(" ")
        if self.password and f"Proxy-Authorization: Basic {self.password}\r\n" not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        if method != "CONNECT":
            writer.write(OK)
            return
        writer.write(self.connect)
        host, _, port = target.partition(":")
        there, back = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.gather(copy(reader, back), copy(there, writer))
        finally:
            back.close()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()


USER = "dXNlcjpwQHNz"  # user:p@ss


def with_user(address: str) -> str:
    return address.replace("://", "://user:p%40ss@")


async def test_a_plain_request_is_forwarded_with_its_whole_address_and_the_password() -> None:
    proxy = Proxy(USER)
    async with serving(proxy) as address, Pool(proxy=with_user(address)) as pool:
        assert (await send(pool, asking("http://x.invalid/a%2Fb?q=%2B"))).content == b"ok"
    assert proxy.heads[0].startswith("GET http://x.invalid/a%2Fb?q=%2B HTTP/1.1\r\nHost: x.invalid\r\n")


async def test_tls_goes_through_a_tunnel_and_keeps_the_password_from_the_server() -> None:
    heads: list[bytes] = []

    async def site(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK)

    proxy = Proxy(USER)
    async with serving(site, SERVER_TLS) as target, serving(proxy) as address:
        async with Pool(proxy=with_user(address), ssl_context=CLIENT_TLS) as pool:
            for _ in range(2):
                assert (await send(pool, asking(target))).content == b"ok"
        async with Pool(proxy=with_user(address)) as distrustful:
            assert type(await failure(distrustful, asking(target))) is httpx.ConnectError
    assert [head.split()[0] for head in proxy.heads] == ["CONNECT", "CONNECT"]
    assert len(heads) == 2
    assert b"proxy" not in heads[0].lower()


@pytest.mark.parametrize(
    "proxy",
    [
        Proxy("another"),
        Proxy(connect=b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
        Proxy(connect=b"nonsense\r\n\r\n"),
        Says(),
        Says(then="reset"),
    ],
    ids=["password", "502", "nonsense", "drop", "reset"],
)
async def test_a_tunnel_that_does_not_open_is_a_proxy_error_without_the_password(proxy: Handler) -> None:
    async with serving(proxy) as address, Pool(proxy=with_user(address)) as pool:
        error = await failure(pool, asking("https://127.0.0.1:1/"))
    assert type(error) is httpx.ProxyError
    assert "p%40ss" not in f"{error} {error.__cause__}"


@pytest.mark.parametrize("target", ["http://x.invalid/", "https://x.invalid/"])
async def test_a_proxy_out_of_reach_is_a_proxy_error(target: str) -> None:
    for address in (unused_address(), "http://nowhere.invalid:3128"):
        async with Pool(proxy=address) as pool:
            assert type(await failure(pool, asking(target))) is httpx.ProxyError


async def test_a_silent_proxy_is_a_connect_timeout() -> None:
    async with serving(Says(then="stay")) as address, Pool(proxy=address) as pool:
        error = await failure(pool, asking("https://x.invalid/", connect=0.05))
    assert type(error) is httpx.ConnectTimeout


async def test_the_proxy_of_the_environment_is_used_unless_no_proxy_or_trust_env_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine x.invalid login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("NO_PROXY", "y.invalid,127.0.0.1")
    proxy = Proxy(USER)
    async with serving(proxy) as address, serving(Says(OK)) as direct:
        monkeypatch.setenv("ALL_PROXY", with_user(address).removeprefix("http://"))
        async with Pool() as pool:
            assert (await send(pool, asking("http://x.invalid/"))).content == b"ok"
            assert (await send(pool, asking(direct))).content == b"ok"
            assert type(await failure(pool, asking("http://y.invalid/"))) is httpx.ConnectError
        async with Pool(trust_env=False) as alone:
            assert type(await failure(alone, asking("http://x.invalid/"))) is httpx.ConnectError
    assert len(proxy.heads) == 1
    assert "\r\nauthorization" not in proxy.heads[0].lower()


@pytest.mark.parametrize("address", ["socks4://user:p%40ss@127.0.0.1:1", "ftp://127.0.0.1"])
async def test_a_proxy_that_pool_cannot_use_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    expected = "http://, https:// or socks5://"
    with pytest.raises(ValueError, match=expected) as raised:
        Pool(proxy=address)
    assert "p%40ss" not in str(raised.value)
    monkeypatch.setenv("HTTPS_PROXY", address)
    async with Pool() as pool:
        with pytest.raises(ValueError, match=expected):
            await send(pool, asking("https://x.invalid/"))
