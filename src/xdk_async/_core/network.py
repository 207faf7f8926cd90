"""The connections of one client, as its arguments say: those for calls, and those for streams."""

from __future__ import annotations

import httpx

from xdk_async._core.exact import Exact
from xdk_async._core.given import check_count
from xdk_async._core.http2 import Http2Pool
from xdk_async._core.pool import Pool
from xdk_async._core.proxy import Proxies, Proxy, ProxyGiven
from xdk_async._core.tls import Cert, Http1Context, Verify, default_ssl_context, ssl_context
from xdk_async.errors import InvalidArgument

STREAM_CONNECTIONS = 1000  # streams never wait for requests, nor the other way round


class Network:
    """Two pools, or the transport that was passed in.

    Args:
        transport: What to use in place of all else.
        max_connections: Connections for calls.
        proxy: The address of a proxy, or an `httpx.Proxy`.
        verify: Whether and whom to trust, as in `ssl_context`.
        cert: What this client shows.
        http2: Whether calls go over HTTP/2. Streams never do: X's are HTTP/1.1, and httpx does not tell a server that
            nobody listens any more to one answer of several on a connection.
        trust_env: Whether the environment may name proxies and certificates.

    Raises:
        InvalidArgument: Arguments contradict each other, or cannot work.
    """

    __slots__ = ("_is_given", "calls", "streams")

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        max_connections: int = 100,
        proxy: ProxyGiven | None = None,
        verify: Verify = True,
        cert: Cert | None = None,
        http2: bool = False,
        trust_env: bool = True,
    ) -> None:
        check_count("max_connections", max_connections, 1)
        self._is_given = transport is not None
        self.calls: httpx.AsyncBaseTransport
        self.streams: httpx.AsyncBaseTransport
        if transport is not None:
            settings = {"proxy": proxy, "verify": verify is not True, "cert": cert, "http2": http2}
            if given := [f"{name}=" for name, value in settings.items() if value]:
                raise InvalidArgument(f"transport= makes its own connections: give {' and '.join(given)} to it")
            self.calls = self.streams = (
                Exact(transport) if isinstance(transport, httpx.AsyncHTTPTransport) else transport
            )
            return
        through = None if proxy is None else Proxy.parse(proxy)
        own = ssl_context(verify, cert, trust_env=trust_env) if verify is not True or cert is not None else None
        plain = own if trust_env or own is not None else default_ssl_context(trust_env=False)
        if not http2:
            self.calls = Pool(max_connections=max_connections, ssl_context=plain, proxy=through, trust_env=trust_env)
        else:
            both = own or ssl_context(trust_env=trust_env)
            if through is not None:
                through.for_httpx(both)  # refuses what cannot be
            plain = plain if own is None else Http1Context(own)
            self.calls = Http2Pool(both, Proxies(through, trust_env), max_connections)
        self.streams = Pool(
            max_connections=STREAM_CONNECTIONS,
            keepalive_expiry=0,  # the connection of a stream that X has ended is one that X is about to close
            ssl_context=plain,
            proxy=through,
            trust_env=trust_env,
        )

    async def aclose(self) -> None:
        """Close the connections, unless the transport was passed in: that is its owner's to close."""
        if not self._is_given:
            await self.calls.aclose()
            await self.streams.aclose()
