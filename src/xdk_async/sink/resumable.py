"""Sources that know their place, and can go on from it in another process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol, runtime_checkable

from xdk_async._core.answer import Page
from xdk_async._core.linked import Linked
from xdk_async._core.operation import Call
from xdk_async.sink.bite import Bite, bite_of, item_of, query_of
from xdk_async.sink.column import Table, table_of


@runtime_checkable
class Resumable(Protocol):
    """Gives pages, and tells its place after each."""

    @property
    def call(self) -> Call[Any]:
        """What it asks, as a whole."""
        ...

    @property
    def cursor(self) -> str | None:
        """The place after what was given."""
        ...

    def restored(self, cursor: str) -> Resumable:
        """The same source, from a place on."""
        ...

    def linked(self) -> AsyncIterator[Linked[Any]]:
        """Its items one by one, the place moving with each."""
        ...

    def __aiter__(self) -> AsyncIterator[Page[Any]]: ...


class ResumableFeed:
    """A source that knows its place. With a limit it is asked item by item, so that the place is right within a page."""

    goes_on: bool = True
    endless: bool = False

    def __init__(self, source: Resumable) -> None:
        self._source = source
        self._items: AsyncIterator[Any] | None = None
        self.query: str = query_of(source.call)
        self.done: bool = False

    async def table(self) -> Table:
        """The operation says what its items are."""
        return table_of(item_of(self._source.call), False)

    async def open(self, position: str | None) -> None:
        """Begin there."""
        if position is not None:
            self._source = self._source.restored(position)

    async def next(self, left: int | None) -> list[Bite]:
        """The next page, or the next item."""
        if self._items is None:
            self._items = aiter(self._source) if left is None else self._source.linked()
        try:
            return [bite_of(await anext(self._items))]
        except StopAsyncIteration:
            self.done = True
            return []

    def position(self) -> str | None:
        """Its own word for it."""
        return self._source.cursor

    async def aclose(self) -> None:
        """Close it, if it can be."""
        for each in (self._items, self._source):
            close: Any = getattr(each, "aclose", None)
            if close is not None:
                await close()
