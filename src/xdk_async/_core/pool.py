"""The default transport: an httpx transport over aiohttp's connection pool.

httpx's own pool looks at every open connection for every request; aiohttp's does not, and costs a twentieth with 32
requests at once. What this module adds is exactness: bytes go out as the request has them, every timeout ends under its
own name, nothing is sent twice, and an error says truly whether the request may have reached the server.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import operator
import os
import ssl
import urllib.request
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple

import httpx

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

_PIECE = 65_536  # bytes of a body written at once, each piece under its own write timeout
_SMALL = 32_768  # bytes that, with the headers, fit in asyncio's write buffer (64 KiB): writing them cannot stall
_LONGEST_HEADER = 65_536  # bytes; aiohttp's 8 KiB is less than httpx allows


class Pool(httpx.AsyncBaseTransport):
    """Sends requests over kept-alive HTTP/1.1 connections.

    One pool serves any number of users and hosts, within one event loop and one process. The first request opens it.

    Args:
        max_connections: How many requests may be under way at once; more wait for their turn.
        keepalive_expiry: Seconds after which an idle connection is not used again.
        ssl_context: How TLS is done; by default one context with httpx's trusted roots, shared by all pools.
        proxy: `http://` or `https://` address of a proxy, with `user:password@` if it asks for them.
        trust_env: Without `proxy`, take it from HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.
    """

    def __init__(
        self,
        *,
        max_connections: int = 100,
        keepalive_expiry: float = 15.0,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
    ) -> None:
        self._keepalive_expiry = keepalive_expiry
        self._ssl_context = ssl_context
        self._trust_env = trust_env
        self._proxy = None if proxy is None else _Proxy.parse(proxy)
        self._environment_proxies: dict[tuple[str, str], _Proxy | None] = {}
        self._slots = asyncio.Semaphore(max_connections)
        self._sockets: dict[asyncio.Future[None], asyncio.Transport] = {}
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to `request`, as soon as its headers are there; its body is read when iterated.

        Raises:
            httpx.TransportError: `ConnectError`, `ConnectTimeout`, `PoolTimeout`, `ProxyError`: nothing of it was sent.
                `ReadError`, `RemoteProtocolError`, `ReadTimeout`, `WriteTimeout`: the server may have got it.
                `UnsupportedProtocol`, `LocalProtocolError`: it cannot be sent as it is.
            RuntimeError: The pool is closed, or belongs to another event loop or process.
        """
        session = self._open_session()
        seconds: dict[str, float | None] = request.extensions.get("timeout", {})
        timeout = _timeout(seconds.get("connect"), seconds.get("read"))
        outgoing = _Outgoing(request, seconds.get("write"), self._proxy_for(request.url))
        await self._take_slot(request, seconds.get("pool"))
        try:
            answer = await outgoing.send(session, timeout)
        except BaseException:
            self._slots.release()
            raise
        if answer.connection is None:  # a short answer came whole: its connection is back in the pool
            self._slots.release()
        else:
            answer.connection.add_callback(self._slots.release)
        version = b"HTTP/%d.%d" % (answer.version or (1, 1))
        return httpx.Response(
            answer.status,
            headers=list(answer.raw_headers),
            stream=_Body(answer, request),
            request=request,
            extensions={"http_version": version, "reason_phrase": (answer.reason or "").encode()},
        )

    async def aclose(self) -> None:
        """Close every connection, also those in use, and wait until the sockets are gone. Again: does nothing."""
        self._closed = True
        if self._session is None:
            return
        self._check_home()
        session, self._session = self._session, None
        closing = dict(self._sockets)
        for transport in closing.values():
            transport.abort()  # TLS would wait up to 30 s for the peer's goodbye
        await session.close()
        if closing:
            await asyncio.wait(closing, timeout=1)

    def __del__(self) -> None:
        session = getattr(self, "_session", None)
        if session is None:
            return
        warnings.warn(f"{self!r} was dropped unclosed: await its aclose()", ResourceWarning, stacklevel=2, source=self)
        if os.getpid() == self._pid:
            operator.methodcaller("_close")(session.connector)
        else:  # the sockets are the parent's; to close them would reach into the selector that both processes share
            vars(session.connector)["_closed"] = True

    def __repr__(self) -> str:
        return f"<Pool {'closed' if self._closed else 'idle' if self._session is None else 'open'}>"

    def _open_session(self) -> aiohttp.ClientSession:
        if self._closed:
            raise RuntimeError("this Pool is closed")
        if self._session is None:
            self._loop, self._pid = asyncio.get_running_loop(), os.getpid()
            self._session = _session(self._ssl_context or default_ssl_context(), self._keepalive_expiry, self._sockets)
        else:
            self._check_home()
        return self._session

    def _check_home(self) -> None:
        if os.getpid() != self._pid:
            raise RuntimeError("this Pool was opened before a fork: make a new one in the child process")
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("this Pool was opened in another event loop: make one for each loop")

    async def _take_slot(self, request: httpx.Request, seconds: float | None) -> None:
        if not self._slots.locked():
            await self._slots.acquire()
            return
        try:
            async with asyncio.timeout(seconds):
                await self._slots.acquire()
        except TimeoutError as error:
            raise httpx.PoolTimeout(f"no connection became free within {seconds} s", request=request) from error
        if self._closed:
            self._slots.release()
            raise RuntimeError("this Pool was closed while the request waited for a connection")

    def _proxy_for(self, url: httpx.URL) -> _Proxy | None:
        if self._proxy is not None or not self._trust_env:
            return self._proxy
        key = (url.scheme, url.netloc.decode())
        if key not in self._environment_proxies:
            self._environment_proxies[key] = _environment_proxy(*key)
        return self._environment_proxies[key]


