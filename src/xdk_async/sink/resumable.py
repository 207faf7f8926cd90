"""Sources that know their place, and can go on from it in another process: pages, and backfills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from xdk_async._core.course import Part
from xdk_async._core.operation import Call
from xdk_async._core.wait import OnWait
from xdk_async.sink.bite import Bite, cost_of, item_of, query_of
from xdk_async.sink.column import Table, table_of


class Way(Protocol):
    """A way through a query, page by page."""

    @property
    def call(self) -> Call[Any]:
        """What it asks, without a place in it."""
        ...

    @property
    def cursor(self) -> str | None:
        """The place after what was given."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether the last item was given."""
        ...

    async def part(self, left: int | None = None) -> Part[Any] | None:
        """The next page, or the rest of the one that is here, `left` items of it at the most; None at the end."""
        ...


@runtime_checkable
class Resumable(Protocol):
    """Has a way through it that can begin at a place."""

    def course(self, cursor: str | None = None, *, on_wait: OnWait | None = None) -> Way:
        """A way that keeps what X sent in `raw`, from a place on; `on_wait` is told of each wait."""
        ...


class ResumableFeed:
    """A source that knows its place, within a page too."""

    goes_on: bool = True
    endless: bool = False

    def __init__(self, source: Resumable, on_wait: OnWait) -> None:
        self._source = source
        self._on_wait = on_wait
        self._way = source.course(on_wait=on_wait)
        self.query: str = query_of(self._way.call)
        self._ended = False

    @property
    def done(self) -> bool:
        """Whether the last item of the last page was given."""
        return self._ended or self._way.is_over

    async def table(self) -> Table:
        """The operation says what its items are."""
        return table_of(item_of(self._way.call), False)

    async def open(self, position: str | None) -> None:
        """Begin there, without asking for anything yet."""
        if position is not None:
            self._way = self._source.course(position, on_wait=self._on_wait)

    async def next(self, left: int | None) -> list[Bite]:
        """The next page."""
        part = await self._way.part(left)
        if part is None:
            self._ended = True
            return []
        cost = cost_of(part.page) if part.is_new else Decimal(0)
        page, count = part.page, int(part.is_new)
        return [Bite(part.items, page.includes.struct, page.raw, pages=count, cost=cost, whole=page.data)]

    def position(self) -> str | None:
        """Its own word for it."""
        return self._way.cursor

    async def aclose(self) -> None:
        """End what is fetched ahead, if anything is."""
        close: Any = getattr(self._way, "aclose", None)
        if close is not None:
            await close()
