"""What Pool sends, what it hands back, and how it opens and closes, against real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import os
import ssl
import subprocess
import sys
import warnings
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import cast

import httpx
import pytest
import trustme

from xdk_async._core.pool import Pool
from xdk_async._core.tls import default_ssl_context

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


class Site:
    """Answers every request on kept-alive connections, and keeps what it was sent."""

    def __init__(self, answer: bytes = OK) -> None:
        self.answer = answer
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.hung_up = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                self.bodies.append(await body_after(head, reader))
                writer.write(self.answer)
        except asyncio.IncompleteReadError:
            self.hung_up.set()

    @property
    def lines(self) -> list[str]:
        return self.heads[-1].strip().split("\r\n")


async def body_after(head: str, reader: asyncio.StreamReader) -> bytes:
    for line in head.lower().split("\r\n"):
        if line.startswith("content-length:"):
            return await reader.readexactly(int(line.split(":")[1]))
    if "transfer-encoding: chunked" not in head.lower():
        return b""
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    async with Pool(trust_env=False) as opened:
        yield opened


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


async def send(pool: Pool, request: httpx.Request) -> httpx.Response:
    """The answer, read to its end."""
    response = await pool.handle_async_request(request)
    await response.aread()
    return response


# What is sent


@pytest.mark.parametrize("path", ["/a%2Fb", "/%2e%2e/x", "/a+b%20c*", "/%E2%9C%93", "//x", "/a;b=1,2@:"])
@pytest.mark.parametrize("query", ["", "?q=a%2Bb+c%20d%2A*&next=%2F", "?q=%E2%9C%93%3A", "?a&b==&c=%25"])
async def test_path_and_query_arrive_as_they_are_in_the_url(pool: Pool, path: str, query: str) -> None:
    site = Site()
    async with serving(site) as address:
        await send(pool, httpx.Request("GET", address + path + query))
    assert site.lines[0] == f"GET {path}{query} HTTP/1.1"


async def test_headers_arrive_in_their_order_once_and_without_any_of_aiohttps(pool: Pool) -> None:
    site = Site()
    headers = [(b"X-One", b"1"), (b"user-agent", b"me"), (b"X-Two", b"2"), (b"x-two", "é".encode())]
    async with serving(site) as address:
        await send(pool, httpx.Request("POST", address, headers=headers, content=b"{}"))
    host = f"Host: {address.removeprefix('http://')}"
    sent = ["X-One: 1", "user-agent: me", "X-Two: 2", "x-two: é", "Content-Length: 2"]
    assert site.lines[1:] == [host, *sent]


@pytest.mark.parametrize(("method", "length"), [("GET", []), ("DELETE", []), ("POST", ["Content-Length: 0"])])
async def test_a_request_without_body_sends_none(pool: Pool, method: str, length: list[str]) -> None:
    site = Site()
    async with serving(site) as address:
        await send(pool, httpx.Request(method, address))
    assert site.lines[2:] == length


async def test_a_raw_request_gets_the_host_and_length_it_lacks(pool: Pool) -> None:
    site = Site()
    async with serving(site) as address:
        await pool.handle_async_request(httpx.Request("POST", address, stream=httpx.ByteStream(b"abc")))
    assert site.lines[1:] == [f"Host: {address.removeprefix('http://')}", "Content-Length: 3"]
    assert site.bodies == [b"abc"]


async def test_a_large_body_arrives_whole_with_its_length(pool: Pool) -> None:
    site = Site()
    body = os.urandom(3_000_000)
    async with serving(site) as address:
        await send(pool, httpx.Request("POST", address, content=body))
    assert site.bodies == [body]
    assert "Content-Length: 3000000" in site.lines


async def parts() -> AsyncIterator[bytes]:
    for part in (b"one", b"", b"two" * 40_000):
        yield part


@pytest.mark.parametrize(
    ("headers", "framing"),
    [({}, "Transfer-Encoding: chunked"), ({"Content-Length": "120003"}, "Content-Length: 120003")],
)
async def test_an_async_body_is_streamed(pool: Pool, headers: dict[str, str], framing: str) -> None:
    site = Site()
    async with serving(site) as address:
        await send(pool, httpx.Request("POST", address, content=parts(), headers=headers))
    assert site.bodies == [b"one" + b"two" * 40_000]
    assert site.lines[2:] == [framing]


async def test_a_multipart_form_arrives(pool: Pool) -> None:
    site = Site()
    async with serving(site) as address:
        form = httpx.Request("POST", address, data={"name": "a b"}, files={"media": b"\x89PNG" * 50_000})
        await send(pool, form)
    assert b'name="name"\r\n\r\na b' in site.bodies[0]
    assert b"\x89PNG" * 50_000 in site.bodies[0]


async def test_expect_does_not_hold_the_body_back_and_100_is_not_the_answer(pool: Pool) -> None:
    site = Site(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
    async with serving(site) as address:
        response = await send(pool, httpx.Request("POST", address, content=b"abc", headers={"Expect": "100-continue"}))
    assert (response.status_code, response.content) == (200, b"ok")
    assert "Expect: 100-continue" in site.lines


async def test_cookies_are_not_kept_and_redirects_not_followed(pool: Pool) -> None:
    site = Site(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
    async with serving(site) as address:
        response = await send(pool, httpx.Request("GET", address))
        await send(pool, httpx.Request("GET", address))
    assert response.status_code == 302
    assert len(site.heads) == 2
    assert "cookie" not in site.heads[1].lower()


# What comes back


async def test_the_answer_comes_with_its_headers_and_its_body_chunk_by_chunk(pool: Pool) -> None:
    more = asyncio.Event()

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nx-a: 2\r\n\r\n")
        for chunk in (b"3\r\none\r\n", b"3\r\ntwo\r\n", b"0\r\n\r\n"):
            await more.wait()
            more.clear()
            writer.write(chunk)

    async with serving(slowly) as address:
        response = await pool.handle_async_request(httpx.Request("GET", address))
        assert response.headers.raw == [(b"Transfer-Encoding", b"chunked"), (b"X-A", b"1"), (b"x-a", b"2")]
        assert response.extensions == {"http_version": b"HTTP/1.1", "reason_phrase": b"Fine"}
        assert isinstance(response.stream, httpx.AsyncByteStream)
        chunks: list[bytes] = []
        more.set()
        async for chunk in response.stream:
            chunks.append(chunk)
            more.set()
    assert chunks == [b"one", b"two"]


async def test_an_answer_may_come_before_the_body_has_been_sent() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        await asyncio.Event().wait()

    async with serving(refuse) as address, Pool(max_connections=1) as pool:
        for _ in range(2):
            async with asyncio.timeout(1):
                response = await send(pool, httpx.Request("POST", address, content=b"x" * 20_000_000))
            assert (response.status_code, response.content) == (413, b"big")


async def test_gzip_is_left_to_the_reader(pool: Pool) -> None:
    packed = gzip.compress(b"hello")
    site = Site(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(packed), packed))
    async with serving(site) as address:
        response = await pool.handle_async_request(httpx.Request("GET", address))
        assert isinstance(response.stream, httpx.AsyncByteStream)
        raw = b"".join([chunk async for chunk in response.stream])
        again = await send(pool, httpx.Request("GET", address))
    assert raw == packed
    assert again.content == b"hello"


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n"),
    ],
)
async def test_an_answer_without_body_ends_at_once_and_keeps_its_connection(
    pool: Pool, method: str, answer: bytes
) -> None:
    site = Site(answer)
    async with serving(site) as address:
        responses = [await send(pool, httpx.Request(method, address)) for _ in range(2)]
    assert [response.content for response in responses] == [b"", b""]
    assert site.connections == 1


async def test_long_headers_are_read(pool: Pool) -> None:
    async with serving(Site(OK.replace(b"\r\n", b"\r\nX-Long: " + b"x" * 30_000 + b"\r\n", 1))) as address:
        response = await send(pool, httpx.Request("GET", address))
    assert len(response.headers["x-long"]) == 30_000


async def test_httpx_clients_work_over_it(pool: Pool) -> None:
    async with serving(Site()) as address, httpx.AsyncClient(transport=pool) as client:
        response = await client.post(address, json={"text": "hello"})
    assert response.text == "ok"


# Connections


async def test_a_read_answer_gives_its_connection_back(pool: Pool) -> None:
    site = Site()
    async with serving(site) as address:
        for _ in range(3):
            await send(pool, httpx.Request("GET", address))
    assert site.connections == 1


async def test_closing_an_unread_answer_closes_its_connection_at_once(pool: Pool) -> None:
    site = Site(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun")
    async with serving(site) as address:
        response = await pool.handle_async_request(httpx.Request("GET", address))
        await response.aclose()
        async with asyncio.timeout(0.3):
            await site.hung_up.wait()


class Stubborn:
    """Answers, and from then on takes no notice of anything: neither of a TLS goodbye."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        cast("asyncio.Transport", writer.transport).pause_reading()
        await asyncio.Event().wait()


