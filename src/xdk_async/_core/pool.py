"""The default transport: an httpx transport over aiohttp's connection pool.

httpx's own pool looks at every open connection for every request; aiohttp's does not, and costs a twentieth with 32
requests at once. What this module adds is exactness: bytes go out as the request has them, every timeout ends under its
own name, nothing is sent twice, and an error says truly whether the request may have reached the server.
"""

from __future__ import annotations

import asyncio
import operator
import os
import ssl
import warnings
from typing import TYPE_CHECKING

import httpx

from xdk_async._core.home import Home
from xdk_async._core.outgoing import Outgoing
from xdk_async._core.pool_answer import Body, headers_of
from xdk_async._core.proxy import Proxies, Proxy, ProxyGiven
from xdk_async._core.sockets import client_timeout, open_session
from xdk_async._core.tls import default_ssl_context
from xdk_async._core.whole_request import Answer, WholeRequests, whole_request

if TYPE_CHECKING:
    import aiohttp


class Pool(httpx.AsyncBaseTransport):
    """Sends requests over kept-alive HTTP/1.1 connections.

    One pool serves any number of users and hosts, within one event loop and one process. The first request opens it.

    Args:
        max_connections: How many requests may be under way at once; more wait for their turn.
        keepalive_expiry: Seconds after which an idle connection is not used again; 0 to use none again.
        ssl_context: How TLS is done; by default one context with httpx's trusted roots, shared by all pools.
        proxy: `http://`, `https://` or `socks5://` address of a proxy, with `user:password@` if it asks for them.
        trust_env: Without `proxy`, take it from HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.
    """

    def __init__(
        self,
        *,
        max_connections: int = 100,
        keepalive_expiry: float = 15.0,
        ssl_context: ssl.SSLContext | None = None,
        proxy: ProxyGiven | Proxy | None = None,
        trust_env: bool = True,
    ) -> None:
        self._closed = False
        self._sessions: dict[Proxy | None, aiohttp.ClientSession] = {}  # one for each SOCKS proxy, one for all else
        self._keepalive_expiry = keepalive_expiry
        self._ssl_context = ssl_context
        parsed = proxy if proxy is None or isinstance(proxy, Proxy) else Proxy.parse(proxy)
        self._proxies = Proxies(parsed, trust_env)
        self._slots = asyncio.Semaphore(max_connections)
        self._sockets: dict[asyncio.Future[None], asyncio.Transport] = {}
        self._whole_requests: WholeRequests | None = None
        self._home = Home()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to `request`, as soon as its headers are there; its body is read when iterated.

        Raises:
            httpx.TransportError: `ConnectError`, `ConnectTimeout`, `PoolTimeout`, `ProxyError`: nothing of it was sent.
                `ReadError`, `RemoteProtocolError`, `ReadTimeout`, `WriteTimeout`: the server may have got it.
                `UnsupportedProtocol`, `LocalProtocolError`: it cannot be sent as it is.
            RuntimeError: The pool is closed, or belongs to another event loop or process.
        """
        proxy = self._proxies.of(request.url)
        session = self._session(proxy if proxy is not None and proxy.is_socks else None)
        seconds: dict[str, float | None] = request.extensions.get("timeout", {})
        timeout = client_timeout(seconds.get("connect"), seconds.get("read"))
        data = whole_request(request) if proxy is None else None
        outgoing = Outgoing(request, seconds.get("write"), proxy) if data is None else None
        await self._take_slot(request, seconds.get("pool"))
        try:
            answer: aiohttp.ClientResponse | Answer
            if outgoing is not None:
                answer = await outgoing.send(session, timeout)
            else:
                answer = await self._whole(session).send(request, data or b"", timeout)
        except BaseException:
            self._slots.release()
            raise
        if answer.connection is None:  # a short answer came whole: its connection is back in the pool
            self._slots.release()
        else:
            answer.connection.add_callback(self._slots.release)
        version = b"HTTP/%d.%d" % (answer.version or (1, 1))
        response = httpx.Response(
            answer.status,
            headers=headers_of(answer.raw_headers),
            stream=Body(answer, request),
            request=request,
            extensions={"http_version": version, "reason_phrase": (answer.reason or "").encode()},
        )
        if b"".join(map(b"".join, answer.raw_headers)).isascii():
            response.headers.encoding = "ascii"  # or httpx finds out by decoding each: 12 of 140 µs for a small GET
        return response

    async def aclose(self) -> None:
        """Close every connection, also those in use, and wait until the sockets are gone. Again: does nothing."""
        self._closed = True
        if not self._sessions:
            return
        self._home.check()
        sessions, self._sessions, self._whole_requests = self._sessions, {}, None
        closing = dict(self._sockets)
        for transport in closing.values():
            transport.abort()  # TLS would wait up to 30 s for the peer's goodbye
        try:
            if closing:
                await asyncio.wait(closing, timeout=1)
        finally:
            for session in sessions.values():
                await session.close()

    def __del__(self) -> None:
        sessions: dict[Proxy | None, aiohttp.ClientSession] = getattr(self, "_sessions", {})
        if not sessions:
            return
        warnings.warn(
            f"{self!r} was dropped unclosed: use `async with AsyncClient(...)`, or await aclose()",
            ResourceWarning,
            stacklevel=2,
            source=self,
        )
        for session in sessions.values():
            if os.getpid() == self._home.pid:
                operator.methodcaller("_close")(session.connector)
            else:  # the sockets are the parent's; to close them would reach into the selector that both processes share
                vars(session.connector)["_closed"] = True

    def __repr__(self) -> str:
        return f"<Pool {'closed' if self._closed else 'open' if self._sessions else 'idle'}>"

    def _session(self, socks: Proxy | None) -> aiohttp.ClientSession:
        if self._closed:
            raise RuntimeError("this client is closed")
        self._home.check()
        if socks not in self._sessions:
            context = self._ssl_context or default_ssl_context()
            self._sessions[socks] = open_session(context, self._keepalive_expiry, self._sockets, socks)
        return self._sessions[socks]

    def _whole(self, session: aiohttp.ClientSession) -> WholeRequests:
        if self._whole_requests is None:
            self._whole_requests = WholeRequests(session)
        return self._whole_requests

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
            raise RuntimeError("this client was closed while the request waited for a connection")
