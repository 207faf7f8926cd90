"""The sandbox's only source of time, which can be stopped and moved."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ROUNDING = 1e-6  # seconds: sums of moments are not exact


class Clock:
    """Tells the time and waits. Whatever the sandbox does at a moment or for a while, it does by this one object.

    `freeze`, `advance` and `resume` may be called from any thread; who waits notices at once.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._offset = 0.0  # seconds that this clock is ahead of the one it follows
        self._frozen: float | None = None
        self._sleepers: set[Sleeper] = set()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now() + self._offset if self._frozen is None else self._frozen

    def ms(self) -> int:
        """Milliseconds since 1970."""
        return round(self.now() * SECOND)

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen is not None

    @property
    def offset(self) -> float:
        """Seconds that this clock is ahead of the real one."""
        return self.now() - self._now()

    def freeze(self, at: float | None = None) -> None:
        """Stop time, now or at a moment in seconds since 1970; it then moves by `advance` alone.

        Raises:
            ValueError: The moment is in the past.
        """
        now = self.now()
        if at is not None and not (now <= at < math.inf):
            raise ValueError(f"time moves forward only, not by {at - now:g} seconds")
        self._frozen = now if at is None else at
        self._look()

    def advance(self, seconds: float) -> None:
        """Move time forward, standing or running. What was to happen meanwhile happens now, once.

        Raises:
            ValueError: That would be backward: ids and windows rely on time that rises.
        """
        if not (0 <= seconds < math.inf):
            raise ValueError(f"time moves forward only, not by {seconds:g} seconds")
        if self._frozen is None:
            self._offset += seconds
        else:
            self._frozen += seconds
        self._look()

    def resume(self) -> None:
        """Let time run on from where it stands."""
        if self._frozen is not None:
            self._offset = self._frozen - self._now()
            self._frozen = None
            self._look()

    def put_back(self, offset: float, frozen: float | None) -> None:
        """Go by another offset from the real time, or stand still at a moment: for state that was kept."""
        self._offset, self._frozen = offset, frozen
        self._look()

    async def sleep(self, seconds: float) -> None:
        """Return `seconds` later."""
        sleeper = Sleeper(self, self.now() + seconds)
        self._sleepers.add(sleeper)
        try:
            sleeper.look()
            await sleeper.woken
        finally:
            self._sleepers.discard(sleeper)
            sleeper.stop()

    def _look(self) -> None:
        for sleeper in [*self._sleepers]:
            sleeper.call()


class Sleeper:
    """Somebody who waits until a moment, in an event loop of their own."""

    def __init__(self, clock: Clock, until: float) -> None:
        self._clock = clock
        self._until = until
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.woken: asyncio.Future[None] = self._loop.create_future()

    def call(self) -> None:
        """Have the time looked at anew, from whatever thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.look)

    def look(self) -> None:
        """Wake up if it is time, or set the timer."""
        self.stop()
        left = self._until - self._clock.now()
        if left <= ROUNDING:
            self._wake()
        elif not self._clock.is_frozen and not self.woken.done():
            self._timer = self._loop.call_later(left, self._wake)

    def stop(self) -> None:
        """Set no timer any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        if not self.woken.done():
            self.woken.set_result(None)


def iso(ms: int) -> str:
    """Milliseconds since 1970 as X writes times: UTC, with three decimals and a `Z`."""
    return datetime.fromtimestamp(ms / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % SECOND:03d}Z"


def parsed(text: str) -> int | None:
    """`YYYY-MM-DDTHH:mm:ssZ` as milliseconds since 1970; None if it is anything else."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()) * SECOND
    except ValueError:
        return None
