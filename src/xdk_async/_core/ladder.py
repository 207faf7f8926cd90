"""When a stream connects again. Decides, never sleeps. Pure: time and chance are arguments.

The steps are X's own: https://docs.x.com/x-api/fundamentals/handling-disconnections (network: at once, then 250 ms more
each time up to 16 s; HTTP errors: 5 s doubling up to 320 s; 429: 60 s doubling).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from xdk_async.errors import RateLimited, ServerError, TooManyConnections, XError

NETWORK_STEP, NETWORK_CAP = 0.25, 16.0
HTTP_FIRST, HTTP_CAP = 5.0, 320.0
LIMITED_FIRST, LIMITED_CAP = 60.0, 900.0  # no window that X documents for connecting is longer
CROWDED_FIRST, CROWDED_CAP = 1.0, 60.0  # X still counts a connection that was lost: seconds, seldom more
SOONEST = 1.0  # seconds to wait for a window that seems to be open already: clocks differ
FURTHEST_RESET = 86_400.0  # seconds: a window that opens later than that is a mistake
MOST_CONNECTS, WINDOW = 50, 900.0  # X's limit on connecting: 50 in 15 minutes
JITTER = 0.25


@dataclass(frozen=True, slots=True)
class Steps:
    """A caller's own steps in place of X's for lost connections and server errors; None for X's."""

    first: float | None = None
    cap: float | None = None
    factor: float | None = None
    jitter: bool = False

    @property
    def own(self) -> bool:
        """Whether there are any."""
        return not (self.first is None and self.cap is None and self.factor is None)

    def own_wait(self, number: int) -> float:
        """Seconds before the attempt with that number, from 0; what is not set is as in the official SDK."""
        first = 1.0 if self.first is None else self.first
        cap = 64.0 if self.cap is None else self.cap
        factor = 2.0 if self.factor is None else self.factor
        try:
            return min(first * factor**number, cap)
        except OverflowError:
            return cap


@dataclass(slots=True)
class Ladder:
    """The waits of one connection, longer with each attempt in a row until it has proved itself."""

    steps: Steps = field(default_factory=Steps)
    chance: Callable[[], float] = lambda: 0.0
    attempts: int = 0
    """Attempts in a row that failed, or led to a connection that did not last."""
    since: float | None = None
    """When the first of them failed, in seconds since the epoch."""
    _network: int = 0
    _http: int = 0
    _limited: int = 0
    _crowded: int = 0

    def lost(self, now: float) -> float:
        """Seconds to wait after an open connection was lost or closed: none the first time."""
        return self._jittered(self._wait_network(now))

    def failed(self, error: XError, now: float) -> float:
        """Seconds to wait after an attempt failed."""
        if isinstance(error, TooManyConnections):
            wait = self._count(now, "_crowded", CROWDED_FIRST, CROWDED_CAP)
        elif isinstance(error, RateLimited):
            told = opens_in(error, now)
            wait = self._count(now, "_limited", LIMITED_FIRST, LIMITED_CAP)
            if told is not None and (told > SOONEST or self._limited == 1):  # else it was said before, and was not so
                wait = told
        elif isinstance(error, ServerError) and not self.steps.own:
            wait = self._count(now, "_http", HTTP_FIRST, HTTP_CAP)
        else:
            self._network = max(self._network, 1)
            wait = self._wait_network(now)
        return self._jittered(wait)

    def proved(self) -> None:
        """Start over: the connection has lasted."""
        self.attempts, self.since = 0, None
        self._network = self._http = self._limited = self._crowded = 0

    def _wait_network(self, now: float) -> float:
        self._begin(now)
        number, self._network = self._network, self._network + 1
        if self.steps.own:
            return self.steps.own_wait(self.attempts - 1)
        return min(NETWORK_STEP * number, NETWORK_CAP)

    def _count(self, now: float, kind: str, first: float, cap: float) -> float:
        self._begin(now)
        number: int = getattr(self, kind)
        setattr(self, kind, number + 1)
        return min(first * 2.0 ** min(number, 20), cap)

    def _begin(self, now: float) -> None:
        self.attempts += 1
        self.since = now if self.since is None else self.since

    def _jittered(self, wait: float) -> float:
        return wait * (1 + JITTER * self.chance()) if self.steps.jitter else wait


def opens_in(error: RateLimited, now: float) -> float | None:
    """Seconds until X lets one in again, if it says so in a way that can be true."""
    if error.retry_after is not None:
        return min(error.retry_after, FURTHEST_RESET)
    if error.reset_at is None:
        return None
    wait = error.reset_at.timestamp() - now
    return max(wait, SOONEST) if -LIMITED_CAP < wait <= FURTHEST_RESET else None


class Connects:
    """Counts attempts to connect, so that X's limit on them is never reached, however a server behaves."""

    __slots__ = ("_times", "most")

    def __init__(self, most: int = MOST_CONNECTS) -> None:
        self.most = most
        self._times: deque[float] = deque(maxlen=most)

    def wait(self, now: float) -> float:
        """Seconds until one more attempt is within the limit."""
        if len(self._times) < self.most:
            return 0.0
        return min(max(self._times[0] + WINDOW - now, 0.0), WINDOW)  # a clock that was set back must not wait for ever

    def count(self, now: float) -> None:
        """An attempt is made."""
        self._times.append(now)


def utc(seconds: float) -> datetime:
    """A moment as a `datetime`."""
    return datetime.fromtimestamp(seconds, UTC)
