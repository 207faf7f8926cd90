"""One open connection of a stream, from its headers to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar

from xdk_async._core.answer import Streamed
from xdk_async._core.connection import Connection
from xdk_async._core.event import InBandErrors, StreamConnected, UndecodableLine, UnknownMessage
from xdk_async._core.frames import Frames, TooLong
from xdk_async._core.ladder import Ladder, utc
from xdk_async._core.ledger import Bill
from xdk_async._core.operation import Call
from xdk_async._core.outlet import Outlet, place
from xdk_async._core.read import read_line
from xdk_async._core.recovery import Plan, Position, key_of, made_at
from xdk_async.api import models
from xdk_async.errors import Disconnected, TimedOut, XError

T = TypeVar("T")
log = logging.getLogger("xdk_async")
PROVED = 30.0  # seconds that a connection lasts, with data or heartbeats, until its losses count from the first again
QUIET = 5.0  # seconds without data before a heartbeat that show that nothing missed is still to come
RECOVERED = 300.0  # seconds after which everything that X sends again has come
FAREWELL = 1.0  # seconds without a byte that X has, once it has said that the connection is over, to close it
ENDS = ("operational-disconnect", "streaming-connection")  # problems that are about the connection itself
SLACK = 1.0  # seconds by which our own watchdog is later than the transport's, which says more


@dataclass(slots=True)
class Listening(Generic[T]):
    """Reads one connection and puts what it brings into the outlet."""

    connection: Connection
    call: Call[Streamed[T]]
    out: Outlet[T]
    position: Position
    ladder: Ladder
    clock: Callable[[], float]
    partition: int | None
    search: Callable[[float, float], None] | None
    bill: Bill
    keep_raw: bool = False
    skew: float = 0.0  # X's clock less ours
    connected_at: float = 0.0  # by X's clock, as all times here
    data_at: float = 0.0
    is_over: bool = False  # X has said so

    async def opened(self, planned: Plan | None, asked_at: float, *, first: bool) -> None:
        """Take note of the connection, and of what it does not bring back.

        Args:
            planned: what X was asked to send again; None if nothing was missed.
            asked_at: when it was asked for the connection: from then on X may have sent, by our clock.
            first: whether it is the first connection of all.
        """
        self.skew = skew(self.connection.headers.get("date"), self.clock())
        now = self.connected_at = self.data_at = self.now()
        since, start = self.position.until, self.position.surely
        self.position.connected(asked_at + self.skew, self._reaches(planned, first=first))
        self.out.stats.opened(now - self.skew)
        self.out.stats.reconnects += not first
        if self.out.observer is not None:
            self.out.observer.stream_opened(self.out.name, again=not first)
        self.out.progress.begin(place(self.partition), self.position.until or now)
        recovering = utc(self.position.until) if self.position.recovering and self.position.until else None
        log.info("%s: connected", self.out.name)
        told = StreamConnected(utc(now - self.skew), self.ladder.attempts + 1, recovering, self.partition)
        await self.out.tell(told, self.out.config.on_connect)
        self.out.has_opened = True
        self.out.begun.set()
        if planned is not None and since is not None and start is not None and planned.reaches > since:
            await self._missed(start, planned)

    async def closed(self) -> None:
        """Take note of its end."""
        self.position.disconnected()
        self.out.stats.closed()
        if self.out.observer is not None:
            self.out.observer.stream_closed(self.out.name)
        await self.connection.aclose()

    async def read(self) -> XError | None:
        """Read to the end; the error it ended with, None if X closed it properly."""
        frames = Frames(self.out.config.longest_line)
        silence, loop = self.out.config.timeout, asyncio.get_running_loop()
        watchdog = asyncio.timeout(None)
        try:
            async with watchdog, contextlib.aclosing(aiter(self.connection)) as chunks:
                while True:
                    patience = FAREWELL if self.is_over else None if silence is None else silence + SLACK
                    watchdog.reschedule(None if patience is None else loop.time() + patience)
                    try:
                        chunk = await anext(chunks, None)
                    except XError as error:
                        return error
                    watchdog.reschedule(None)  # what the consumer takes is not X's silence
                    if chunk is None:
                        break
                    self.out.stats.received(len(chunk), self.clock())
                    now = self.now()
                    for line in frames.feed(chunk):
                        if type(line) is not bytes or not line or self.ladder.attempts:
                            await self._line(line)
                        elif waiting := self._event(line, now):  # the usual way, with as few steps as it can have
                            await waiting
        except TimeoutError:
            if not watchdog.expired():
                raise
            where = f"{self.call.method} {self.call.path}"
            if self.is_over:
                return Disconnected(f"{where}: X said that the connection is over, and did not close it", sent=True)
            return TimedOut(f"{where}: nothing came for {silence} s", sent=True, phase="read")
        if read_line(self.call, rest := frames.finish().strip()).is_json:  # a torn last line is not an event
            await self._line(rest)
        return None

    def now(self) -> float:
        """The time by X's clock."""
        return self.clock() + self.skew

    def _reaches(self, planned: Plan | None, *, first: bool) -> float | None:
        """From when on X sends again."""
        if planned is not None:
            return planned.reaches if planned.way is not None else None
        minutes = dict(self.call.query).get("backfill_minutes", "") if first else ""  # what the caller asked for
        return self.connected_at - int(minutes) * 60 if minutes.isdecimal() and int(minutes) else None

    async def _missed(self, start: float, planned: Plan) -> None:
        """What X does not send again is searched for, or a gap."""
        end = planned.reaches if planned.way is not None else self.connected_at
        if "search" in self.out.config.recovery and self.search is not None:
            self.position.searching, self.position.until = True, start
            self.search(start, end)
            return
        if planned.way is not None:
            reason = "it is further back than X sends again"
        elif not self.out.config.recovery:
            reason = "recovery is switched off"
        elif self.out.refused:
            reason = f"X refuses recovery by {' and '.join(sorted(self.out.refused))}"
        else:
            reason = "X offers no recovery here"
        await self.out.gap(start, end, reason, self.partition)

    async def _line(self, line: bytes) -> None:
        now = self.now()
        if isinstance(line, TooLong):
            start = self.position.surely
            await self.out.message(UndecodableLine(bytes(line), line.size))
            await self.out.gap(now if start is None else start, now, "a line was too long to be held", self.partition)
            return
        if line:
            if waiting := self._event(line, now):
                await waiting
        else:
            if now - self.data_at >= QUIET:
                self.position.recovering = False
            self.position.alive(now)
            await self.out.note()
        if self.ladder.attempts and now - self.connected_at >= PROVED:
            self.ladder.proved()

    def _event(self, line: bytes, now: float) -> Awaitable[None] | None:
        """Take a line in; what is to be awaited, if it is no event, or finds no room."""
        found = read_line(self.call, line, keep_raw=self.keep_raw)
        self.data_at = now
        if now - self.connected_at >= RECOVERED:
            self.position.recovering = False
        if found.message is not None:
            return self._message(found.message, now)
        if found.event is None:
            return None
        made = made_at(found.event.data)
        if made is not None:
            self.out.stats.lag = max(now - made, 0.0)
        if self.out.observer is not None:
            self.out.observer.stream_event(self.out.name, None if made is None else self.out.stats.lag)
        self.position.arrived(now, made, self.connected_at)
        key, at = key_of(found.event.data, line), now if made is None else made
        self.bill.charge_event(found.event)
        if self.bill.is_budgeted and found.event.microdollars:
            return self._budgeted(found.event, key, at)
        return self.out.hand(found.event, key, at, self.position, self.partition)

    async def _budgeted(self, event: Streamed[T], key: str, at: float) -> None:
        await self.bill.settle_event(event)
        if waiting := self.out.hand(event, key, at, self.position, self.partition):
            await waiting
        await self.bill.admit()

    async def _message(self, message: InBandErrors | UnknownMessage | UndecodableLine, now: float) -> None:
        if not isinstance(message, UndecodableLine):
            self.position.alive(now)
        self.is_over = self.is_over or (isinstance(message, InBandErrors) and any(map(is_end, message.errors)))
        await self.out.message(message)


def is_end(problem: models.Problem) -> bool:
    """Whether it is about the connection itself, so that X sends nothing more."""
    name = (problem.type or problem.title or "").rsplit("/", 1)[-1]
    return name in ENDS or problem.disconnect_type is not None or problem.connection_issue is not None


def skew(date: str | None, now: float) -> float:
    """Seconds by which X's clock is ahead of ours, from an answer's `date`; below two seconds it cannot be told."""
    try:
        found = parsedate_to_datetime(date).timestamp() - now if date else 0.0
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return found if abs(found) > 2 else 0.0