class _Body(httpx.AsyncByteStream):
    """The bytes of one answer as they arrive, still gzipped if they came so."""

    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request
        connection = answer.connection
        self._gone = connection.protocol.closed if connection is not None and connection.protocol is not None else None
        if connection is not None and self._gone is not None:
            self._gone.add_done_callback(self._break_off)
            connection.add_callback(self._stop_watching)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._answer.content
        while True:
            try:
                chunk = await content.readany()
            except asyncio.CancelledError:
                self.close()
                raise
            except Exception as error:
                if (lost := _lost(error, self._request)) is None:
                    raise
                # aiohttp reports the end of a connection before it hands out what had arrived until then.
                if rest := _unread(content):
                    yield rest
                self.close()
                raise lost from error
            if not chunk:
                return
            yield chunk

    def _break_off(self, _: object) -> None:
        # aiohttp lets a reader wait for ever if the pool is closed, or if what comes within a chunked body is no chunk.
        import aiohttp

        if self._answer.content.exception() is None:
            self._answer.content.set_exception(aiohttp.ClientPayloadError("the connection ended within the body"))
        self._answer.close()

    def _stop_watching(self) -> None:
        if self._gone is not None:
            self._gone.remove_done_callback(self._break_off)

    async def aclose(self) -> None:
        """Close the connection at once, unless the body has come to its end: then it is back in the pool."""
        self.close()

    def close(self) -> None:
        connection = self._answer.connection
        if connection is None:
            return
        if connection.transport is not None:
            connection.transport.abort()
        self._answer.close()


