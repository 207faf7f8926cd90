"""Calls over HTTP/2: httpx's transport, which needs the package h2, behind the proxy that is due."""

from __future__ import annotations

import ssl

import httpx

from xdk_async._core.exact import Exact
from xdk_async._core.extra import need
from xdk_async._core.home import Home
from xdk_async._core.proxy import Proxies, Proxy


class Http2Pool(httpx.AsyncBaseTransport):
    """Sends requests over HTTP/2 where the server speaks it, else over HTTP/1.1.

    Args:
        tls: How TLS is done.
        proxies: Which proxy serves which address.
        max_connections: Connections to each proxy, or without one.
    """

    def __init__(self, tls: ssl.SSLContext, proxies: Proxies, max_connections: int) -> None:
        need("h2", "http2=True", "http2")
        self._tls = tls
        self._proxies = proxies
        self._limits = httpx.Limits(max_connections=max_connections, keepalive_expiry=15.0)
        self._pools: dict[Proxy | None, httpx.AsyncBaseTransport] = {}
        self._home = Home()
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to `request`, as soon as its headers are there.

        Raises:
            httpx.TransportError: As `Pool` raises them.
            RuntimeError: The pool is closed, or belongs to another event loop or process.
        """
        if self._closed:
            raise RuntimeError("this client is closed")
        self._home.check()
        proxy = self._proxies.of(request.url)
        if proxy not in self._pools:
            self._pools[proxy] = self._pool(proxy)
        return await self._pools[proxy].handle_async_request(request)

    def _pool(self, proxy: Proxy | None) -> httpx.AsyncBaseTransport:
        through = None if proxy is None else proxy.for_httpx(self._tls)
        return Exact(httpx.AsyncHTTPTransport(verify=self._tls, http2=True, limits=self._limits, proxy=through))

    async def aclose(self) -> None:
        """Close every connection. Again: does nothing."""
        self._closed = True
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.aclose()
