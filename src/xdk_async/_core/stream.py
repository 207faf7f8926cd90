"""A stream as its consumer sees it."""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from xdk_async._core.answer import Streamed
from xdk_async._core.checkpoint import OneCheckpoint
from xdk_async._core.event import StreamEvent
from xdk_async._core.operation import Call
from xdk_async._core.run import Run
from xdk_async._core.sender import Sender
from xdk_async._core.stream_config import StreamConfig as StreamConfig
from xdk_async._core.stream_config import StreamStats as StreamStats
from xdk_async.errors import InvalidArgument, StreamError

T = TypeVar("T")
NEVER = 1e9  # seconds between saves, where nothing is saved beside the data


class Stream(Generic[T]):
    """Events as X sends them, over one connection after another.

    `async with client.stream.posts() as posts: async for post in posts: …` closes the connection on leaving the block;
    a bare `async for post in client.stream.posts()` closes it on the next turn of the loop after `break`.

    `async for` gives the events with data; `events()` gives everything: also what X says in between, connections lost and
    opened, and gaps. What one loop takes is not there for another. The socket is read whether or not the consumer keeps
    up; `StreamConfig` says how many events may wait, and what happens then.
    """

    __slots__ = ("__weakref__", "_calls", "_config", "_last", "_redundant", "_run", "_runs", "_sender")

    def __init__(
        self, sender: Sender, calls: Mapping[int | None, Call[Streamed[T]]], config: StreamConfig, redundant: int = 1
    ) -> None:
        self._sender = sender
        self._calls = dict(calls)
        self._config = config
        self._redundant = redundant
        self._run: Run[T] | None = None
        self._runs: weakref.WeakSet[Run[T]] = weakref.WeakSet()
        self._last: StreamStats | None = None

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            XError: X refused, or could not be reached in the attempts that `StreamConfig.max_retries` grants.
        """
        if self._run is not None:
            raise RuntimeError("this stream is open already: make the call again for another connection")
        run = self._run = self._begin()
        try:
            await run.opened()
        except BaseException:
            self._run = None
            await run.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        run, self._run = self._run, None
        if run is not None:
            await run.aclose(dealt=kind is None)

    async def aclose(self) -> None:
        """Close the connections that are open, those of loops too; whoever reads them comes to the end."""
        self._run = None
        for run in [*self._runs]:
            await run.aclose()

    @property
    def calls(self) -> Sequence[Call[Streamed[T]]]:
        """The calls it connects by, one for each partition."""
        return [*self._calls.values()]

    def restored(self, checkpoint: bytes | None) -> Stream[T]:
        """The same stream, to be opened where a checkpoint was taken by `dealt()`: for whoever keeps it with the data.

        Args:
            checkpoint: What `dealt()` gave; None to begin.

        Raises:
            InvalidArgument: It is open already, or keeps a checkpoint elsewhere.
        """
        if self._last is not None:
            raise InvalidArgument(
                "the stream is open already: give it as it is made, as in collect(client.stream.posts(), …)"
            )
        if self._config.checkpoint is not None:
            raise InvalidArgument("what is collected is kept with how far it came: leave StreamConfig(checkpoint=) out")
        config = replace(self._config, checkpoint=OneCheckpoint(checkpoint), checkpoint_every=NEVER)
        sender = replace(self._sender, options=replace(self._sender.options, keep_raw=True))
        return Stream(sender, self._calls, config, self._redundant)

    def dealt(self) -> bytes:
        """Take all that was handed out so far as dealt with: the checkpoint then, for `restored`.

        Raises:
            StreamError: It is not open.
        """
        if self._run is None:
            raise StreamError("the stream is not open")
        return self._run.dealt()

    @property
    def stats(self) -> StreamStats:
        """What the stream has done so far, and how it is; of the last loop, if several were run without `async with`.

        Raises:
            StreamError: It was never opened.
        """
        if self._last is None:
            raise StreamError("a stream has stats from when it is first read: enter it, or begin a loop")
        return self._last

    if not TYPE_CHECKING:  # type checkers know that there is no such thing

        def __iter__(self):
            raise TypeError("events come as they happen: use `async for event in stream`")

    def __aiter__(self) -> AsyncIterator[Streamed[T]]:
        return Events(self)

    async def __anext__(self) -> Streamed[T]:
        """The next event with data, for `anext(stream)`; outside of `async with`, `aclose()` closes what this opens."""
        if self._run is None:
            self._run = self._begin()
        return await anext(Events(self))

    def events(self) -> AsyncIterator[StreamEvent[T]]:
        """Everything that happens: events with data, and what stands in `StreamEvent`."""
        return AllEvents(self)

    def reading(self) -> tuple[Run[T], bool]:
        """What a loop reads, and whether it is the loop's own, to be closed with it."""
        return (self._run, False) if self._run is not None else (self._begin(), True)

    def _begin(self) -> Run[T]:
        run = Run(self._sender, self._calls, self._redundant, self._config)
        self._runs.add(run)
        self._last = run.stats
        return run

    def __del__(self) -> None:
        run = getattr(self, "_run", None)
        if run is not None:
            run.cancel()

    def __repr__(self) -> str:
        name = next(iter(self._calls.values())).operation.name
        return f"<Stream {name}, {'open' if self._run else 'closed'}>"


class Loop(Generic[T]):
    """One loop over a stream. It holds what it reads, which does not hold it: dropped, it stops the reading."""

    __slots__ = ("__weakref__", "_owns", "_run", "_stream")

    def __init__(self, stream: Stream[T]) -> None:
        self._stream: Stream[T] | None = stream
        self._run: Run[T] | None = None
        self._owns = False

    async def next(self) -> StreamEvent[T]:
        """What comes next; the first call begins to read."""
        if self._run is None:
            if self._stream is None:
                raise StopAsyncIteration
            self._run, self._owns = self._stream.reading()
            self._stream = None
        try:
            return await self._run.next()
        except StopAsyncIteration:
            await self.aclose()
            raise
        except BaseException:
            if self._owns:  # as an async generator would
                await self._run.aclose(dealt=False)  # which raises nothing that could take the place of this
            raise

    async def aclose(self) -> None:
        """Stop reading, if this loop began to."""
        run, self._run, self._stream = self._run, None, None
        if run is not None and self._owns:
            await run.aclose()

    def __del__(self) -> None:
        if self._owns and self._run is not None:
            self._run.cancel()


class Events(Loop[T]):
    """The events with data."""

    __slots__ = ()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Streamed[T]:
        while not isinstance(event := await self.next(), Streamed):
            pass
        return event


class AllEvents(Loop[T]):
    """Everything."""

    __slots__ = ()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent[T]:
        return await self.next()
