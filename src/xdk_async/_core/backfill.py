"""A long range of time, fetched in parallel, in order, and gone on with after a restart."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import msgspec

from xdk_async._core.answer import Page
from xdk_async._core.checkpoint import RedisCheckpoints, checkpoint_store
from xdk_async._core.course import Part
from xdk_async._core.harvest import Harvest, progress_of
from xdk_async._core.ladder import utc
from xdk_async._core.linked import Linked
from xdk_async._core.operation import Call, Operation
from xdk_async._core.pages import Walk, attended
from xdk_async._core.place import BackfillProgress, Place, continued, first_place
from xdk_async._core.sender import Sender
from xdk_async._core.span import INDEXED, Span, check_start, iso, range_of
from xdk_async._core.terms import Terms, call_of, check, plan_of
from xdk_async._core.wait import OnWait

T = TypeVar("T")


class Backfill(Generic[T]):
    """Everything of a time range, newest first, fetched in windows side by side and handed out in order.

    `async with client.posts.backfill(…) as backfill: async for page in backfill: …`. A page counts as dealt with when the
    next one is asked for, or the block is left without an exception; that is what a checkpoint holds.
    An exception loses nothing: the next try goes on. What is fetched ahead is bounded; it ends when the block is left.
    """

    __slots__ = (
        "_about", "_again", "_call", "_closed", "_dealt", "_given", "_harvest", "_here", "_lock", "_rest", "_saved", "_sender",
        "_store", "_terms", "_whole",
    )  # fmt: skip

    def __init__(
        self, sender: Sender, operation: Operation[Page[T]], terms: Terms, asked: Mapping[str, Any], **arguments: object
    ) -> None:
        terms, rest = terms.with_going(asked)
        check(operation, rest, terms)
        self._sender = dataclasses.replace(sender, options=dataclasses.replace(sender.options, gapless=True))
        self._terms = terms
        self._about = str(arguments.get("query", arguments.get("id")))
        self._call = call_of(sender, operation, {**rest, **arguments})
        self._again: Callable[[Sender, Terms], Backfill[T]] = lambda sender, terms: Backfill(
            sender, operation, terms, rest, **arguments
        )
        whole = range_of(operation, terms.start, terms.end, sender.transport.clock())
        # where it is after what was handed out, before the last of that, and as it was saved
        self._given = self._dealt = self._saved = first_place(self._call, whole)
        self._store = checkpoint_store(terms.checkpoint) if terms.checkpoint is not None else None
        self._harvest: Harvest[T] | None = None
        self._rest: deque[Linked[T]] = deque()  # of the page at hand
        self._whole: Page[T] | None = None  # whose rest that is, for `part`
        self._here = (Span(0, 0), self._given)  # what was left before that page, and the place after it
        self._lock = asyncio.Lock()
        self._closed = False
        if terms.after is not None:
            self._go_on_from(terms.after, terms.where)
        elif self._store is None:
            check_start(operation, whole.start, sender.transport.clock())

    @property
    def start(self) -> datetime:
        """The oldest moment of the range, inclusive."""
        return utc(self._given.start)

    @property
    def end(self) -> datetime:
        """The newest moment of the range, exclusive: a later backfill may start there."""
        return utc(self._given.end)

    @property
    def call(self) -> Call[Page[T]]:
        """What it asks, without its times."""
        return self._call

    def course(self, cursor: str | None = None, *, on_wait: OnWait | None = None) -> Backfill[T]:
        """The same backfill again, which keeps what X sent in `raw`: for `collect`, whose place is instead of a checkpoint.

        Args:
            cursor: Where it begins; where this one is, unless set.
            on_wait: Is told of each wait, beside the `on_wait` of the view.
        """
        place, where = cursor or self.cursor, "what was collected"
        terms = dataclasses.replace(self._terms, checkpoint=None, after=place, where=where)
        return self._again(attended(self._sender, on_wait), terms)

    @property
    def is_over(self) -> bool:
        """Whether everything was handed out."""
        return self._given.is_end and not self._rest

    @property
    def cursor(self) -> str:
        """The place after what was handed out last, as a string, good for `after=` in another process too.

        Save it together with what was handed out, in one step, and nothing is lost or comes twice, whatever happens.
        """
        return self._given.text()

    @property
    def progress(self) -> BackfillProgress:
        """How far it came."""
        return progress_of(self._given, self._harvest)

    async def __aenter__(self) -> Self:
        """Find out where to go on."""
        async with self._lock:
            await self._begun()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close(dealt=kind is None)

    async def aclose(self) -> None:
        """End what is under way; what was handed out counts as dealt with."""
        await self._close(dealt=True)

    def __aiter__(self) -> AsyncIterator[Page[T]]:
        return self

    async def __anext__(self) -> Page[T]:
        async with self._lock:
            page = await self._page()
            self._rest.clear()
            self._given = self._here[1]
        if page is None:
            raise StopAsyncIteration
        return page

    def items(self, limit: int | None = None) -> Walk[T]:
        """The structs of all pages, `limit` of them at the most; whole pages are fetched, and billed, all the same."""

        async def step(_: int | None) -> T | None:
            found = await self._item()
            return None if found is None else found.item

        def at_hand() -> T | None:
            found = self._at_hand()
            return None if found is None else found.item

        return Walk(self, limit, step, at_hand)

    def linked(self, limit: int | None = None) -> Walk[Linked[T]]:
        """The structs of all pages, each with what its own page's includes hold for it."""

        async def step(_: int | None) -> Linked[T] | None:
            return await self._item()

        return Walk(self, limit, step, self._at_hand)

    async def part(self, left: int | None = None) -> Part[T] | None:
        """The next page, or the rest of the one that is here, `left` items of it at the most; None at the end."""
        async with self._lock:
            is_new = not self._rest
            if is_new and not await self._has_more():
                return None
            assert self._whole is not None
            count = len(self._rest) if left is None else min(left, len(self._rest))
            return Part(self._whole, [found.item for _ in range(count) if (found := self._at_hand())], is_new)

    def drop(self) -> None:
        """Ask for no more until somebody goes on."""
        if self._harvest is not None:
            self._harvest.rest()

    def __del__(self) -> None:
        harvest = getattr(self, "_harvest", None)
        if harvest is not None:
            harvest.stop()

    def __repr__(self) -> str:
        place = self._given
        return f"<Backfill of {place.operation} from {iso(place.start)} to {iso(place.end)}, {place.items} items>"

    # What is handed out

    async def _page(self) -> Page[T] | None:
        """The next page; what was handed out before is dealt with."""
        self._dealt = self._given
        await self._save(self._dealt)
        if self._closed:
            return None
        harvest = await self._begun()
        taken = await harvest.next()
        given = self._given
        if taken is None:
            self._dealt = self._given = msgspec.structs.replace(given, current=harvest.left)
            self._here = (harvest.left, self._given)
            await self._close(dealt=True)
            return None
        count = given.items + len(taken.page.data)
        after = msgspec.structs.replace(given, current=taken.after, items=count, pages=given.pages + 1)
        self._here = (taken.before, after)
        return taken.page

    async def _item(self) -> Linked[T] | None:
        async with self._lock:
            while (found := self._at_hand()) is None and await self._has_more():
                pass
            return found

    async def _has_more(self) -> bool:
        """Take the next page to hand, if there is one."""
        self._whole = await self._page()
        if self._whole is None:
            return False
        self._rest.extend(self._whole.linked())
        if not self._rest:
            self._given = self._here[1]
        return True

    def _at_hand(self) -> Linked[T] | None:
        if not self._rest:
            return None
        linked = self._rest.popleft()
        before, after = self._here
        self._dealt = self._given
        if self._rest:
            items = after.items - len(self._rest)
            after = msgspec.structs.replace(after, current=before.after([linked.item]), items=items)
        self._given = after
        return linked

    # Where it goes on

    async def _begun(self) -> Harvest[T]:
        if self._harvest is None:
            clock = self._sender.transport.clock
            if self._store is not None:
                saved = await self._store.load(self._name)
                if saved is not None:
                    self._go_on_from(saved, f"the checkpoint {self._name!r}")
                else:
                    check_start(self._call.operation, self._given.start, clock())
            await self._sender.transport.sleep(max(self._given.end + INDEXED - clock(), 0.0))
            call, left = self._call, self._given.current
            plan = plan_of(self._sender, call, self._terms, left, self._given.start)
            self._harvest = Harvest(self._sender, call, plan, left, self._terms.concurrency)
        return self._harvest

    @property
    def _name(self) -> str:
        return self._terms.checkpoint_name or f"backfill {self._given.operation} {self._about}"

    def _go_on_from(self, text: str | bytes, where: str) -> None:
        place = continued(self._given, text, where, **self._terms.moves)
        self._given = self._dealt = self._saved = place

    async def _save(self, place: Place) -> None:
        if self._store is not None and place is not self._saved:
            await self._store.save(self._name, place.text().encode())
            self._saved = place

    async def _close(self, dealt: bool) -> None:
        self._closed = True
        if self._harvest is not None:
            await self._harvest.aclose()
        try:
            await self._save(self._given if dealt else self._dealt)
        finally:
            if isinstance(self._terms.checkpoint, str) and isinstance(self._store, RedisCheckpoints):
                await self._store.aclose()
