"""Pages of an answer that goes on: one pass, nothing sent before it is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from xdk_async._core.answer import Page
from xdk_async._core.course import Course, start_of
from xdk_async._core.given import check_type
from xdk_async._core.hook import called
from xdk_async._core.linked import Linked
from xdk_async._core.operation import Call
from xdk_async._core.sender import Sender
from xdk_async._core.wait import OnWait, Wait
from xdk_async.errors import InvalidArgument

R = TypeVar("R")
T = TypeVar("T")
OF_A_PAGE = ("data", "includes", "meta", "errors", "status", "rate_limit")


class Dropped(Protocol):
    """What a walk goes through."""

    def drop(self) -> None:
        """End what is fetched ahead."""


class Walk(Generic[R]):
    """An iterator over pages, or over what they hold.

    An exception does not end it: `anext()` tries again where it was. Closing or dropping it ends what it fetches ahead.
    """

    __slots__ = ("_at_hand", "_course", "_left", "_step")

    def __init__(
        self,
        course: Dropped,
        limit: int | None,
        step: Callable[[int | None], Awaitable[R | None]],
        at_hand: Callable[[], R | None] = lambda: None,
    ) -> None:
        self._course = course
        if limit is not None:
            check_type("limit=", limit, int, "a whole number, or None")
        self._left = limit
        self._step = step
        self._at_hand = at_hand

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> R:
        left = self._left
        if left is not None:
            if left <= 0:
                raise StopAsyncIteration
            self._left = left - 1  # before it waits: others may share this walk
        found = self._at_hand()
        if found is not None:
            return found
        try:
            found = await self._step(left)
        finally:
            if found is None and self._left is not None:
                self._left += 1
        if found is None:
            raise StopAsyncIteration
        return found

    async def aclose(self) -> None:
        """End it."""
        self._left = 0
        self._course.drop()

    def __del__(self) -> None:
        self._course.drop()


class Pages(Generic[T]):
    """The pages of one query, in X's order, which is newest first for posts.

    `async for page in pages` goes through them, `await anext(pages)` takes the next, `await pages` the first.
    A second loop goes on where the first stopped. An exception loses nothing: the next try asks for the same page.
    Several tasks may share one object; each page goes to one of them.
    """

    __slots__ = ("_call", "_course", "_sender")

    def __init__(self, sender: Sender, call: Call[Page[T]], course: Course[T] | None = None) -> None:
        self._sender = sender
        self._call = call
        self._course = course or Course(sender, call, start_of(call))

    @property
    def cursor(self) -> str | None:
        """The place as a string, good for `pagination_token=` of a later call, in another process too.

        After whole pages it is X's token of the page to come; within a page (after `items()` or `linked()`) it says
        where in it to go on, and that page is fetched again. None before the first page and after the last.
        """
        return self._course.cursor

    @property
    def done(self) -> bool:
        """Whether the last page was fetched."""
        return self._course.done

    @property
    def stopped(self) -> str | None:
        """Why the pages ended though X gave a token for more: it came again, or led to nothing new. Else None."""
        return self._course.stopped

    def __aiter__(self) -> AsyncIterator[Page[T]]:
        return self

    async def __anext__(self) -> Page[T]:
        page = await self._course.page()
        if page is None:
            raise StopAsyncIteration
        return page

    def __await__(self) -> Generator[Any, None, Page[T]]:
        return self._first().__await__()

    async def _first(self) -> Page[T]:
        if self._course.fetched:
            raise RuntimeError("the first page was taken already: use anext(pages), or make the call again")
        return await anext(self)

    def pages(self, limit: int | None = None, *, prefetch: int = 0) -> Walk[Page[T]]:
        """The pages, `limit` of them at the most.

        Args:
            limit: How many pages; None for all.
            prefetch: 1 to fetch the next page while you work on one. It is counted and billed even if you stop before it.
        """
        course, ahead = self._course, is_ahead(prefetch)

        async def step(left: int | None) -> Page[T] | None:
            return await course.page(ahead and left != 1)

        return Walk(course, limit, step)

    def items(self, limit: int | None = None, *, prefetch: int = 0) -> Walk[T]:
        """The structs of all pages, `limit` of them at the most; a page that is not needed is not fetched.

        The last page is asked for with a lower `max_results` where X allows it: X bills what it sends. A second loop
        goes on with the next struct.

        Args:
            limit: How many structs; None for all.
            prefetch: 1 to fetch the next page, if it is needed, while you work on one. Billed even if you stop before it.
        """
        course, ahead = self._course, is_ahead(prefetch)

        async def step(left: int | None) -> T | None:
            found = await course.item(left, ahead)
            return None if found is None else found.item

        def at_hand() -> T | None:
            found = course.at_hand()
            return None if found is None else found.item

        return Walk(course, limit, step, at_hand)

    def linked(self, limit: int | None = None, *, prefetch: int = 0) -> Walk[Linked[T]]:
        """The structs of all pages, each with what its own page's includes hold for it; arguments as for `items`."""
        course, ahead = self._course, is_ahead(prefetch)

        async def step(left: int | None) -> Linked[T] | None:
            return await course.item(left, ahead)

        return Walk(course, limit, step, course.at_hand)

    def backwards(self) -> Pages[T]:
        """The pages before the last one fetched, nearest first, where X gives a `previous_token`.

        Of pages that were not begun, those from `pagination_token=` back, its own page first.
        """
        return Pages(self._sender, self._call, self._course.backwards())

    def course(self, cursor: str | None = None, *, on_wait: OnWait | None = None) -> Course[T]:
        """Another way through the same query, which keeps what X sent in `raw`: for `collect`, which goes in steps of its own.

        Args:
            cursor: Where it begins; where these pages are, unless set.
            on_wait: Is told of each wait, beside the `on_wait` of the view.
        """
        start = self._course.cursor if cursor is None else cursor
        return Course(attended(self._sender, on_wait), self._call, start, done=self.done and cursor is None)

    if not TYPE_CHECKING:  # type checkers know that there are no such things, as long as they do not see these

        def __iter__(self):
            raise TypeError(
                "pages are fetched as they are needed: use `async for page in pages`, or `await` them for the first"
            )

        def __getattr__(self, name):
            hint = "; that is of a page: `await` the call for the first one, or use `async for page in ...`"
            raise AttributeError(
                f"{type(self).__name__!r} has no attribute {name!r}{hint if name in OF_A_PAGE else ''}"
            )

    def __repr__(self) -> str:
        course = self._course
        return f"<Pages of {self._call.operation.name}, {course.fetched} fetched{', done' if course.done else ''}>"


def attended(sender: Sender, on_wait: OnWait | None) -> Sender:
    """A view that leaves nothing out, keeps what X sent in `raw`, and tells of each wait beside its own `on_wait`."""
    own = sender.options.on_wait

    async def tell(wait: Wait) -> None:
        await called(on_wait, wait)
        await called(own, wait)

    return replace(sender, options=replace(sender.options, keep_raw=True, gapless=True, on_wait=tell))


def is_ahead(prefetch: int) -> bool:
    if prefetch not in (0, 1):
        raise InvalidArgument(f"prefetch={prefetch} is not 0 or 1: a page's token comes with the page before it")
    return bool(prefetch)
