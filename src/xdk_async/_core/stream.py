"""One connection that X writes events to, one a line."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from xdk_async._core.answer import Streamed
from xdk_async._core.frames import LONGEST, Frames
from xdk_async._core.operation import Call
from xdk_async._core.read import read_event

if TYPE_CHECKING:
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

    __slots__ = ("_call", "_config", "_connection", "_sender")

    def __init__(self, sender: Sender, call: Call[Streamed[T]], config: StreamConfig) -> None:
        self._sender = sender
        self._call = call
        self._config = config
        self._connection: Connection | None = None

    async def __aenter__(self) -> Self:
        self._connection = await self._sender.connect(self._call, self._config.timeout)
        if self._config.on_connect:
            self._config.on_connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection, if one is open."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.aclose()

    def __aiter__(self) -> AsyncIterator[Streamed[T]]:
        return self._events()

    async def _events(self) -> AsyncGenerator[Streamed[T], None]:
        async with contextlib.AsyncExitStack() as leaving:
            if self._connection is None:
                await leaving.enter_async_context(self)
            found = await leaving.enter_async_context(contextlib.aclosing(self._read()))
            async for event in found:
                yield event

    async def _read(self) -> AsyncGenerator[Streamed[T], None]:
        if self._connection is None:
            return
        frames = Frames(self._config.longest_line)
        async for chunk in self._connection:
            for line in frames.feed(chunk):
                event = read_event(self._call, line)[0] if line else None
                if event is not None:
                    yield event
        if rest := frames.finish().strip():
            event, _, undecoded = read_event(self._call, rest)
            if event is not None and not undecoded:  # a torn last line is not an event
                yield event

    def __repr__(self) -> str:
        return f"<Stream {self._call.operation.name}, {'open' if self._connection else 'closed'}>"
