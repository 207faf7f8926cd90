"""One connection that X writes events to, one a line."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from types import AsyncGeneratorType, TracebackType
from typing import Generic, Self, TypeVar

from xdk_async._core.answer import Streamed
from xdk_async._core.frames import LONGEST, Frames
from xdk_async._core.operation import Call
from xdk_async._core.read import read_event
from xdk_async._core.sender import Sender
from xdk_async._core.transport import Connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """Settings of a stream."""

    timeout: float | None = 25.0
    """Seconds without a byte after which the connection counts as dead; X sends a heartbeat at least every 20."""
    longest_line: int = LONGEST
    """Bytes of one line at the most."""
    on_connect: Callable[[], None] | None = None
    """Called when X has accepted the connection."""


class Stream(Generic[T]):
    """Events as X sends them.

    `async with client.stream.posts() as posts: async for post in posts: …` closes the connection on leaving the block;
    a bare `async for post in client.stream.posts()` closes it on the next turn of the loop after `break`.
    Heartbeats, and messages without data, are passed over.
    """

    __slots__ = ("_call", "_config", "_opened", "_sender")

    def __init__(self, sender: Sender, call: Call[Streamed[T]], config: StreamConfig) -> None:
        self._sender = sender
        self._call = call
        self._config = config
        self._opened: Opened[T] | None = None

    async def __aenter__(self) -> Self:
        if self._opened is not None:
            raise RuntimeError("this stream is open already: make the call again for another connection")
        self._opened = await self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection that `async with` opened, if it is open."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.aclose()

    def __aiter__(self) -> AsyncIterator[Streamed[T]]:
        return self._events()

    async def _events(self) -> AsyncGenerator[Streamed[T], None]:
        async with contextlib.AsyncExitStack() as leaving:
            opened = self._opened
            if opened is None:
                opened = await leaving.enter_async_context(contextlib.aclosing(await self._open()))
            async for event in opened.events:
                yield event

    async def _open(self) -> Opened[T]:
        connection = await self._sender.connect(self._call, self._config.timeout)
        opened = Opened(connection, events(connection, self._call, self._config.longest_line))
        try:
            if self._config.on_connect:
                self._config.on_connect()
        except BaseException:
            await opened.aclose()
            raise
        return opened

    def __repr__(self) -> str:
        return f"<Stream {self._call.operation.name}, {'open' if self._opened else 'closed'}>"


@dataclass(frozen=True, slots=True)
class Opened(Generic[T]):
    """A connection and what it brings: loop after loop goes on with the next event."""

    connection: Connection
    events: AsyncGenerator[Streamed[T], None]

    async def aclose(self) -> None:
        await self.connection.aclose()
        if isinstance(self.events, AsyncGeneratorType) and not self.events.ag_running:
            await self.events.aclose()  # else somebody reads, and sees the connection break


async def events(
    connection: Connection, call: Call[Streamed[T]], longest_line: int
) -> AsyncGenerator[Streamed[T], None]:
    """What a connection brings."""
    frames = Frames(longest_line)
    async with contextlib.aclosing(aiter(connection)) as chunks:
        async for chunk in chunks:
            for line in frames.feed(chunk):
                event = read_event(call, line)[0] if line else None
                if event is not None:
                    yield event
    rest = frames.finish().strip()
    event = read_event(call, rest)[0] if rest else None
    if event is not None:  # a torn last line is not an event
        yield event
