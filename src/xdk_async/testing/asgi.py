"""Calls an ASGI application without a socket, and hands its answer over piece by piece, so that streams work.

`httpx.ASGITransport` returns only when the application has ended, and would wait for ever on a stream.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar
from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Message, Scope

from xdk_async.sandbox.wire import EXTENSION

T = TypeVar("T")
AHEAD = 1_000_000  # bytes that the application may be ahead of the reader
GRACE = 0.05  # seconds that it has to end by itself when the reader has left


class ASGITransport(httpx.AsyncBaseTransport):
    """An `httpx` transport whose server is an ASGI application in the same event loop.

    What the application raises is raised by the call. It can break the connection, if it knows the sandbox's extension
    of ASGI; then the errors are those of a real one: `httpx.ReadError`, `httpx.RemoteProtocolError`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._exchanges: set[Exchange] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Call the application, and return as soon as it has said how it answers."""
        exchange = Exchange(request)
        self._exchanges.add(exchange)
        exchange.start(self._app, self._exchanges.discard)
        timeout: float | None = request.extensions.get("timeout", {}).get("read")
        try:
            status, headers = await within(exchange.head(), timeout, request)
        except BaseException:
            exchange.leave()
            raise
        return httpx.Response(status, headers=headers, stream=Body(exchange, request, timeout), request=request)

    async def aclose(self) -> None:
        """End what is still going on."""
        for exchange in [*self._exchanges]:
            await exchange.end()


class Exchange:
    """A request, its answer, and the connection that both go over, which can be broken."""

    def __init__(self, request: httpx.Request) -> None:
        self._request = request
        self._asked = False
        self._parts: deque[bytes] = deque()
        self._ahead = 0
        self._start: Message | None = None
        self._over = False  # nothing more comes
        self._lost: Exception | None = None  # how it broke
        self._left = asyncio.Event()  # there is nobody at the other end
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._task: asyncio.Task[None] | None = None

    def start(self, app: ASGIApp, done: Callable[[Exchange], None]) -> None:
        """Have it answered."""
        self._task = asyncio.create_task(self._run(app), name=f"ASGI {self._request.method} {self._request.url.path}")
        self._task.add_done_callback(lambda _: done(self))

    async def _run(self, app: ASGIApp) -> None:
        try:
            await app(self._scope(), self._received, self._sent)
        except Exception as error:
            self._break(error)
        finally:
            if not self._over:
                self._break(httpx.RemoteProtocolError("Server disconnected without sending a response."))
            self._left.set()

    def _scope(self) -> Scope:
        url = self._request.url
        raw_path, _, query = url.raw_path.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": url.scheme,
            "path": unquote(raw_path.decode("ascii")),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "server": (url.host, url.port or {"http": 80, "https": 443}.get(url.scheme, 0)),
            "client": ("127.0.0.1", 1),
            "state": {},
            "extensions": {EXTENSION: self},
        }

    async def _received(self) -> Message:
        """What the application receives: the request whole, then that there is nobody any more."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": await self._request.aread(), "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _sent(self, message: Message) -> None:
        """What the application sends."""
        if self._left.is_set():
            return
        await self._room.wait()
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            self._put(message.get("body", b""))
            if not message.get("more_body", False):
                self._over = True
                self._left.set()
        self._changed.set()

    def _put(self, part: bytes) -> None:
        if part:
            self._parts.append(part)
            self._ahead += len(part)
        if self._ahead > AHEAD:
            self._room.clear()

    async def head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Status and headers, as soon as they are known."""
        while self._start is None:
            if self._lost is not None:
                raise self._lost
            await self._change()
        return self._start["status"], [*self._start.get("headers", ())]

    async def part(self) -> bytes | None:
        """The next bytes of the body; None at its end."""
        while not self._parts:
            if self._lost is not None:
                raise self._lost
            if self._over:
                return None
            await self._change()
        part = self._parts.popleft()
        self._ahead -= len(part)
        if self._ahead <= AHEAD:
            self._room.set()
        return part

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def close(self) -> None:
        """The server ends the connection: what was sent still arrives."""
        started = self._start is not None
        missing = "peer closed connection without sending complete message body (incomplete read)"
        never = "Server disconnected without sending a response."
        self._break(httpx.RemoteProtocolError(missing if started else never))

    def reset(self) -> None:
        """The server breaks the connection off: what was not read is lost."""
        self._parts.clear()
        self._break(httpx.ReadError("Connection reset by peer"))

    def _break(self, error: Exception) -> None:
        if not self._over:
            self._over, self._lost = True, error
        self._room.set()
        self._changed.set()
        self._left.set()

    def leave(self) -> None:
        """The client has gone."""
        self._room.set()
        self._left.set()

    async def end(self) -> None:
        """The client has gone: wait until the application has noticed, but not for ever."""
        self.leave()
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=GRACE)
            self._task.cancel()


class Body(httpx.AsyncByteStream):
    """The bytes of an answer, as they come."""

    def __init__(self, exchange: Exchange, request: httpx.Request, timeout: float | None) -> None:
        self._exchange = exchange
        self._request = request
        self._timeout = timeout

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (part := await within(self._exchange.part(), self._timeout, self._request)) is not None:
            yield part

    async def aclose(self) -> None:
        """Leave, and see the application end."""
        await self._exchange.end()


async def within(waiting: Awaitable[T], seconds: float | None, request: httpx.Request) -> T:
    """What is waited for, if it comes in time."""
    try:
        async with asyncio.timeout(seconds):
            return await waiting
    except TimeoutError:
        raise httpx.ReadTimeout(f"nothing came within {seconds} s", request=request) from None