class _Outgoing:
    """A request on its way out: exactly its headers, its body held to its length and to the write timeout."""

    def __init__(self, request: httpx.Request, write_seconds: float | None, proxy: _Proxy | None) -> None:
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise httpx.UnsupportedProtocol(f"not an http:// or https:// address: {url}", request=request)
        if not isinstance(request.stream, httpx.AsyncByteStream):
            raise RuntimeError("the body of this request can only be read synchronously")
        try:
            self.headers = [(name.decode(), value.decode()) for name, value in request.headers.raw]
            self.names = {name.lower(): value for name, value in self.headers}
            self.size = int(self.names["content-length"]) if "content-length" in self.names else None
        except ValueError as error:
            raise httpx.LocalProtocolError(f"a header cannot be sent: {error}", request=request) from error
        if "host" not in self.names:
            self.headers.insert(0, ("Host", url.netloc.decode()))
        if proxy is not None and proxy.authorization and url.scheme == "http":
            self.headers.append(("Proxy-Authorization", proxy.authorization))
        self.request = request
        self.address = f"{url.scheme}://{url.netloc.decode()}{url.raw_path.decode()}"
        self.stream = request.stream
        self.write_seconds = write_seconds
        self.proxy = proxy
        self.failure: Exception | None = None  # what the body raised; aiohttp wraps it

    async def send(self, session: aiohttp.ClientSession, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        from yarl import URL

        try:
            return await session.request(
                self.request.method,
                URL(self.address, encoded=True),
                data=self._data(),
                allow_redirects=False,
                middlewares=(self._put_headers,),
                skip_auto_headers=None if self.request.method == "GET" or "content-type" in self.names else ("Content-Type",),
                proxy=self.proxy and self.proxy.address,
                proxy_headers=self.proxy and self.proxy.headers,
                timeout=timeout,
            )
        except httpx.RequestError as error:  # from the connector
            error.request = self.request
            raise
        except Exception as error:
            if self.failure is not None:
                raise self.failure from None
            if (lost := _lost(error, self.request)) is None:
                raise
            raise lost from error

    async def _put_headers(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        # Given to aiohttp in the ordinary way they would be merged with its own, and "Expect" would hold the body back.
        request.headers.clear()
        request.headers.extend(self.headers)
        return await send(request)

    def _data(self) -> bytes | aiohttp.Payload | None:
        """The body as aiohttp takes it; adds the header that says where it ends, if the request has none."""
        if "transfer-encoding" in self.names:
            self.size = None
        elif isinstance(self.stream, httpx.ByteStream):
            content = b"".join(self.stream)
            if not content and not self.size:
                return None
            if self.size is None:
                self.size = len(content)
                self.headers.append(("Content-Length", str(self.size)))
            if len(content) == self.size <= _SMALL:
                return content
        elif self.size is None:
            self.headers.append(("Transfer-Encoding", "chunked"))
        return _payload_type()(self)

    async def write_body(self, writer: AbstractStreamWriter) -> None:
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                try:
                    async with asyncio.timeout(self.write_seconds):
                        await writer.write(piece)
                        await writer.drain()  # also after the last piece: write() waits only now and then
                except TimeoutError:
                    message = f"the server took nothing more of the body for {self.write_seconds} s"
                    self.failure = httpx.WriteTimeout(message, request=self.request)
                    raise

    async def _pieces(self) -> AsyncGenerator[memoryview]:
        sent = 0
        try:
            async for chunk in self.stream:
                sent += len(chunk)
                if self.size is not None and sent > self.size:
                    break
                for start in range(0, len(chunk), _PIECE):
                    yield memoryview(chunk)[start : start + _PIECE]
            if self.size not in (None, sent):
                message = f"the body does not have the {self.size} bytes that its Content-Length says"
                raise httpx.LocalProtocolError(message, request=self.request)
        except Exception as error:
            self.failure = error
            raise


class _Proxy(NamedTuple):
    """A proxy, its password apart from the address: that one aiohttp shows in errors."""

    address: str
    authorization: str | None

    @property
    def headers(self) -> dict[str, str] | None:
        return {"Proxy-Authorization": self.authorization} if self.authorization else None

    @classmethod
    def parse(cls, address: str) -> _Proxy:
        url = httpx.URL(address if "://" in address else f"http://{address}")
        bare = str(url.copy_with(userinfo=b""))
        if url.scheme.startswith("socks"):
            raise ValueError(
                f"{bare} is a SOCKS proxy, which Pool cannot use: "
                "pass transport=httpx.AsyncHTTPTransport(proxy=...), which needs the package httpx[socks]"
            )
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"not the http:// or https:// address of a proxy: {bare}")
        if not url.userinfo:
            return cls(bare, None)
        return cls(bare, "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode())


def _environment_proxy(scheme: str, host: str) -> _Proxy | None:
    proxies = urllib.request.getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    return None if not address or urllib.request.proxy_bypass(host) else _Proxy.parse(address)


@functools.cache
def default_ssl_context() -> ssl.SSLContext:
    """The TLS settings that all pools of this process share, with httpx's trusted roots."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


# From here down aiohttp is used. It is imported inside the functions: that takes 0.3 s, and not every client sends.


def _session(
    ssl_context: ssl.SSLContext, keepalive_expiry: float, sockets: dict[asyncio.Future[None], asyncio.Transport]
) -> aiohttp.ClientSession:
    """A session that keeps `sockets`: the open ones, each under the future that ends when it is gone."""
    import aiohttp

    def forget(gone: asyncio.Future[None]) -> None:
        del sockets[gone]
        if not gone.cancelled():
            gone.exception()  # or asyncio logs that nobody asked

    class Connector(aiohttp.TCPConnector):
        # What fails in connect() failed before the first byte of the request: no exception class of aiohttp's tells.
        async def connect(
            self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
        ) -> Connection:
            try:
                connection = await super().connect(req, traces, timeout)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise _unsent(error, req) from error
            transport, protocol = connection.transport, connection.protocol
            if transport is not None and protocol is not None and (gone := protocol.closed) is not None:
                if gone not in sockets:
                    sockets[gone] = transport
                    gone.add_done_callback(forget)
                connection.add_callback(functools.partial(_abort_if_unsent, transport))
            return connection

    session = aiohttp.ClientSession(
        connector=Connector(limit=0, keepalive_timeout=keepalive_expiry, ssl=ssl_context),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        max_field_size=_LONGEST_HEADER,
    )
    # Or aiohttp repeats a GET, PUT or DELETE by itself: https://github.com/aio-libs/aiohttp/issues/10790
    vars(session)["_retry_connection"] = False
    return session


def _abort_if_unsent(transport: asyncio.Transport) -> None:
    # close() would wait, perhaps for ever, until the peer has taken what is still to be written.
    if transport.get_write_buffer_size():
        transport.abort()


@functools.cache
def _payload_type() -> Callable[[_Outgoing], aiohttp.Payload]:
    import aiohttp

    class Payload(aiohttp.Payload):
        _autoclose = True

        def __init__(self, outgoing: _Outgoing) -> None:
            super().__init__(outgoing)
            self._size = outgoing.size
            self._outgoing = outgoing

        async def write(self, writer: AbstractStreamWriter) -> None:
            await self._outgoing.write_body(writer)

        def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
            raise NotImplementedError("a request body is sent, not decoded")

    return Payload


@functools.cache
def _timeout(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    import aiohttp

    # aiohttp takes 0 for "no limit", and would round up what is longer than 5 s.
    least = 0.001
    return aiohttp.ClientTimeout(
        connect=None if connect is None else max(connect, least),
        sock_read=None if read is None else max(read, least),
        ceil_threshold=float("inf"),
    )


def _unread(content: aiohttp.StreamReader) -> bytes:
    unread: bytes = operator.methodcaller("_read_nowait", -1)(content)
    return unread


def _unsent(error: Exception, request: aiohttp.ClientRequest) -> httpx.TransportError:
    """What to raise for an error met before the first byte of the request was sent."""
    import aiohttp

    message = str(error) or type(error).__name__
    if isinstance(error, aiohttp.InvalidURL):
        return httpx.UnsupportedProtocol(message)
    if isinstance(error, TimeoutError):
        return httpx.ConnectTimeout(f"no connection to {request.host}:{request.port} in time")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return httpx.ProxyError(f"the proxy refused: {error.status} {error.message}")
    if request.proxy is None:
        return httpx.ConnectError(message)
    if isinstance(error, aiohttp.ClientConnectorError) and (error.host, error.port) == (request.host, request.port):
        return httpx.ConnectError(message)  # TLS with the server, through the proxy
    return httpx.ProxyError(message)


def _lost(error: Exception, request: httpx.Request) -> httpx.TransportError | None:
    """What to raise for an error met once bytes may have been sent; None if it is none of the connection's."""
    import aiohttp

    message = str(error) or type(error).__name__
    if isinstance(error, aiohttp.SocketTimeoutError):
        return httpx.ReadTimeout("the server sent nothing in time", request=request)
    if isinstance(error, aiohttp.InvalidURL):
        return httpx.UnsupportedProtocol(message, request=request)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return httpx.RemoteProtocolError("the server hung up without an answer", request=request)
    if isinstance(error, aiohttp.ClientResponseError):
        return httpx.RemoteProtocolError(f"what the server sent is not HTTP: {error.message}", request=request)
    if isinstance(error, aiohttp.ClientError | OSError):
        return httpx.ReadError(message, request=request)
    if isinstance(error, ValueError):  # a control character in a header
        return httpx.LocalProtocolError(message, request=request)
    return None