async def test_closing_an_answer_does_not_wait_for_a_tls_goodbye() -> None:
    server = Stubborn(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun")
    async with serving(server, SERVER_TLS) as address, Pool(ssl_context=CLIENT_TLS) as pool:
        before = open_files()
        response = await pool.handle_async_request(httpx.Request("GET", address))
        await response.aclose()
        await asyncio.sleep(0.01)
        assert open_files() <= before + 1  # the server's own


async def test_an_answer_read_to_its_end_is_not_held_by_its_connection(pool: Pool) -> None:
    async def in_two_parts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(OK[:-2])
            await asyncio.sleep(0.01)
            writer.write(OK[-2:])

    async with serving(in_two_parts) as address:
        response = await send(pool, httpx.Request("GET", address))
        held = weakref.ref(response.stream)
        del response
        gc.collect()
        assert held() is None


async def test_no_more_requests_are_under_way_than_allowed_and_none_is_forgotten() -> None:
    under_way = most = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal under_way, most
        while await reader.readuntil(b"\r\n\r\n"):
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.005)
            under_way -= 1
            writer.write(OK)

    async with serving(count) as address, Pool(max_connections=3) as pool:
        answers = await asyncio.gather(*(send(pool, httpx.Request("GET", address)) for _ in range(20)))
    assert [answer.content for answer in answers] == [b"ok"] * 20
    assert most == 3


