"""A transport whose requests an observer is told of."""

from __future__ import annotations

import httpx

from xdk_async._core.limits import rate_limits
from xdk_async._core.observer import Observer, Outset
from xdk_async._core.operation import Operation

PORTS = {"http": 80, "https": 443}


class Observed(httpx.AsyncBaseTransport):
    """Tells of every request that goes out, also of those that an `httpx.Auth` sends on its own, until its answer begins."""

    def __init__(self, transport: httpx.AsyncBaseTransport, observer: Observer) -> None:
        self._transport = transport
        self._observer = observer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to `request`, as soon as its headers are there; fails as the transport does."""
        operation: Operation[object] | None = request.extensions.get("operation")
        url = request.url
        sent = self._observer.request(
            Outset(
                operation.name if operation is not None else "request",
                operation.path if operation is not None else "",
                request.method,
                str(url),
                url.host,
                url.port or PORTS.get(url.scheme, 0),
            )
        )
        request.headers.update(sent.headers())
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException as error:
            sent.failed(error)
            raise
        version = response.extensions.get("http_version", b"").decode().removeprefix("HTTP/")
        sent.answered(response.status_code, version, rate_limits(response.headers))
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
