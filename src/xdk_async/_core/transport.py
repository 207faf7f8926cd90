"""The only place that sends: one attempt of a call over an httpx transport, errors of httpx made ours."""

from __future__ import annotations

import contextlib
import random
import time
import zlib
from asyncio import sleep
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import httpx

from xdk_async._core.operation import Call
from xdk_async._core.options import Options, Timeouts
from xdk_async._core.pool import Pool
from xdk_async.auth.credential import Credential
from xdk_async.errors import ConnectFailed, Disconnected, InvalidArgument, TimedOut, XError

RequestHook: TypeAlias = Callable[[httpx.Request], Awaitable[None]]
ResponseHook: TypeAlias = Callable[[httpx.Response], Awaitable[None]]
Phase: TypeAlias = Literal["connect", "read", "write", "pool"]
STREAM_CONNECTIONS = 1000  # streams never wait for requests, nor the other way round


class Answered(NamedTuple):
    """What came back."""

    status: int
    headers: httpx.Headers
    body: bytes


class Transport:
    """Everything that a client and its views share: connections, headers, hooks, clock."""

    def __init__(
        self,
        base_url: str,
        *,
        http: httpx.AsyncBaseTransport | None = None,
        max_connections: int = 100,
        headers: Mapping[str, str] | None = None,
        request_hooks: Sequence[RequestHook] = (),
        response_hooks: Sequence[ResponseHook] = (),
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.base_url: httpx.URL = base_url_of(base_url)
        self.clock = clock
        self.sleep = sleep
        self.chance = chance
        self._given = http
        self._calls: httpx.AsyncBaseTransport = http or Pool(max_connections=max_connections)
        self._streams: httpx.AsyncBaseTransport = http or Pool(max_connections=STREAM_CONNECTIONS)
        self._headers = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        self._request_hooks = tuple(request_hooks)
        self._response_hooks = tuple(response_hooks)

    async def exchange(self, call: Call[Any], options: Options, auth: httpx.Auth | None) -> Answered:
        """Send a call once and read its whole answer, whatever its status."""
        request = self._request(call, options, options.timeouts)
        with translated(call):
            response = await self._answer(self._calls, request, auth)
            try:
                body = await whole_body(response)
            finally:
                await response.aclose()
        for hook in self._response_hooks:
            kept = [(name, value) for name, value in response.headers.raw if name.lower() not in BODY_HEADERS]
            await hook(httpx.Response(response.status_code, headers=kept, content=body, request=request))
        return Answered(response.status_code, response.headers, body)

    async def connect(
        self, call: Call[Any], options: Options, auth: httpx.Auth | None, silence: float | None
    ) -> Connection:
        """Send a call whose answer goes on, and return as soon as its headers are there.

        Args:
            call: what to send.
            options: settings of the view.
            auth: what signs it.
            silence: seconds without a byte after which reading times out.
        """
        timeouts = Timeouts(options.timeouts.connect, silence, options.timeouts.write, options.timeouts.pool)
        request = self._request(call, options, timeouts)
        with translated(call):
            return Connection(await self._answer(self._streams, request, auth), call)

    def _request(self, call: Call[Any], options: Options, timeouts: Timeouts) -> httpx.Request:
        headers = [*self._headers, *((name.encode(), value.encode()) for name, value in options.headers.items())]
        if call.content_type:
            headers.append((b"Content-Type", call.content_type.encode()))
        return httpx.Request(
            call.method,
            self.base_url.copy_with(raw_path=self.base_url.raw_path.rstrip(b"/") + call.target.encode()),
            headers=headers,
            content=call.body,
            extensions={
                "timeout": {
                    "connect": timeouts.connect,
                    "read": timeouts.read,
                    "write": timeouts.write,
                    "pool": timeouts.pool,
                }
            },
        )

    async def _answer(
        self, http: httpx.AsyncBaseTransport, request: httpx.Request, auth: httpx.Auth | None
    ) -> httpx.Response:
        for hook in self._request_hooks:
            await hook(request)
        if auth is None:
            return await http.handle_async_request(request)
        if isinstance(auth, Credential) and not auth.renews:
            await auth.sign(request)
            return await http.handle_async_request(request)
        return await self._flow(http, request, auth)

    async def _flow(self, http: httpx.AsyncBaseTransport, request: httpx.Request, auth: httpx.Auth) -> httpx.Response:
        """Any `httpx.Auth`: it may look at the answer and send again, as httpx lets it."""
        async with contextlib.aclosing(auth.async_auth_flow(request)) as flow:
            current = await anext(flow)
            while True:
                response = await http.handle_async_request(current)
                response.request = current
                try:
                    current = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                except BaseException:
                    await response.aclose()
                    raise
                await response.aread()
                await response.aclose()

    async def aclose(self) -> None:
        """Close the connections, unless the transport was passed in: that is its owner's to close."""
        if self._given is None:
            await self._calls.aclose()
            await self._streams.aclose()


class Connection:
    """An answer that goes on. Iterating it gives its bytes as they come, decompressed."""

    __slots__ = ("_call", "_response")

    def __init__(self, response: httpx.Response, call: Call[Any]) -> None:
        self._response = response
        self._call = call

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """The answer's headers."""
        return self._response.headers

    async def read(self) -> bytes:
        """The whole body: for answers that are errors."""
        with translated(self._call):
            return await whole_body(self._response)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks()

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        with translated(self._call):
            unpack = zlib.decompressobj(31) if self.headers.get("content-encoding") == "gzip" else None
            async for chunk in raw_chunks(self._response):
                yield unpack.decompress(chunk) if unpack else chunk

    async def aclose(self) -> None:
        """Close the connection at once."""
        await self._response.aclose()


BODY_HEADERS = (b"content-encoding", b"content-length", b"transfer-encoding")


async def raw_chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    if response.is_stream_consumed:  # a mock's answer, or one that an auth flow has read
        yield response.content
        return
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for chunk in response.stream:
        yield chunk


async def whole_body(response: httpx.Response) -> bytes:
    if response.is_stream_consumed:
        return response.content
    body = b"".join([chunk async for chunk in raw_chunks(response)])
    encoding = response.headers.get("content-encoding")
    if encoding not in ("gzip", "deflate") or not body:
        return body
    try:
        return zlib.decompress(body, 31 if encoding == "gzip" else 15)
    except zlib.error:
        return body  # unreadable: the reader says so, and the bytes are kept


def base_url_of(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise InvalidArgument(f"base_url={text!r} is no address like https://api.x.com")
    return url


TIMEOUTS: dict[type[httpx.TimeoutException], tuple[Phase, bool]] = {
    httpx.ConnectTimeout: ("connect", False),
    httpx.PoolTimeout: ("pool", False),
    httpx.ReadTimeout: ("read", True),
    httpx.WriteTimeout: ("write", True),
}


@contextlib.contextmanager
def translated(call: Call[Any]) -> Generator[None, None, None]:
    """Nothing of httpx gets out; what does says whether X may have received the request."""
    try:
        yield
    except (httpx.HTTPError, httpx.StreamError, zlib.error) as error:
        raise ours(call, error) from error


def ours(call: Call[Any], error: Exception) -> XError:
    where = f"{call.method} {call.path}"
    if isinstance(error, httpx.TimeoutException):
        phase, sent = TIMEOUTS.get(type(error), ("read", True))
        return TimedOut(f"{where}: the {phase} timeout ran out", sent=sent, phase=phase)
    if isinstance(error, (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol)):
        return ConnectFailed(f"{where}: X could not be reached: {error}", sent=False)
    return Disconnected(f"{where}: the connection broke: {error or type(error).__name__}", sent=True)
