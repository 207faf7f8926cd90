"""One connection after another of one stream or partition, until it ends for good."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from xdk_async._core.answer import Streamed
from xdk_async._core.bind import parameters
from xdk_async._core.connection import Connection
from xdk_async._core.event import StreamDisconnected, StreamReconnecting
from xdk_async._core.hook import called
from xdk_async._core.ladder import Connects, Ladder, utc
from xdk_async._core.listening import Listening
from xdk_async._core.operation import Call
from xdk_async._core.outlet import Outlet, as_stream_error
from xdk_async._core.recovery import Plan, Position, Way, plan
from xdk_async._core.sender import Sender
from xdk_async.errors import (
    AuthenticationError,
    BadRequest,
    Forbidden,
    RateLimited,
    ServerError,
    StreamEnded,
    TimedOut,
    TooManyConnections,
    TransportError,
    XError,
)

T = TypeVar("T")
log = logging.getLogger("xdk_async")


@dataclass(slots=True)
class Reader(Generic[T]):
    """Reads one stream."""

    sender: Sender
    call: Call[Streamed[T]]
    out: Outlet[T]
    position: Position
    connects: Connects
    partition: int | None = None
    take_over: Callable[[], Awaitable[None]] | None = None
    search: Callable[[float, float], None] | None = None
    ladder: Ladder = field(default_factory=Ladder)
    _skew: float = 0.0  # X's clock less ours
    _been_open: bool = False
    _tried_again: bool = False  # after a 401
    _started: float = 0.0

    async def run(self) -> None:
        """Read until the end that the call asks for.

        Raises:
            XError: The stream cannot go on.
        """
        self._started = self.sender.transport.clock()
        self.ladder.steps, self.ladder.chance = self.out.config.steps, self.sender.transport.chance
        while True:
            await self._pause(self.connects.wait(self.sender.transport.clock()))
            planned, asked_at = self._planned(), self.sender.transport.clock()
            try:
                connection = await self._connect(planned)
            except XError as error:
                if not self._was_refused(planned, error):
                    await self._failed(error)
                continue
            lost = await self._listen(connection, planned, asked_at)
            if lost is None and self._has_end:
                return
            await self._lost(lost)

    def _planned(self) -> Plan | None:
        """What to ask X to send again; None if nothing was missed."""
        if self.position.until is None or self.position.open or self.position.searching:
            return None
        unwanted: set[Way] = {"backfill"} if self._has_end or self._declines_backfill else set()
        ways: list[Way] = [way for way in self.out.config.recovery if way not in unwanted]
        offered = parameters(self.call.operation)
        return plan(self.position.until, self.sender.transport.clock() + self._skew, ways, offered, self.out.refused)

    async def _connect(self, planned: Plan | None) -> Connection:
        call = self.call if planned is None else self.call.with_query(planned.changes)
        await self.sender.bill(call).admit()
        self.connects.count(self.sender.transport.clock())
        return await self.sender.connect(call, self.out.config.timeout)

    async def _listen(self, connection: Connection, planned: Plan | None, asked_at: float) -> XError | None:
        """Read a connection to its end; the error it ended with, None if X closed it properly."""
        listening = Listening(
            connection,
            self.call,
            self.out,
            self.position,
            self.ladder,
            self.sender.transport.clock,
            self.partition,
            self.search,
            self.sender.bill(self.call),
            self.sender.options.keep_raw,
        )
        first, self._been_open, self._tried_again = not self._been_open, True, False
        try:
            await listening.opened(planned, asked_at, first=first)
            return await listening.read()
        finally:
            self._skew = listening.skew
            await listening.closed()

    def _was_refused(self, planned: Plan | None, error: XError) -> bool:
        """Whether it was for what X was asked to send again, so that another attempt without it is worth while."""
        if planned is None or planned.way is None or not isinstance(error, (BadRequest, Forbidden)):
            return False
        log.info("%s: X refuses recovery by %s: %s", self.out.name, planned.way, error)
        self.out.refused.add(planned.way)
        return True

    async def _failed(self, error: XError) -> None:
        """Wait for the next attempt; raises if none is worth while."""
        if isinstance(error, AuthenticationError) and not self._tried_again and self._may_let_in():
            self._tried_again = True
            return
        now = self.sender.transport.clock()
        if not is_passing(error) or self._may_not_wait(error):
            await called(self.out.config.on_error, as_stream_error(self.out.name, error))
            raise error
        delay = self.ladder.failed(error, now)
        await self.out.trouble(as_stream_error(self.out.name, error))
        if isinstance(error, TooManyConnections) and self.take_over is not None:
            await self.take_over()
        await self._again(error, delay)

    def _may_let_in(self) -> bool:
        """Whether X may take the next attempt after a 401: it has before, or the token will be another."""
        return self._been_open or self.sender.may_get_another_token(self.call)

    def _may_not_wait(self, error: XError) -> bool:
        if isinstance(error, RateLimited):
            return self.sender.options.policy.on_limit == "raise"
        return isinstance(error, TimedOut) and error.phase == "deadline" and not self._been_open

    async def _lost(self, error: XError | None) -> None:
        now = self.sender.transport.clock()
        delay = self.ladder.lost(now)
        if error is not None:
            await self.out.trouble(as_stream_error(self.out.name, error))
        lost = StreamDisconnected(utc(now), error, partition=self.partition)
        await self.out.tell(lost, self.out.config.on_disconnect, error)
        await self._again(error, delay)

    async def _again(self, error: XError | None, delay: float) -> None:
        self._check_end(error, delay)
        attempt = self.ladder.attempts
        log.info("%s: attempt %d in %.2f s", self.out.name, attempt, delay)
        self.out.stats.retrying(attempt, delay)
        told = StreamReconnecting(attempt, delay, error, self.partition)
        await self.out.tell(told, self.out.config.on_reconnect, attempt, delay)
        await self._pause(delay)

    def _check_end(self, error: XError | None, delay: float) -> None:
        """Raise if there are to be no more attempts."""
        now, config = self.sender.transport.clock(), self.out.config
        most = config.most_retries(been_open=self._been_open)
        spent = now - (now if self.ladder.since is None else self.ladder.since) + delay
        deadline = self.sender.options.deadline
        late = deadline is not None and not self._been_open and now - self._started + delay >= deadline
        used_up = most is not None and self.ladder.attempts > most
        if not (late or used_up or (config.max_elapsed is not None and spent > config.max_elapsed)):
            return
        if error is not None and not self._been_open:
            raise error
        why = f"{error}" if error is not None else f"{self.out.name}: X closed the stream"
        kind = as_stream_error(self.out.name, error)
        message = f"{why}; after {self.ladder.attempts - 1} attempts in a row there are no more"
        raise StreamEnded(message, kind.error_type, error, kind.status_code, kind.response_body) from error

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            await self.sender.transport.sleep(seconds)

    @property
    def _declines_backfill(self) -> bool:
        return dict(self.call.query).get("backfill_minutes") == "0"

    @property
    def _has_end(self) -> bool:
        return "end_time" in dict(self.call.query)


def is_passing(error: XError) -> bool:
    """Whether the trouble may be over soon."""
    return isinstance(error, (TransportError, ServerError, RateLimited, TooManyConnections))
