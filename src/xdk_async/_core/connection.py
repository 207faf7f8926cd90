"""An answer as it arrives, in httpx's terms inside and in ours outside."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, Literal, TypeAlias

import httpx

from xdk_async._core.body import Unpacked, chunks, stream_of, whole_body, window
from xdk_async._core.operation import Call
from xdk_async.errors import ConnectFailed, Disconnected, TimedOut, XError

ResponseHook: TypeAlias = Callable[[httpx.Response], Awaitable[None]]
Phase: TypeAlias = Literal["connect", "read", "write", "pool"]


class Connection:
    """An answer that goes on. Iterating it gives its bytes as they come, decompressed."""

    __slots__ = ("_call", "_hooks", "_response")

    def __init__(self, response: httpx.Response, call: Call[Any], hooks: Sequence[ResponseHook]) -> None:
        self._response = response
        self._call = call
        self._hooks = hooks

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """The answer's headers."""
        return self._response.headers

    async def read(self) -> bytes:
        """The whole body, for answers that come to an end; closes the connection."""
        try:
            return await whole_body(self._response)
        except TRANSLATED as error:
            raise ours(self._call, error) from error
        finally:
            await stream_of(self._response).aclose()  # httpx's own aclose() does no more, and costs 3 µs

    async def show(self, body: bytes) -> None:
        """Let the hooks look at the answer."""
        for hook in self._hooks:
            kept = [(name, value) for name, value in self.headers.raw if name.lower() not in BODY_HEADERS]
            await hook(httpx.Response(self.status, headers=kept, content=body, request=self._response.request))

    def __aiter__(self) -> AsyncGenerator[bytes, None]:
        return self._chunks()

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        how = window(self._response)
        unpacked = Unpacked(how) if how else None
        try:
            async with contextlib.aclosing(chunks(self._response)) as found:
                async for chunk in found:
                    yield unpacked.feed(chunk) if unpacked else chunk
        except TRANSLATED as error:
            raise ours(self._call, error) from error

    async def aclose(self) -> None:
        """Close the connection at once."""
        await self._response.aclose()


BODY_HEADERS = (b"content-encoding", b"content-length", b"transfer-encoding")


TIMEOUTS: dict[type[httpx.TimeoutException], tuple[Phase, bool]] = {
    httpx.ConnectTimeout: ("connect", False),
    httpx.PoolTimeout: ("pool", False),
    httpx.ReadTimeout: ("read", True),
    httpx.WriteTimeout: ("write", True),
}


TRANSLATED = (httpx.HTTPError, httpx.StreamError, zlib.error)  # nothing of httpx gets out


def ours(call: Call[Any], error: Exception) -> XError:
    where = f"{call.method} {call.path}"
    if isinstance(error, httpx.TimeoutException):
        phase, sent = TIMEOUTS.get(type(error), ("read", True))
        return TimedOut(f"{where}: the {phase} timeout ran out", sent=sent, phase=phase)
    if isinstance(error, (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol)):
        return ConnectFailed(f"{where}: X could not be reached: {error}", sent=False)
    return Disconnected(f"{where}: the connection broke: {error or type(error).__name__}", sent=True)
