"""From a source into a target: fetch the next bite while the last batch is written, and keep the place with the data."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

from xdk_async._core.given import check_count, check_hook, check_seconds
from xdk_async._core.hook import called
from xdk_async.errors import InvalidArgument, StoreFailed
from xdk_async.sink.bite import Bite
from xdk_async.sink.column import Table
from xdk_async.sink.display import Display, display
from xdk_async.sink.feed import Feed, feed_of
from xdk_async.sink.state import Reach, State, decoded, encoded
from xdk_async.sink.summary import Summary, Tally
from xdk_async.sink.target import Mode, Sink, sink_of, taken

T = TypeVar("T")
log: logging.Logger = logging.getLogger("xdk_async")

OnProgress: TypeAlias = Callable[[Summary], Awaitable[None] | None]


async def collect(
    source: AsyncIterable[Any],
    to: Sink | str | os.PathLike[str],
    *,
    limit: int | None = None,
    batch: int | None = None,
    every: float | None = None,
    mode: Mode = "resume",
    progress: bool | None = None,
    on_progress: OnProgress | None = None,
) -> Summary:
    """Write all that a query gives into a file or a table, an item per row, each with what its answer's includes hold for it.

    Called again with the same query and target it goes on where it stopped, whatever stopped it: a batch and the place
    after it are kept in one step. Memory stays constant. Cancelled, it writes what it has; an error it raises after that.

    Args:
        source: `Pages` of anything, a `Stream` that is not open yet, or anything to be gone through with `async for`
            that gives pages, events or structs.
        to: A path whose suffix says the format: `.jsonl`, `.ndjson`, both also with `.gz`, `.db`, `.sqlite`, `.parquet`,
            `.duckdb`; or a `Sink` with settings.
        limit: Items that the target holds of this query in the end, those of earlier runs included; None for all.
        batch: Items that are written at once: 1,000 for JSON Lines and SQLite, 10,000 for Parquet and DuckDB.
        every: Seconds after which they are written though they are fewer: 10, for Parquet 60.
        mode: `resume` goes on with the same query and refuses another; `append` adds another query's items to those
            that are there, and goes on with it as well; `overwrite` begins anew.
        progress: Whether to show it in the terminal (extra `cli`); None for yes if stderr is one and the extra is there.
        on_progress: Gets a `Summary` after each batch; sync or async. What it raises ends the collecting.

    Raises:
        InvalidArgument: No format has such a suffix, an extra is missing, or the target holds something else.
        StoreFailed: The target cannot be written. What was written before is whole.
        XError: What the source raises. Call it again to go on.
    """
    sink = sink_of(to)
    for name, value, least in (("limit", limit, 0), ("batch", batch, 1)):
        if value is not None:
            check_count(f"collect: {name}", value, least)
    if every is not None:
        check_seconds("collect: every", every, endless=True)
    check_hook("collect: on_progress", on_progress)
    if mode not in ("resume", "append", "overwrite"):
        raise InvalidArgument(f"collect(mode={mode!r}): resume, append or overwrite")
    with taken(sink):
        tally = Tally(sink.path)
        shown = display(progress, sink.path)
        feed = feed_of(source, tally.waits)
        work = Collecting(feed, sink, tally, limit, batch or sink.batch, every or sink.every, shown, on_progress)
        with shown:
            return await work.run(mode)


class Collecting:
    """One run.

    Args:
        feed: where from.
        sink: where to.
        tally: counts.
        limit: rows of the query in all.
        size: items of a batch.
        every: seconds of a batch.
        shown: what shows it in a terminal.
        on_progress: what else is told.
    """

    def __init__(
        self, feed: Feed, sink: Sink, tally: Tally, limit: int | None, size: int, every: float, shown: Display,
        on_progress: OnProgress | None,
    ) -> None:  # fmt: skip
        self._feed, self._sink, self._tally, self._limit = feed, sink, tally, limit
        self._size, self._every, self._shown, self._on_progress = size, every, shown, on_progress
        self._state, self._reach = State(), Reach()
        self._bites: list[Bite] = []  # fetched, and not written
        self._count = 0  # their items
        self._since = 0.0  # when the first of them came
        self._ahead: asyncio.Task[list[Bite]] | None = None
        self._is_whole = True  # nothing went wrong with the target

    async def run(self, mode: Mode) -> Summary:
        """Do it."""
        try:
            await self._open(await self._feed.table(), mode)
            if not self._reach.done and self._left() != 0:
                await self._feed.open(self._reach.position)
                await self._go_through()
            self._tally.done = True
            await self._finish()
            return self._tally.summary()
        finally:
            try:
                await self._feed.aclose()
            finally:
                await in_thread(self._sink.close)

    async def _open(self, table: Table, mode: Mode) -> None:
        def opened() -> bytes | None:
            self._sink.path.parent.mkdir(parents=True, exist_ok=True)
            if self._sink.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "it is a directory")
            return self._sink.open(table, mode)

        stored = await self._in_order(opened)
        self._state = decoded(stored, self._sink.path) if stored else State()
        self._tally.resumed = self._feed.query in self._state.queries
        self._reach = self._state.reach_of(self._feed.query, mode, self._sink.path)
        if self._tally.resumed and not self._feed.goes_on:
            if mode == "resume":
                raise InvalidArgument(
                    f"{self._sink.path} is there already, and what is collected cannot tell where it stopped: use"
                    f" mode='append' to add to it, or mode='overwrite' to begin anew"
                )
            self._reach.done = False
        self._tally.total = self._reach.items

    def _left(self) -> int | None:
        """Items that are still wanted."""
        return None if self._limit is None else max(self._limit - self._reach.items - self._count, 0)

    async def _go_through(self) -> None:
        try:
            while await self._fill():
                await self._write(more=True)
            await self._write()
        except BaseException:
            await self._end_ahead()
            if self._is_whole:
                await self._write(told=False)  # what was fetched was paid for
                if self._feed.endless:
                    await self._finish()
            raise

    async def _fill(self) -> bool:
        """Fetch until there is a batch to write; False once nothing more comes."""
        time = asyncio.get_running_loop().time
        while self._count < self._size:
            if not self._fetch_ahead():
                return False
            assert self._ahead is not None
            due = max(self._since + self._every - time(), 0) if self._bites else None
            done, _ = await asyncio.wait((self._ahead,), timeout=due)
            if not done:
                return True
            self._take_ahead(time())
        return True

    def _fetch_ahead(self) -> bool:
        """Begin to fetch what comes next; False if nothing more is wanted, or there."""
        if self._ahead is None and not self._feed.done and self._left() != 0:
            self._ahead = asyncio.create_task(self._feed.next(self._left()))
        return self._ahead is not None

    def _take_ahead(self, now: float) -> None:
        """Take in what was fetched; raises what fetching it raised."""
        ahead, self._ahead = self._ahead, None
        assert ahead is not None
        bites = ahead.result()
        if bites and not self._bites:
            self._since = now
        for bite in bites:
            self._bites.append(bite)
            self._count += len(bite.items)
            self._tally.pages += bite.pages
            self._tally.cost += bite.cost
        self._shown.update(self._tally.summary(), self._count)

    async def _end_ahead(self) -> None:
        """Stop fetching. What has come at the very last is taken in: the place is after it."""
        ahead = self._ahead
        if ahead is None:
            return
        ahead.cancel()
        await settled(ahead)
        if ahead.cancelled() or ahead.exception() is not None:
            self._ahead = None
        else:
            self._take_ahead(self._since)

    async def _write(self, *, more: bool = False, told: bool = True) -> None:
        """Write what was fetched, with the place after it; meanwhile, if there is to be `more`, the next is fetched."""
        bites, self._bites = self._bites, []
        count, self._count = self._count, 0
        if not bites:
            return
        self._reach.position, self._reach.done = self._feed.position(), self._feed.done
        before = self._reach.items
        self._reach.items += count
        state = encoded(self._state)
        if more:
            self._fetch_ahead()

        def written() -> int:
            return self._sink.write([row for bite in bites for row in bite.flattened()], state)

        added = await self._in_order(written)
        self._reach.items = before + added
        self._tally.items, self._tally.total = self._tally.items + added, self._reach.items
        summary = self._tally.summary()
        self._shown.update(summary, self._count)
        if told:
            await called(self._on_progress, summary)

    async def _finish(self) -> None:
        state = encoded(self._state)
        await self._in_order(lambda: self._sink.finish(state))

    async def _in_order(self, work: Callable[[], T]) -> T:
        """Work on the target, in a thread; its own errors come out as ours."""

        def guarded() -> T:
            try:
                return work()
            except InvalidArgument:
                raise
            except self._sink.troubles as error:
                raise StoreFailed(f"{self._sink.path} does not work: {error}") from error

        try:
            return await in_thread(guarded)
        except Exception:
            self._is_whole = False
            raise


async def in_thread(work: Callable[[], T]) -> T:
    """Run to the end, whatever happens to the caller meanwhile: a cancellation comes out after it."""
    running = asyncio.get_running_loop().run_in_executor(None, work)  # no task: nobody can cancel it
    await settled(running)
    return running.result()


async def settled(task: asyncio.Future[Any]) -> None:
    """Wait for the end of a task. A cancellation of the caller comes out after it."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as again:
            cancelled = again
    if cancelled is not None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("while being cancelled: %s", error)
        raise cancelled