async def test_cancelling_a_request_closes_its_connection(pool: Pool) -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        assert await reader.read() == b""
        gone.set()

    async with serving(stall) as address:
        task = asyncio.create_task(pool.handle_async_request(httpx.Request("GET", address)))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(0.3):
            await gone.wait()


async def test_tls_is_verified_with_the_given_context() -> None:
    async with serving(Site(), SERVER_TLS) as address, Pool(ssl_context=CLIENT_TLS) as pool:
        assert (await send(pool, httpx.Request("GET", address))).content == b"ok"


# Opening and closing


def test_importing_and_making_a_pool_does_not_import_aiohttp() -> None:
    code = "from xdk_async._core.pool import Pool; Pool(); assert 'aiohttp' not in sys.modules"
    subprocess.run([sys.executable, "-c", f"import sys; sys.path = {sys.path}; {code}"], check=True)


def test_all_pools_share_one_default_tls_context() -> None:
    assert default_ssl_context() is default_ssl_context()


@pytest.mark.parametrize("secure", [False, True])
async def test_aclose_closes_idle_and_busy_connections_and_may_be_called_again(
    secure: bool,
) -> None:
    idle, busy = Site(), Site(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun")
    tls = SERVER_TLS if secure else None
    async with serving(idle, tls) as idle_address, serving(busy, tls) as busy_address:
        pool = Pool(ssl_context=CLIENT_TLS)
        await send(pool, httpx.Request("GET", idle_address))
        response = await pool.handle_async_request(httpx.Request("GET", busy_address))
        await pool.aclose()
        await pool.aclose()
        async with asyncio.timeout(0.3):
            await idle.hung_up.wait()
            await busy.hung_up.wait()
        with pytest.raises(httpx.ReadError):
            await response.aread()
        with pytest.raises(RuntimeError, match="closed"):
            await send(pool, httpx.Request("GET", idle_address))


async def test_after_aclose_no_socket_is_left_even_of_a_tls_peer_that_says_no_goodbye() -> None:
    server = Stubborn(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
    async with serving(server, SERVER_TLS) as address:
        before = open_files()
        pool = Pool(ssl_context=CLIENT_TLS)
        await send(pool, httpx.Request("GET", address))
        await pool.aclose()
        assert open_files() <= before + 1  # the server's own


async def test_a_pool_dropped_unclosed_warns_once() -> None:
    site = Site()
    async with serving(site) as address:
        pool = Pool()
        await send(pool, httpx.Request("GET", address))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del pool
            gc.collect()
            await asyncio.sleep(0)
        async with asyncio.timeout(0.3):
            await site.hung_up.wait()
    assert [(w.category, str(w.message)) for w in caught] == [
        (ResourceWarning, "<Pool open> was dropped unclosed: use `async with AsyncClient(...)`, or await aclose()")
    ]


def test_a_second_event_loop_is_refused() -> None:
    pool = Pool(trust_env=False)

    async def use() -> None:
        async with serving(Site()) as address:
            await send(pool, httpx.Request("GET", address))

    async def misuse() -> None:
        with pytest.raises(RuntimeError, match="another event loop"):
            await use()

    with asyncio.Runner() as first:
        first.run(use())
        with asyncio.Runner() as second:
            second.run(misuse())
        first.run(pool.aclose())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_is_refused() -> None:
    pool = Pool(trust_env=False)

    async def use() -> None:
        async with serving(Site()) as address:
            await send(pool, httpx.Request("GET", address))

    with asyncio.Runner() as runner:
        runner.run(use())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads, from 3.12 on
            child = os.fork()
        if child == 0:
            said = ""
            try:
                asyncio.run(use())
            except RuntimeError as error:
                said = str(error)
            os._exit(0 if "before a fork" in said else 1)
        _, status = os.waitpid(child, 0)
        runner.run(pool.aclose())
    assert os.waitstatus_to_exitcode(status) == 0
