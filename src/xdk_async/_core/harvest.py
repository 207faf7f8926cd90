"""Stretches of a backfill, asked for side by side and handed out in order.

There is a task for each request, and none that waits for the consumer: when a page comes, or one is taken, whatever
may be asked for next is. Tasks know nothing of who consumes; dropped, the backfill ends them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any, Generic, TypeVar

from xdk_async._core.answer import Page
from xdk_async._core.batches import end
from xdk_async._core.ladder import utc
from xdk_async._core.operation import Call
from xdk_async._core.pages import Pages
from xdk_async._core.place import BackfillProgress, Place
from xdk_async._core.plan import Plan
from xdk_async._core.reading import Reading, Taken
from xdk_async._core.recovery import Seen
from xdk_async._core.sender import Sender
from xdk_async._core.span import GRACE, MARGIN, Span, halved, iso, oldest

T = TypeVar("T")
AHEAD = 4  # pages for each request under way that may wait for the consumer
REMEMBERED = 10_000  # ids, to drop what X gives twice where stretches meet
log = logging.getLogger("xdk_async")


class Harvest(Generic[T]):
    """What is behind a backfill.

    Args:
        sender: the view that sends.
        call: what is asked for, without times.
        plan: the stretches.
        left: what is left of the one that was begun before.
        concurrency: requests under way at once.
    """

    def __init__(self, sender: Sender, call: Call[Page[T]], plan: Plan, left: Span, concurrency: int) -> None:
        self.plan = plan
        self.left = left
        """What is left of the stretch at hand once everything taken is dealt with."""
        self.windows_done: int = 0
        self.lost_until: int | None = None
        """Everything before this moment was too long ago for X when its turn came."""
        self._sender = sender
        self._call = call
        self._concurrency = concurrency
        self._planned: deque[Span] = deque()
        self._planning: asyncio.Task[list[Span]] | None = None
        self._broken: BaseException | None = None  # what planning failed with
        self._open: list[Reading[T]] = []  # newest first; the consumer gets what the first one holds
        self._seen = Seen(REMEMBERED)
        self._news = asyncio.Event()
        self._resting = False
        self._ended = False
        sender.transport.runs.add(self)

    @property
    def windows_open(self) -> int:
        """Stretches that were begun and not handed out whole."""
        return len(self._open)

    async def next(self) -> Taken[T] | None:
        """The next page; None at the end.

        Raises:
            Exception: What a request failed with; the next try makes it again.
        """
        self._resting = False
        try:
            while not self._ended:
                if self._sender.transport.is_closed:
                    raise RuntimeError("this client is closed")
                self._news.clear()
                self._go()
                if self._broken is not None:
                    broken, self._broken = self._broken, None
                    raise broken
                first = self._open[0] if self._open else None
                if first is None and self._planning is None:
                    return None
                if first is None or (first.request is not None and not first.ready):
                    await self._news.wait()
                elif first.ready:
                    taken = first.ready.popleft()
                    self.left = taken.after if first.ready else first.left
                    self._go()
                    if self._is_worth_handing(taken.page):
                        return taken._replace(after=self.left)
                elif first.done:
                    self._open.pop(0)
                    self.windows_done += 1
                    self.left = first.left
                elif first.failed is not None:
                    failed, first.failed = first.failed, None
                    if first.was_awaited:  # else, when nobody waited yet: things may be better by now
                        raise failed
            return None
        except BaseException:
            self.rest()
            raise

    def rest(self) -> None:
        """Ask for no more until somebody goes on; what is under way may come."""
        self._resting = True

    def stop(self) -> None:
        """End what is under way."""
        self.rest()
        for task in self._tasks():
            end(task)

    async def aclose(self) -> None:
        """End what is under way, and wait until it has ended."""
        self._ended = True
        await self.client_closed()

    async def client_closed(self) -> None:
        """The same; whoever goes on is told that it cannot."""
        self.stop()
        tasks = self._tasks()
        if tasks:
            await asyncio.wait(tasks)

    def _tasks(self) -> list[asyncio.Task[Any]]:
        tasks = [self._planning, *(each.request for each in self._open)]
        return [each for each in tasks if each is not None]

    # What is asked for

    def _go(self) -> None:
        """Make whatever requests may be made now."""
        for number, reading in enumerate([*self._open]):
            if reading.is_idle and ((number == 0 and not reading.ready) or self._has_room()):
                self._ask(reading)
        while self._planned and len(self._open) < self._concurrency * AHEAD and self._has_room():
            reading = Reading[T](self._planned.popleft())
            self._open.append(reading)
            self._ask(reading)
        if not (self._planned or self.plan.is_over or self._planning or self._broken):
            self._planning = asyncio.create_task(self.plan.more())
            self._planning.add_done_callback(self._planned_more)

    def _has_room(self) -> bool:
        flying = sum(each.request is not None for each in self._open)
        held = sum(len(each.ready) for each in self._open)
        return flying < self._concurrency and flying + held < self._concurrency * AHEAD

    def _ask(self, reading: Reading[T]) -> None:
        if reading.pages is None:
            reading.asked_from = start = self._reachable(reading.span.start)
            if start >= reading.span.end:
                reading.done = True
                return
            call = self._call.with_query(reading.span.query(start))
            reading.pages = Pages(self._sender, call)
        reading.request = asyncio.create_task(reading.page())
        reading.request.add_done_callback(lambda task: self._arrived(reading, task))

    def _reachable(self, start: int) -> int:
        """Where X can be asked to begin: the last 7 days go on while a backfill does."""
        if not self._is_recent or start >= (reach := oldest(self._call.operation, self._now()) + MARGIN):
            return start
        if reach - start > GRACE + MARGIN and (self.lost_until is None or reach > self.lost_until):
            what = f"{self._call.operation.name} reaches 7 days back"
            log.warning("%s: posts from %s to %s can no longer be had", what, iso(start), iso(reach))
        self.lost_until = max(reach, self.lost_until or reach)
        return reach

    @property
    def _is_recent(self) -> bool:
        return self._call.operation.name.endswith("_recent")

    def _now(self) -> float:
        return self._sender.transport.clock()

    # What comes

    def _planned_more(self, task: asyncio.Task[list[Span]]) -> None:
        self._planning = None
        if not task.cancelled():
            self._broken = task.exception()
            if self._broken is None:
                self._planned.extend(task.result())
        self._move_on()

    def _arrived(self, reading: Reading[T], task: asyncio.Task[Page[T]]) -> None:
        reading.request = None
        if not task.cancelled():
            error = task.exception()
            if error is None:
                reading.received(task.result())
                self._share(reading, task.result())
            elif reading.goes_on_after(error, oldest(self._call.operation, self._now()) if self._is_recent else None):
                log.info("%s: asked anew for the rest of a window: %s", self._call.operation.name, error)
            else:
                reading.failed, reading.was_awaited = error, reading is self._open[0]
        self._move_on()

    def _move_on(self) -> None:
        self._news.set()
        if not self._resting:
            self._go()

    def _share(self, reading: Reading[T], page: Page[T]) -> None:
        """Let a request that has nothing else to do take a part of what is left."""
        busy = sum(not each.done for each in self._open) + len(self._planned)
        if reading.done or not self.plan.is_over or busy >= self._concurrency:
            return
        own, *other = halved(reading.span, reading.end, page.data[-1] if page.data else None, reading.received_pages)
        if other:
            reading.span, reading.pages = own, None
            self._open.insert(self._open.index(reading) + 1, Reading[T](*other))

    def _is_worth_handing(self, page: Page[T]) -> bool:
        """Whether it holds anything, after what was handed out before is dropped from it."""
        new = [each for each in page.data if not (id := getattr(each, "id", None)) or self._seen.is_new(id)]
        if len(new) < len(page.data):
            page.data[:] = new
        return bool(page.data or page.errors)


def progress_of(place: Place, harvest: Harvest[Any] | None) -> BackfillProgress:
    """How far a backfill came.

    Args:
        place: where it is.
        harvest: what is behind it, once it was begun.
    """
    reached = min(max(place.current.reached, place.start), place.end)
    lost = None if harvest is None else harvest.lost_until
    return BackfillProgress(
        items=place.items,
        pages=place.pages,
        reached=utc(reached),
        fraction=(place.end - reached) / (place.end - place.start),
        windows_done=0 if harvest is None else harvest.windows_done,
        windows_open=0 if harvest is None else harvest.windows_open,
        expected=None if harvest is None else harvest.plan.expected,
        lost_until=None if lost is None else utc(lost),
    )
