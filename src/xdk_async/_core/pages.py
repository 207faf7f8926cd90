"""Pages of an answer that goes on: one pass, nothing sent before it is asked for."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from xdk_async._core.answer import Linked, Page
from xdk_async._core.bind import parameters, quoted
from xdk_async._core.operation import Call
from xdk_async._core.sender import Sender

T = TypeVar("T")
OF_A_PAGE = ("data", "includes", "meta", "errors", "status", "rate_limit")
log = logging.getLogger("xdk_async")


class Pages(Generic[T]):
    """The pages of one query, newest first.

    `async for page in pages` goes through them, `await anext(pages)` takes the next, `await pages` the first.
    A second loop goes on where the first stopped. An exception loses nothing: the next try asks for the same page.
    """

    __slots__ = ("_asked", "_call", "_done", "_fetched", "_rest", "_sender", "_token")

    def __init__(self, sender: Sender, call: Call[Page[T]]) -> None:
        self._sender = sender
        self._call = call
        query = dict(call.query)
        self._token = query.get("pagination_token") or query.get("next_token")
        self._asked: set[str] = set()  # tokens of the pages fetched
        self._rest: deque[Linked[T]] = deque()  # what `items` or `linked` left of the last page
        self._fetched = 0
        self._done = False

    @property
    def cursor(self) -> str | None:
        """The token of the page to come, good for `pagination_token=` of a later call.

        None before the first page and after the last.
        """
        from urllib.parse import unquote

        return unquote(self._token) if self._token and not self._done else None

    def __aiter__(self) -> AsyncIterator[Page[T]]:
        return self

    async def __anext__(self) -> Page[T]:
        if self._done:
            raise StopAsyncIteration
        self._rest.clear()
        return await self._next(None)

    def __await__(self) -> Generator[Any, None, Page[T]]:
        return self._first().__await__()

    async def _first(self) -> Page[T]:
        if self._fetched:
            raise RuntimeError("the first page was taken already: use anext(pages), or make the call again")
        return await self._next(None)

    async def _next(self, at_most: int | None) -> Page[T]:
        page = await self._sender.send(self._turned(at_most))
        self._fetched += 1
        if self._token:
            self._asked.add(self._token)
        token = page.meta.next_token
        self._token = quoted(token) if token else None
        self._done = self._token is None or self._token in self._asked
        if self._token and self._done:  # it would go on, and be billed, forever
            log.warning(
                "%s: X gave the token of a page that was fetched already; the pages end", self._call.operation.name
            )
        return page

    def _turned(self, at_most: int | None) -> Call[Page[T]]:
        """The call of the page to come. X refuses both tokens at once, so that one of them goes."""
        changes: dict[str, str | None] = {}
        if self._token:
            known = parameters(self._call.operation)
            name = "pagination_token" if "pagination_token" in known else "next_token"
            changes = {"next_token": None, "pagination_token": None, name: self._token}
        if at_most is not None:
            changes["max_results"] = str(at_most)
        return self._call.with_query(changes) if changes else self._call

    async def items(self, limit: int | None = None) -> AsyncIterator[T]:
        """The structs of all pages, `limit` of them at the most; a page that is not needed is not fetched.

        The last page is asked for with a lower `max_results` where X allows it: X bills what it sends. A second loop
        goes on with the next struct.
        """
        left = limit
        while (left is None or left > 0) and await self._further(left):
            left = None if left is None else left - 1
            yield self._rest.popleft().item

    async def _further(self, left: int | None) -> bool:
        """Whether an item is at hand; asks for pages until one is."""
        while not self._rest and not self._done:
            page = await self._next(self._fewer(left))
            self._rest.extend(page.linked())
        return bool(self._rest)

    def _fewer(self, left: int | None) -> int | None:
        """`max_results` for the rest: no more than asked for, and within what X takes; None to leave it as it is."""
        param = parameters(self._call.operation).get("max_results")
        if left is None or param is None:
            return None
        asked = dict(self._call.query).get("max_results")
        most = int(asked) if asked else param.high or left
        return min(max(left, param.low or 1), most)

    async def linked(self, limit: int | None = None) -> AsyncIterator[Linked[T]]:
        """The structs of all pages, each with what its own page's includes hold for it."""
        left = limit
        while (left is None or left > 0) and await self._further(left):
            left = None if left is None else left - 1
            yield self._rest.popleft()

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
        return f"<Pages of {self._call.operation.name}, {self._fetched} fetched{', done' if self._done else ''}>"
