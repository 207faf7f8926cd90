"""What is behind an open stream: its connections, the buffer they fill, and what was handed out of it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from xdk_async._core.answer import Streamed
from xdk_async._core.checkpoint import RedisCheckpoints, checkpoint_store
from xdk_async._core.event import StreamDisconnected, StreamEvent
from xdk_async._core.gap_search import searched
from xdk_async._core.ladder import Connects, utc
from xdk_async._core.operation import Call
from xdk_async._core.outlet import Outlet, as_stream_error, place
from xdk_async._core.progress import Progress
from xdk_async._core.reader import Reader
from xdk_async._core.recovery import Position, key_of, made_at
from xdk_async._core.sender import Sender
from xdk_async._core.stream_config import StreamConfig, StreamStats
from xdk_async._core.takeover import take_over
from xdk_async.errors import AnswerError, StreamEnded, TransportError, XError

T = TypeVar("T")
log = logging.getLogger("xdk_async")
ITS_OWN = (AnswerError, TransportError, StreamEnded)  # what ends one partition; a full buffer or a hook ends them all


class Run(Generic[T]):
    """Reads a stream in tasks of its own, which know nothing of who consumes it: dropped, it is stopped.

    Args:
        sender: the view that connects.
        calls: a call for each partition, under its number; under None for a stream without.
        redundant: connections for each of them.
        config: the stream's settings.
    """

    def __init__(
        self, sender: Sender, calls: dict[int | None, Call[Streamed[T]]], redundant: int, config: StreamConfig
    ) -> None:
        operation = next(iter(calls.values())).operation
        clock = sender.transport.clock
        self._store = checkpoint_store(config.checkpoint) if config.checkpoint is not None else None
        self._owns_store = isinstance(config.checkpoint, str)
        progress = Progress(self._store, config.checkpoint_name or operation.name, config.checkpoint_every, clock)
        positions = {number: Position() for number in calls}
        self._out: Outlet[T] = Outlet(operation.name, config, progress, positions)
        self._out.observer = sender.transport.observer
        self._sender = sender
        self._readers: dict[asyncio.Task[None], Reader[T]] = {}
        self._beside: set[asyncio.Task[None]] = set()  # searches, and the save of a consumer that waits
        self._saving_soon: asyncio.TimerHandle | None = None
        self._waiting = [self._reader(number, call) for number, call in calls.items() for _ in range(redundant)]
        if config.takeover:
            chosen = functools.partial(take_over, sender, operation, utc(clock()), alone=len(self._waiting) == 1)
            for reader in self._waiting:
                reader.take_over = chosen
        self._stopping = False
        self._cancelled: set[asyncio.Task[None]] = set()
        self._unsaved: Exception | None = None
        self._task = asyncio.create_task(self._main(), name=f"xdk_async {operation.name}")
        self._loop = asyncio.get_running_loop()
        sender.transport.runs.add(self)

    @property
    def stats(self) -> StreamStats:
        """What the stream has done so far."""
        return self._out.stats

    async def opened(self) -> None:
        """Wait until a connection is open.

        Raises:
            XError: None could be opened.
        """
        await self._out.begun.wait()
        if not self._out.has_opened:
            self._out.buffer.end()

    async def next(self) -> StreamEvent[T]:
        """What comes next; with it, what was handed out before counts as dealt with.

        Raises:
            StopAsyncIteration: The stream has come to the end that was asked for, or was closed.
            Exception: It cannot go on.
        """
        out = self._out
        if not out.progress.is_kept and out.buffer.waiting:  # nothing to note, and nothing to wait for: 1.5 µs less
            return out.buffer.take()[0]
        self._out.settle(last=True)
        await self._out.note()
        if self._out.progress.is_changed and self._saving_soon is None:
            self._saving_soon = self._loop.call_later(self._out.config.checkpoint_every, self._save_beside)
        event, self._out.handed = await self._out.buffer.get()
        return event

    def dealt(self) -> bytes:
        """Take what was handed out as dealt with; the checkpoint then."""
        self._out.settle(last=True)
        return self._out.checkpoint()

    def cancel(self) -> None:
        """Stop, from wherever this is called: the last reference to a loop may go in another thread."""
        if self._stopping or self._loop.is_closed() or self._task.done():
            return
        self._stopping = True
        try:
            inside = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            inside = False
        if inside:
            self._cancel_all()
        else:
            self._loop.call_soon_threadsafe(self._cancel_all)

    def _cancel_all(self) -> None:
        self._out.settle(last=True)
        self._cancel_readers()  # at once, so that sockets close on the very next turn
        self._task.cancel()

    def _cancel_readers(self) -> None:
        """Each once: a further cancellation would break off httpx's closing of a connection, which then stayed open."""
        for task in self._readers.keys() - self._cancelled:
            self._cancelled.add(task)
            task.cancel()

    async def aclose(self, *, dealt: bool = True) -> None:
        """Stop, and wait until every connection is closed; `dealt` says whether the last event handed out was dealt with.

        Raises:
            StoreFailed: What was handed out could not be noted.
        """
        self._out.settle(last=dealt)
        self.cancel()
        self._out.buffer.clear()
        self._out.buffer.close()
        await asyncio.wait((self._task,))
        if dealt and self._unsaved is not None:
            raise self._unsaved

    async def client_closed(self) -> None:
        """End with an error that says so, and wait until every connection is closed."""
        self._out.buffer.close(StreamEnded(f"{self._out.name}: the client was closed"))
        self._out.begun.set()
        await self.aclose(dealt=False)

    # Inside

    def _reader(self, number: int | None, call: Call[Streamed[T]]) -> Reader[T]:
        position = self._out.positions[number]
        connects: Connects = self._sender.transport.shared.setdefault(
            ("connects", call.operation.name, number), Connects()
        )
        reader = Reader(self._sender, call, self._out, position, connects, number)
        if call.operation.name == "stream.posts":
            reader.search = functools.partial(self._search, call, position)
        return reader

    async def _main(self) -> None:
        try:
            self._out.buffer.close(await self._read())
            self._out.begun.set()
            if self._out.progress.is_kept:  # what waits is still to be handed out, and noted: the consumer cancels this
                await self._loop.create_future()
        finally:
            await self._leave()

    async def _read(self) -> BaseException | None:
        """Read to the end; what comes out there, where the stream is consumed."""
        try:
            await self._load()
            self._readers = {asyncio.create_task(each.run()): each for each in self._waiting}
            return await self._all_ended()
        except Exception as failure:
            return failure
        finally:
            self._cancel_readers()
            for task in self._beside:
                task.cancel()
            await asyncio.gather(*self._readers, *self._beside, return_exceptions=True)

    async def _load(self) -> None:
        progress = self._out.progress
        for key in await progress.load():
            self._out.seen.is_new(key)
        for number, position in self._out.positions.items():
            position.until = progress.until.get(place(number))

    async def _all_ended(self) -> BaseException | None:
        """Wait for every reader. One that breaks leaves the others alone; the first error counts once all are gone."""
        first: BaseException | None = None
        tasks = dict(self._readers)
        while tasks:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                reader = tasks.pop(task)
                error = (
                    StreamEnded(f"{self._out.name}: its task was cancelled") if task.cancelled() else task.exception()
                )
                if error is not None and not isinstance(error, ITS_OWN):
                    return error
                first = first or error
                if error is not None and tasks:
                    await self._broken(reader, error)
        return first

    async def _broken(self, reader: Reader[T], error: XError) -> None:
        log.warning("%s: partition %s has ended, the others go on: %s", self._out.name, reader.partition, error)
        now = self._sender.transport.clock()
        told = StreamDisconnected(utc(now), error, final=True, partition=reader.partition)
        await self._out.tell(told, self._out.config.on_disconnect, error)

    async def _leave(self) -> None:
        if self._saving_soon is not None:
            self._saving_soon.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        try:
            await self._out.progress.save(now=True)
            if self._owns_store and isinstance(self._store, RedisCheckpoints):
                await self._store.aclose()
        except Exception as failure:  # a store of the user's raises what it likes: it comes out on leaving
            log.warning("%s: the last events handed out could not be noted: %s", self._out.name, failure)
            self._unsaved = failure

    def _save_beside(self) -> None:
        """Save what the consumer has dealt with, though nothing comes that would be an occasion."""
        self._saving_soon = None
        self._run_beside(self._out.note(now=True))

    def _search(self, call: Call[Any], position: Position, start: float, end: float) -> None:
        self._run_beside(self._searched(call, position, start, end))

    def _run_beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._ended_beside)

    def _ended_beside(self, task: asyncio.Task[None]) -> None:
        self._beside.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:  # of a hook, or of the store
            self._out.buffer.close(error)
            self.cancel()

    async def _searched(self, call: Call[Any], position: Position, start: float, end: float) -> None:
        try:
            async with contextlib.aclosing(searched(self._sender, call, start, end)) as found:
                async for post in found:
                    event: Streamed[Any] = post
                    key = key_of(event.data, b"")
                    if waiting := self._out.hand(event, key, made_at(event.data) or end, position, None):
                        await waiting
        except XError as error:
            await self._out.trouble(as_stream_error(self._out.name, error))
            await self._out.gap(start, end, f"searching for it failed: {error}", None)
        finally:
            position.searching = False
