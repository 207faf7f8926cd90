"""Where items come from: pages, streams, and anything that can be gone through. Each gives them in bites, and its place."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Coroutine
from decimal import Decimal
from typing import Any, Protocol

from xdk_async._core.answer import Answer, Page, Streamed
from xdk_async._core.event import StreamEvent
from xdk_async._core.lookup import Found, Lookup
from xdk_async._core.stream import Stream
from xdk_async._core.wait import OnWait
from xdk_async.errors import InvalidArgument
from xdk_async.sink.bite import Bite, bite_of, item_of, query_of
from xdk_async.sink.column import Table, table_of
from xdk_async.sink.resumable import Resumable, ResumableFeed

AT_ONCE = 1000  # events at the most that are taken together


class Feed(Protocol):
    """A source."""

    query: str
    """What it asks, in a form that tells queries apart."""
    goes_on: bool
    """Whether it can begin at a place that an earlier run came to."""
    endless: bool
    """Whether it has no end of its own, so that breaking it off is how it ends."""

    @property
    def done(self) -> bool:
        """Whether nothing more comes."""
        ...

    async def table(self) -> Table:
        """The columns of its items."""
        ...

    async def open(self, position: str | None) -> None:
        """Begin, at a place."""
        ...

    async def next(self, left: int | None) -> list[Bite]:
        """What comes next, of which no more than `left` items are wanted; nothing at the end.

        What it takes it gives without a pause between: a place asked for meanwhile is before it or after it.
        """
        ...

    def position(self) -> str | None:
        """The place after all that was given."""
        ...

    async def aclose(self) -> None:
        """Let go of what is open."""
        ...


class StreamFeed:
    """The events of a stream. Its checkpoint is kept with the data: what was missed is recovered when it goes on."""

    goes_on: bool = True
    endless: bool = True
    done: bool = False

    def __init__(self, stream: Stream[Any]) -> None:
        self._stream = stream
        self._events: AsyncIterator[StreamEvent[Any]] | None = None
        self.query: str = " and ".join(dict.fromkeys(query_of(call) for call in stream.calls))

    async def table(self) -> Table:
        """The operation says what its events are."""
        return table_of(item_of(self._stream.calls[0]), True)

    async def open(self, position: str | None) -> None:
        """Connect."""
        self._stream = self._stream.restored(position.encode() if position else None)
        await self._stream.__aenter__()
        self._events = self._stream.events()

    async def next(self, left: int | None) -> list[Bite]:
        """What has arrived; it waits for the first of it."""
        assert self._events is not None
        bites: list[Bite] = []
        while True:
            event = await anext(self._events)
            if isinstance(event, Streamed):
                bites.append(bite_of(event))
            if not self._stream.stats.buffered or len(bites) >= (AT_ONCE if left is None else min(left, AT_ONCE)):
                return bites

    def position(self) -> str | None:
        """What a checkpoint of the stream would hold."""
        return self._stream.dealt().decode()

    async def aclose(self) -> None:
        """Disconnect."""
        if self._events is not None:
            await self._stream.__aexit__(None, None, None)


class OtherFeed:
    """Anything that gives pages, events or structs. It cannot tell where it is."""

    goes_on: bool = False
    endless: bool = False
    query: str = "(other)"

    def __init__(self, source: AsyncIterable[Any]) -> None:
        self._items = aiter(source)
        self._paid = paid_for(self._items)
        self._first: list[Bite] = []
        self.done: bool = False

    async def table(self) -> Table:
        """The first item shows what they are."""
        while not self.done and not any(bite.items for bite in self._first):
            self._first += await self._next()
        kinds: list[type] = [type(item) for bite in self._first for item in bite.items]
        streamed = any(bite.rules is not None for bite in self._first)
        return table_of(kinds[0], streamed) if kinds else Table.none()

    async def open(self, position: str | None) -> None:
        """Nothing is to be opened."""

    async def next(self, left: int | None) -> list[Bite]:
        """The next of it."""
        found, self._first = self._first or await self._next(), []
        if left is None:
            return found
        kept: list[Bite] = []
        for bite in found:
            kept.append(bite._replace(items=bite.items[:left]))
            left -= len(kept[-1].items)
        return kept

    async def _next(self) -> list[Bite]:
        try:
            bite = bite_of(await anext(self._items))
            before, self._paid = self._paid, paid_for(self._items)
            return [bite._replace(cost=bite.cost + self._paid - before)]
        except StopAsyncIteration:
            self.done = True
            return []

    def position(self) -> str | None:
        """Unknown."""
        return None

    async def aclose(self) -> None:
        """Close it, if it can be."""
        close = getattr(self._items, "aclose", None)
        if close is not None:
            await close()


def paid_for(items: object) -> Decimal:
    """What a look-up has cost so far: it is known of its answers, not of the items that it gives."""
    return items.cost if isinstance(items, Found) else Decimal(0)


def feed_of(source: Any, on_wait: OnWait) -> Feed:
    """What gives the items of a source.

    Raises:
        InvalidArgument: It cannot be gone through.
    """
    given: Any = source  # whose type stays what it is
    if isinstance(source, Stream):
        return StreamFeed(given)
    if isinstance(source, Lookup):
        return OtherFeed(given.linked())
    if isinstance(source, Resumable):
        return ResumableFeed(source, on_wait)
    if isinstance(source, AsyncIterable):
        return OtherFeed(given)
    if isinstance(source, Coroutine):
        given.close()  # nobody will await it
    raise InvalidArgument(f"collect goes through Pages, a Stream, or an async iterable, not {described(given)}")


def described(given: object) -> str:
    """What was given in place of a source, and what to do about it."""
    if isinstance(given, Page):
        return "Page: leave the `await` out"
    if isinstance(given, (Answer, Coroutine)):
        return "a single answer: that call has no pages, so `await` it and write its `data` yourself"
    return type(given).__name__
