"""httpx's own transport, told exactly: whether a request was sent, and no connecting without end.

Through a proxy httpx reads and writes before there is a connection to the server, and reports what fails there as if the
request had been lost; and it waits for a SOCKS proxy without any limit. What is going on it tells as it goes
(https://www.encode.io/httpcore/extensions/#trace).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import httpx

Trace: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[None]]
BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
REFUSED_STREAM = 7  # RFC 9113, 8.7: the request was not processed


class Exact(httpx.AsyncBaseTransport):
    """Sends over an `httpx.AsyncHTTPTransport`; its errors say truly whether the request may have reached the server."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to `request`, as soon as its headers are there.

        Raises:
            httpx.TransportError: As `Pool` raises them.
        """
        way = Way(request)
        request.extensions = {**request.extensions, "trace": way}
        try:
            async with way.limit:
                return await self._transport.handle_async_request(request)
        except TimeoutError:
            if not way.limit.expired():
                raise
            raise httpx.ConnectTimeout(f"no connection to {request.url.host} in time", request=request) from None
        except httpx.TransportError as error:
            if isinstance(error, BEFORE_SENDING) or (way.is_sent and not was_refused(error)):
                raise
            kind = httpx.ConnectTimeout if isinstance(error, httpx.TimeoutException) else httpx.ConnectError
            raise kind(str(error) or type(error).__name__, request=request) from error
        except Exception as error:
            if way.is_sent or not type(error).__module__.startswith("socksio"):
                raise
            raise httpx.ProxyError(f"the proxy cannot be understood: {error!r}", request=request) from error

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


class Way:
    """How far a request has come, as httpx tells."""

    __slots__ = ("_connect", "is_sent", "limit", "other")

    def __init__(self, request: httpx.Request) -> None:
        given = request.extensions.get("trace")
        # An auth may send a request again.
        self.other: Trace | None = given.other if isinstance(given, Way) else given
        self._connect: float | None = request.extensions.get("timeout", {}).get("connect")
        self.is_sent = False
        self.limit = asyncio.timeout(None)

    async def __call__(self, name: str, told: dict[str, Any]) -> None:
        """Take note of a step."""
        if name.endswith("connect_tcp.started") and self._connect is not None:
            self.limit.reschedule(asyncio.get_running_loop().time() + self._connect)
        elif name.endswith("send_request_headers.started") and told["request"].method != b"CONNECT":
            self.is_sent = True
            self.limit.reschedule(None)
        if self.other is not None:
            await self.other(name, told)


def was_refused(error: httpx.TransportError) -> bool:
    """Whether the server has said, over HTTP/2, that it did not process the request."""
    told = error.__cause__.args[0] if error.__cause__ is not None and error.__cause__.args else None
    return getattr(told, "error_code", None) == REFUSED_STREAM or getattr(told, "last_stream_id", None) == 0
