"""Ids from anywhere, asked for a hundred at a time, some batches at once, answered in order.

Batches wait in a queue; the first one is handed over when its answer is here. One that failed stays the first, and is
asked for again by whoever goes on. What is under way refers to its own batch only, never to who asked: so that dropping
the look-up ends it.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from typing import Any, Generic, TypeAlias, TypeVar

from xdk_async._core.answer import Response
from xdk_async._core.course import look_at
from xdk_async._core.hook import called
from xdk_async._core.linked import Linked
from xdk_async.api import models
from xdk_async.errors import InvalidArgument

T = TypeVar("T")
SIZE = 100  # what X takes at once
Ids: TypeAlias = Iterable[str | int] | AsyncIterable[str | int]
OnMissing: TypeAlias = Callable[[str, models.Problem | None], Awaitable[None] | None]


class Batch(Generic[T]):
    """Ids and the request for what they stand for."""

    __slots__ = ("ids", "request")

    def __init__(self, ids: list[str]) -> None:
        self.ids: list[str] = ids
        self.request: asyncio.Task[Response[list[T]]] | None = None


class Source:
    """Ids in batches; what it has read before a failure is not lost."""

    def __init__(self, ids: Ids, checked: Callable[[object], str], key: Callable[[str], str]) -> None:
        self.key: Callable[[str], str] = key
        self.is_slow: bool = isinstance(ids, AsyncIterable)
        self.ended: bool = False
        self._later: AsyncIterator[object] | None = aiter(ids) if isinstance(ids, AsyncIterable) else None
        self._now: Iterator[object] = iter(()) if isinstance(ids, AsyncIterable) else iter(ids)
        self._checked = checked
        self._read: list[str] = []

    def batch(self) -> list[str]:
        """The next ids of what is at hand; fewer than a batch at the end only."""
        while len(self._read) < SIZE and not self.ended:
            try:
                self._read.append(self._checked(next(self._now)))
            except StopIteration:
                self.ended = True
        return self.taken()

    async def batch_later(self) -> list[str]:
        """The next ids of what comes in its own time."""
        assert self._later is not None
        while len(self._read) < SIZE and not self.ended:
            try:
                self._read.append(self._checked(await anext(self._later)))
            except StopAsyncIteration:
                self.ended = True
        return self.taken()

    def taken(self) -> list[str]:
        """What was read and not handed over yet."""
        read: list[str] = self._read
        self._read = []
        return read


class Batches(Generic[T]):
    """What the answers hold, in the order of the ids."""

    def __init__(
        self,
        source: Source,
        ask: Callable[[list[str]], Coroutine[Any, Any, Response[list[T]]]],
        key_of: Callable[[T], str],
        concurrency: int,
        on_missing: OnMissing | None,
    ) -> None:
        self._source = source
        self._ask = ask
        self._key_of = key_of
        self._concurrency = concurrency
        self._on_missing = on_missing
        self._queue: deque[Batch[T]] = deque()
        self._reading: asyncio.Task[list[str]] | None = None
        self._failed: Exception | None = None  # what the source failed with
        self._ready: deque[Linked[T]] = deque()
        self._untold: deque[tuple[str, models.Problem | None]] = deque()
        self._lock = asyncio.Lock()
        self.missing: dict[str, str] = {}
        self.microdollars: int = 0  # what the answers so far have cost

    async def next(self) -> Linked[T] | None:
        """The next item; None at the end."""
        async with self._lock:
            while True:
                while self._untold:
                    await self._tell(*self._untold.popleft())
                if self._ready:
                    return self._ready.popleft()
                self._read_on()
                self._send()
                if self._queue:
                    await self._answered(self._queue[0])
                elif self._reading is not None:
                    await asyncio.wait((self._reading,))
                else:
                    failed, self._failed = self._failed, None
                    if failed is not None:
                        raise failed
                    return None

    async def _answered(self, first: Batch[T]) -> None:
        """Wait for the first batch, or for ids to send another one meanwhile."""
        assert first.request is not None
        try:
            under_way = {first.request, self._reading} if self._reading is not None else {first.request}
            await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            if first.request.done():
                self._sort(first.ids, first.request.result())
                self._queue.popleft()
        except BaseException:
            self.rest()
            raise

    def _read_on(self) -> None:
        """Queue further ids, if there is room."""
        if self._reading is not None and self._reading.done():
            done, self._reading = self._reading, None
            self._keep(done.result)
        while self._reading is None and not self._source.ended and len(self._queue) < self._concurrency:
            if self._failed is not None:
                return
            if self._source.is_slow:
                self._reading = asyncio.create_task(self._source.batch_later())
                self._reading.add_done_callback(look_at)
            else:
                self._keep(self._source.batch)

    def _keep(self, read: Callable[[], list[str]]) -> None:
        """What the source fails with is told after all that came before it."""
        try:
            ids = read()
        except Exception as error:
            self._failed, ids, self._source.ended = error, self._source.taken(), not isinstance(error, InvalidArgument)
        if ids:
            self._queue.append(Batch(ids))

    def _send(self) -> None:
        for batch in self._queue:
            if batch.request is None:
                batch.request = asyncio.create_task(self._ask(list(dict.fromkeys(batch.ids))))
                batch.request.add_done_callback(look_at)

    def _sort(self, ids: list[str], answer: Response[list[T]]) -> None:
        """Put an answer into the order of the ids, and note who is missing."""
        self.microdollars += answer.microdollars
        held = {self._key_of(each): each for each in answer.data or []}
        told = {self._source.key(str(each.resource_id or each.value)): each for each in answer.errors}
        keys = [self._source.key(each) for each in ids]
        for name, key in zip(ids, keys, strict=True):
            if key in held:
                self._ready.append(Linked(held[key], answer.includes))
            else:
                self._untold.append((name, told.get(key)))
        others = held.keys() - set(keys)  # never seen; what X sends is not thrown away
        self._ready.extend(Linked(held[key], answer.includes) for key in held if key in others)

    async def _tell(self, name: str, problem: models.Problem | None) -> None:
        if self._on_missing is None:
            self.missing[name] = sys.intern(((problem and problem.type) or "").rsplit("/", 1)[-1])
            return
        await called(self._on_missing, name, problem)

    def rest(self) -> None:
        """End what is under way. It is sent again if somebody goes on; answers that have come are kept."""
        for batch in self._queue:
            request = batch.request
            if request is not None and not request.done():
                end(request)
                batch.request = None
            elif request is not None and (request.cancelled() or request.exception() is not None):
                batch.request = None

    def close(self) -> None:
        """End everything, for good."""
        self.rest()
        if self._reading is not None and not self._reading.done():
            end(self._reading)
        self._reading, self._source.ended = None, True
        self._queue.clear()
        self._ready.clear()


def end(task: asyncio.Task[Any]) -> None:
    if not task.get_loop().is_closed():
        task.cancel()
