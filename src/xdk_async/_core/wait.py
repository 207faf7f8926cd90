"""One call's patience: how long it may wait in all, and what is told before it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from xdk_async._core.hook import called
from xdk_async._core.limits import DAY, QUARTER, RateLimit
from xdk_async._core.observer import Observer
from xdk_async._core.operation import Call
from xdk_async._core.retry import Policy
from xdk_async._core.window import LATE, Hold
from xdk_async.errors import RateLimited, XError


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that is about to begin."""

    operation: str
    """Name of the operation, such as `posts.search_recent`; of calls by `request()`, method and path."""
    why: Literal["window", "spacing", "retry"]
    """`window`: used up. `spacing`: calls keep a distance. `retry`: an attempt failed."""
    seconds: float
    """How long it takes, as far as is known."""
    until: datetime
    """When it ends, in UTC."""
    attempt: int
    """Which attempt of the call waits to be made, from 1."""
    error: XError | None = None
    """What the attempt before ended with; None if there was none."""


OnWait: TypeAlias = Callable[[Wait], Awaitable[None] | None]


@dataclass(slots=True)
class Patience:
    """Of one call, over all its attempts."""

    call: Call[Any]
    policy: Policy
    ends: float | None
    """The deadline, in seconds since the epoch; None without one."""
    on_wait: OnWait | None = None
    observer: Observer | None = None
    attempt: int = 1
    waited: float = 0.0
    """Seconds spent on used-up windows."""
    is_trial: bool = False
    """Whether this call finds out for others whether X takes calls again."""
    in_doubt: bool = False
    """Whether an attempt failed that X may have carried out."""
    lost: bool = False
    """Whether the answer of an attempt got lost on its way."""
    doubted: int = 0
    """Millionths of a US dollar that attempts without an answer may have cost."""
    error: XError | None = field(default=None)
    """What the last attempt ended with."""

    def allows(self, hold: Hold, now: float) -> bool:
        """Whether the call may wait that long. Only used-up windows are a matter of policy."""
        if self.ends is not None and hold.why != "answer" and now + hold.seconds >= self.ends:
            return False
        if hold.why != "window":
            return True
        return self.policy.on_limit != "raise" and self.waited + hold.seconds - LATE <= self.policy.max_wait

    async def tell(self, why: Literal["window", "spacing", "retry"], seconds: float, now: float) -> None:
        """Tell whoever wants to know that the call is going to wait."""
        if self.observer is not None:
            self.observer.waits(self.call.operation.name, why, seconds)
        if self.on_wait is None:
            return
        until = datetime.fromtimestamp(now + seconds, UTC)
        await called(self.on_wait, Wait(self.call.endpoint, why, seconds, until, self.attempt, self.error))

    def held(self, hold: Hold, now: float) -> RateLimited:
        """What a call raises that may not wait for its window."""
        opens = datetime.fromtimestamp(now + hold.seconds, UTC)
        window: Literal["15min", "24h"] = "24h" if hold.every > QUARTER else "15min"
        error = RateLimited(
            f"{self.call.method} {self.call.path} was not sent: the window of {window} is used up"
            f" and opens at {opens:%Y-%m-%d %H:%M:%S} UTC{self.too_late(hold.seconds)}",
            status=429,
            method=self.call.method,
            path=self.call.path,
            rate_limit=RateLimit(hold.calls, 0, opens, window),
        )
        error.sent, error.attempt = False, self.attempt
        return error

    def too_late(self, seconds: float) -> str:
        """Why the call does not wait that long for a window, and what would let it: the end of a message."""
        if self.policy.on_limit == "raise":
            return ""
        if self.waited + seconds - LATE <= self.policy.max_wait:
            return ", after the deadline"
        enough = QUARTER if seconds <= QUARTER + LATE else DAY
        return f", later than max_wait={self.policy.max_wait:g} seconds allows: with_options(max_wait={enough:.0f}) waits for it"
