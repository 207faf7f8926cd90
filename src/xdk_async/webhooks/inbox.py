"""Events that were acknowledged: none of them leaves but handled, or handed to somebody who looks after it."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from xdk_async._core.hook import called
from xdk_async.events import Event
from xdk_async.webhooks.seen import Seen

log: logging.Logger = logging.getLogger("xdk_async")
Handler: TypeAlias = Callable[[Any], object]
"""Gets an event. A plain function runs in a thread."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a handler is tried again


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that a handler could not deal with."""

    event: Event
    handler: Handler = field(repr=False)
    error: Exception


OnFailure: TypeAlias = Callable[[Failure], Awaitable[None] | None]


@dataclass(slots=True)
class Settings:
    """How events are kept and handled."""

    size: int
    workers: int
    attempts: int
    on_failure: OnFailure | None
    sleep: Callable[[float], Awaitable[None]]


class Inbox:
    """A bounded queue, and the workers who empty it. What waits, is being handled or has failed takes up its room."""

    def __init__(self, seen: Seen, choose: Callable[[Event], Sequence[Handler]], settings: Settings) -> None:
        self.failed: list[Failure] = []
        self.closed: bool = False
        self._seen = seen
        self._choose = choose
        self._settings = settings
        self._waiting: asyncio.Queue[Event | None] = asyncio.Queue()  # None at its end; bounded by `accept`
        self._handling: list[Event] = []
        self._held = 0
        self._empty = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def held(self) -> int:
        """Events that take up room."""
        return self._held + len(self.failed)

    async def accept(self, events: Sequence[Event]) -> bool:
        """Take events in, all or none of them; those that were taken before are passed over.

        False means that there is no room for them now.
        """
        if self.closed or self.held + len(events) > self._settings.size:
            return False
        self._held += len(events)  # before anything is awaited: others ask for room at the same time
        claimed: dict[str, Event] = {}
        try:
            for each in events:
                if await self._seen.claim(each.id):
                    claimed[each.id] = each
        except BaseException:
            self._let_go(len(events))
            for id in claimed:
                await self._seen.release(id)
            raise
        self._let_go(len(events) - len(claimed))
        for each in claimed.values():
            self._waiting.put_nowait(each)
        return True

    def _let_go(self, count: int) -> None:
        self._held -= count
        if self._held == 0:
            self._empty.set()

    def open(self) -> None:
        """Begin anew, maybe in another event loop, after having been closed."""
        if self.closed:
            self.closed = False
            self._waiting, self._empty = asyncio.Queue(), asyncio.Event()

    def start(self) -> None:
        """Put the workers to work; once is enough."""
        if not self._tasks:
            names = (f"webhook worker {number}" for number in range(self._settings.workers))
            self._tasks = [asyncio.create_task(self._work(), name=name) for name in names]

    async def take(self) -> Event | None:
        """The next event; None when the inbox is closed and empty. `finish` ends its handling."""
        event = await self._waiting.get()
        if event is None:
            self._waiting.put_nowait(None)  # for whoever waits too
        else:
            self._handling.append(event)
        return event

    async def finish(self, event: Event, *, handled: bool = True) -> None:
        """The event needs nobody any more, or stands in `failed`."""
        if event not in self._handling:
            return  # the inbox was closed over it
        self._handling.remove(event)
        self._let_go(1)
        if handled:
            await self._confirm(event)

    async def _confirm(self, event: Event) -> None:
        try:
            await self._seen.confirm(event.id)
        except Exception:
            log.exception("%s was handled but could not be remembered: a repeat will be handled again", event.id)

    async def close(self, seconds: float) -> list[Event]:
        """Take nothing more, wait until everything is handled; what was not after so many seconds."""
        self.closed = True
        self._waiting.put_nowait(None)
        try:
            async with asyncio.timeout(seconds):
                while self._held:
                    self._empty.clear()
                    await self._empty.wait()
        except TimeoutError:
            pass
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        left = [*self._handling, *(each.event for each in self.failed)]
        while not self._waiting.empty():
            left += [each for each in [self._waiting.get_nowait()] if each is not None]
        self._waiting.put_nowait(None)
        self._handling, self._held = [], 0
        for event in left:
            await self._seen.release(event.id)  # so that a replay brings it again
        return left

    async def _work(self) -> None:
        while (event := await self.take()) is not None:
            handled = [await self._handle(handler, event) for handler in self._choose(event)]
            await self.finish(event, handled=all(handled))

    async def _handle(self, handler: Handler, event: Event) -> bool:
        """Call a handler until it succeeds, a few times at the most; whether somebody has dealt with the event."""
        for attempt in range(1, self._settings.attempts + 1):
            try:
                await handled(handler, event)
            except Exception as error:
                if attempt == self._settings.attempts:
                    return await self._give_up(Failure(event, handler, error))
                pause = min(FIRST_PAUSE * 2.0 ** (attempt - 1), LONGEST_PAUSE)
                log.warning("%s: handler failed (%s); again in %.1f s", event.type, type(error).__name__, pause)
                await self._settings.sleep(pause)
            else:
                break
        return True

    async def _give_up(self, failure: Failure) -> bool:
        """Hand a failure over; if nobody takes it, it stays, and takes up room."""
        log.error("%s: handler failed for good: event %s", failure.event.type, failure.event.id, exc_info=failure.error)
        if self._settings.on_failure is None:
            self.failed.append(failure)
            return False
        try:
            await called(self._settings.on_failure, failure)
        except Exception:
            log.exception("on_failure failed: event %s stays in `failed`", failure.event.id)
            self.failed.append(failure)
            return False
        return True

    async def retry(self) -> int:
        """Have the handlers that failed try again; how many there are."""
        failed, self.failed = self.failed, []
        for each in failed:
            if await self._handle(each.handler, each.event):
                await self._confirm(each.event)
        return len(failed)


async def handled(handler: Handler, event: Event) -> None:
    """Call a handler; a plain one in a thread, so that it may block."""
    if inspect.iscoroutinefunction(handler):
        await handler(event)
        return
    result = await asyncio.to_thread(handler, event)
    if inspect.isawaitable(result):
        await result
