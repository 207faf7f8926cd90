"""The stretches of a backfill that are still to be begun, cut by X's own counts where it tells them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from xdk_async._core.pages import Pages
from xdk_async._core.span import Cutter, Span
from xdk_async.api import models
from xdk_async.errors import XError

AT_MOST = 4  # pages of a stretch: with more, those at the front would keep others waiting for long
log = logging.getLogger("xdk_async")


class Plan:
    """Stretches, newest first.

    Args:
        spans: what is known to be asked for first.
        counts: pages of counts over the rest, if X may be asked for them.
        rest: what comes after `spans`.
        page: posts on a page.
        workers: how many stretches are asked for at once.
    """

    def __init__(
        self, spans: Sequence[Span], counts: Pages[models.PostCount] | None, rest: Span, page: int, workers: int
    ) -> None:
        self.is_over = False
        """Whether no more stretches will come."""
        self.expected: int | None = None
        """Posts that were counted so far."""
        self._first = [*spans, *([rest] if counts is None and not rest.is_empty else [])]
        self._counts = counts
        self._page = page
        self._workers = workers
        self._cutter = Cutter(rest.start, rest.end, AT_MOST * page)

    async def more(self) -> list[Span]:
        """Further stretches; perhaps none yet. Counting cannot fail: what is not counted is asked for in one."""
        first, self._first = self._first, []
        if self._counts is None:
            self.is_over = True
            return first
        if first:
            return first
        try:
            page = await anext(self._counts)
        except StopAsyncIteration:
            return self._rest()
        except XError as error:
            log.info("a backfill goes on without counts: %s", error)
            return self._rest()
        return self._cut(page.data)

    def _rest(self) -> list[Span]:
        self.is_over = True
        return self._cutter.rest()

    def _cut(self, counts: Sequence[models.PostCount]) -> list[Span]:
        known = [(int(each.start.timestamp()), each.post_count or 0) for each in counts if each.start is not None]
        total = sum(posts for _, posts in known)
        self.expected = (self.expected or 0) + total
        self._cutter.most = self._page * max(1, min(AT_MOST, total // (self._workers * self._page)))
        return [span for start, posts in sorted(known, reverse=True) for span in self._cutter.take(start, posts)]
