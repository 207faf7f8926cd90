"""The way through the pages of a query: where it is, what of a page is left, and the page that is fetched ahead.

The place moves when a page is handed over, never before: whatever fails or is cancelled, the next try goes on there.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from typing import Any, Generic, Literal, NamedTuple, TypeVar
from urllib.parse import unquote

from xdk_async._core.answer import Page
from xdk_async._core.bind import parameters, quoted
from xdk_async._core.linked import Linked
from xdk_async._core.operation import Call
from xdk_async._core.page_guard import PageGuard
from xdk_async._core.sender import Sender

T = TypeVar("T")
MIDDLE = "after:"  # begins a cursor within a page: after:FIRST:LAST:TOKEN, the ids given of it and the page's own token
log = logging.getLogger("xdk_async")


class Part(NamedTuple, Generic[T]):
    """A page, or what is wanted of it."""

    page: Page[T]
    """The page, whole."""
    items: list[T]
    """Those of its items that were handed over."""
    is_new: bool
    """Whether the page was fetched for it; else it is the rest of one."""


class Course(Generic[T]):
    """State of a walk; any number of tasks may ask it for pages or items, and none gets what another got."""

    def __init__(
        self,
        sender: Sender,
        call: Call[Page[T]],
        start: str | None,
        way: Literal["next_token", "previous_token"] = "next_token",
        done: bool = False,
    ) -> None:
        self._sender = sender
        self._call = call.with_query({"next_token": None, "pagination_token": None})
        self._way: Literal["next_token", "previous_token"] = way
        self._given_before: tuple[str, str] | None = None  # first and last item of the first page that are not wanted
        if start and start.startswith(MIDDLE):
            _, first, last, start = start.split(":", 3)
            self._given_before = (first, last)
        self._token = start or None  # of the page to come
        self._pinned = bool(start)
        self._guard = PageGuard(sender.options.stale_pages)
        self._lock = asyncio.Lock()
        self._rest: deque[Linked[T]] = deque()  # what is left of the last page
        self._given = 0  # items of it that were handed over
        self._run: tuple[object, object] | None = None  # the first and the last of them
        self._whole: Page[T] | None = None  # whose rest that is
        self._page: Page[T] | None = None  # fetched, and not handed over yet
        self._ahead: asyncio.Task[Page[T]] | None = None
        self._here: str | None = None  # token of the last page
        self._before: str | None = None  # token of the page before it
        self.fetched: int = 0
        self.done: bool = done
        self.stopped: str | None = None

    @property
    def call(self) -> Call[Page[T]]:
        """What is asked, without a place in it."""
        return self._call

    @property
    def cursor(self) -> str | None:
        """Where to go on, as a string."""
        if self._rest:
            first, last = map(id_of, self._run or (None, None))
            run = f"{first}:{last}" if first and last else f":#{self._given}"
            return f"{MIDDLE}{run}:{self._here or ''}" if self._given else self._here
        if self._given_before is not None and not self.done:
            return f"{MIDDLE}{':'.join(self._given_before)}:{self._token or ''}"
        return None if self.done else self._token

    @property
    def is_over(self) -> bool:
        """Whether the last item of the last page was handed over."""
        return self.done and self.cursor is None

    def backwards(self) -> Course[T]:
        """The way back: from the last page, or from where this one begins."""
        start, done = (self._before, self._before is None) if self.fetched else (self._token, False)
        return Course(self._sender, self._call, start, "previous_token", done)

    async def page(self, ahead: bool = False) -> Page[T] | None:
        """The next page; None at the end. `ahead` begins to fetch the one after it."""
        async with self._lock:
            if self.done:
                return None
            page = await self._next(None, ahead, None)
            self._rest.clear()
            return page

    async def item(self, left: int | None, ahead: bool = False) -> Linked[T] | None:
        """The next item; None at the end.

        Args:
            left: how many more are wanted; None for all. A page is not asked for more than that.
            ahead: whether to begin to fetch the page after the one that is fetched now, if it will be needed.
        """
        async with self._lock:
            while not self._rest and not self.done:
                page = await self._next(self._fewer(left), ahead, left)
                self._rest.extend(page.linked())
            return self.at_hand()

    async def part(self, left: int | None = None) -> Part[T] | None:
        """The next page, or the rest of the one that is here, `left` items of it at the most; None at the end."""
        async with self._lock:
            is_new = not self._rest
            if is_new:
                if self.done:
                    return None
                self._rest.extend((await self._next(self._fewer(left), False, left)).linked())
            page = self._whole
            assert page is not None
            count = len(self._rest) if left is None else min(left, len(self._rest))
            return Part(page, [found.item for _ in range(count) if (found := self.at_hand())], is_new)

    def at_hand(self) -> Linked[T] | None:
        """The next item, if it is of a page that is here."""
        if not self._rest:
            return None
        linked = self._rest.popleft()
        self._given += 1
        self._run = (self._run[0] if self._run else linked.item, linked.item)
        return linked

    async def _next(self, at_most: int | None, ahead: bool, left: int | None) -> Page[T]:
        if self._page is None:
            self._page = await self._received(at_most)
        page = self._page
        token = getattr(page.meta, self._way) or None
        if ahead and token and self._ahead is None and (left is None or left > len(page.data)):
            more = None if left is None else left - len(page.data)
            self._ahead = asyncio.create_task(self._sender.send(self._turned(token, self._fewer(more))))
            self._ahead.add_done_callback(look_at)
            await asyncio.sleep(0)  # lets it go out before the caller works on the page
        self._page = None
        self._advance(page, token)
        return page

    async def _received(self, at_most: int | None) -> Page[T]:
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead.cancelled():
            return await self._sender.send(self._turned(self._token, at_most))
        return await ahead

    def _advance(self, page: Page[T], token: str | None) -> None:
        objection = self._guard.objection(self._token, token, ids_of(page.data))
        if objection is not None:  # it would go on, and be billed, forever
            self.stopped = objection
            self.drop()
            log.warning("%s: %s; the pages end", self._call.operation.name, objection)
        self._here, self._token, self._given, self._run = self._token, token, 0, None
        self._whole = page
        self._before = page.meta.previous_token if self._way == "next_token" else page.meta.next_token
        self.fetched += 1
        self.done = token is None or objection is not None
        if self._given_before is not None:
            self._skip(page, *self._given_before)

    def _skip(self, page: Page[T], first: str, last: str) -> None:
        """Leave out what was given before. A page without a token may have grown at its front, into the pages after it."""
        begin, end = given_in([id_of(each) or "" for each in page.data], first, last)
        del page.data[begin:end]
        if end and not begin:
            self._given, self._run = end, None if last.startswith("#") else (first, last)
        if self._pinned or (end and page.data[begin:]):
            self._given_before = None

    def _turned(self, token: str | None, at_most: int | None) -> Call[Page[T]]:
        """The call of a page. X refuses both tokens at once, so that one of them goes."""
        changes: dict[str, str | None] = {}
        if token:
            known = parameters(self._call.operation)
            changes["pagination_token" if "pagination_token" in known else "next_token"] = quoted(token)
        if at_most is not None:
            changes["max_results"] = str(at_most)
        return self._call.with_query(changes) if changes else self._call

    def _fewer(self, left: int | None) -> int | None:
        """`max_results` for the rest: no more than asked for, and within what X takes; None to leave it as it is."""
        param = parameters(self._call.operation).get("max_results")
        if left is None or param is None:
            return None
        asked = dict(self._call.query).get("max_results")
        most = int(asked) if asked else param.high or left
        return min(max(left, param.low or 1), most)

    def drop(self) -> None:
        """End what is fetched ahead. A page that has come already stays for whoever goes on."""
        if self._ahead is not None and not self._ahead.done():
            if not self._ahead.get_loop().is_closed():
                self._ahead.cancel()
            self._ahead = None


def given_in(ids: list[str], first: str, last: str) -> tuple[int, int]:
    """Which items of a page are those from `first` to `last`: their slice. By the order of ids where they have one."""
    if last.startswith("#"):
        return 0, int(last[1:])
    if all(each.isdecimal() for each in (*ids, first, last)):
        numbers = [int(each) for each in ids]
        if all(one > other for one, other in itertools.pairwise(numbers)):  # newest first: some may be gone by now
            low, high = sorted((int(first), int(last)))
            given = [at for at, each in enumerate(numbers) if low <= each <= high]
            return (given[0], given[-1] + 1) if given else (0, 0)
    if last not in ids:
        return 0, 0
    return (ids.index(first) if first in ids else 0), ids.index(last) + 1


def start_of(call: Call[Any]) -> str | None:
    """The token that a call was given."""
    query = dict(call.query)
    token = query.get("pagination_token") or query.get("next_token")
    return unquote(token) if token else None


def id_of(item: object) -> str | None:
    if isinstance(item, str):
        return item
    found = getattr(item, "id", None) or getattr(item, "media_key", None)
    return str(found) if found else None


def ids_of(items: list[Any]) -> list[str]:
    try:
        return [each.id for each in items if each.id]  # nearly everything has one, and pages are many
    except AttributeError:
        return [found for each in items if (found := id_of(each))]


def look_at(task: asyncio.Task[Any]) -> None:
    """What a page ahead failed with is told when the page is asked for, if ever."""
    if not task.cancelled():
        task.exception()
