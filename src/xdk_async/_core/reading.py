"""A stretch of a backfill that was begun: what has come of it, what is left, and when to ask for that anew."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, NamedTuple, TypeVar

from xdk_async._core.answer import Page
from xdk_async._core.pages import Pages
from xdk_async._core.span import Span, newest_first
from xdk_async.errors import BadRequest

T = TypeVar("T")


class Taken(NamedTuple, Generic[T]):
    """A page, and what of its stretch was left before it and after it."""

    page: Page[T]
    before: Span
    after: Span


class Reading(Generic[T]):
    """A stretch that was begun."""

    def __init__(self, span: Span) -> None:
        self.span = span
        """What has not come yet."""
        self.ready: deque[Taken[T]] = deque()
        self.pages: Pages[T] | None = None
        """Where the next page comes from; None to ask for what is left with a call of its own."""
        self.request: asyncio.Task[Page[T]] | None = None
        self.asked_from: int = span.start
        self.end: int = span.end
        self.received_pages: int = 0
        self.done = False
        self.failed: BaseException | None = None
        self.was_awaited = False
        """Whether it failed while the consumer waited for it."""
        self._may_retry = True

    @property
    def is_idle(self) -> bool:
        """Whether a request for it could be made."""
        return self.request is None and not self.done and self.failed is None

    @property
    def left(self) -> Span:
        """What is left of it when all that is ready was taken."""
        return Span(self.span.start, self.span.start) if self.done else self.span

    async def page(self) -> Page[T]:
        """The next page."""
        assert self.pages is not None
        return await anext(self.pages)

    def received(self, page: Page[T]) -> None:
        """Take a page in."""
        self.received_pages += 1
        pages, before = self.pages, self.span
        assert pages is not None
        if before.until is not None:
            page.data[:] = [each for each in page.data if is_older(each, before.until)]
        newest_first(page.data)
        self.span = before.after(page.data)
        self._may_retry = self._may_retry or self.span != before
        if pages.stopped and self._may_retry:  # X leads nowhere by its token; perhaps it does by ids
            self._may_retry, self.pages = False, None
        else:
            self.done = pages.done
        self.ready.append(Taken(page, before, self.left))

    def goes_on_after(self, error: BaseException, earliest: int | None) -> bool:
        """Whether to ask anew: the refusal can be one of X's token, which may expire, or of a start too long ago by now.

        Args:
            error: what came instead of a page.
            earliest: the oldest moment that X can be asked for by now, if that moves.
        """
        expired = self.pages is not None and self.pages.cursor is not None
        too_late = earliest is not None and self.asked_from < earliest
        if not (isinstance(error, BadRequest) and self._may_retry and (expired or too_late)):
            return False
        self._may_retry, self.pages = False, None
        return True


def is_older(item: object, until: int) -> bool:
    """Whether an item was not had before."""
    id = getattr(item, "id", None)
    return not (isinstance(id, str) and id.isdecimal()) or int(id) < until
