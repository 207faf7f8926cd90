"""Rate limits, as X publishes them: so many calls of an operation in a window, for an app and for each of its users."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from xdk_async._core.limits import Allowance
from xdk_async._core.operation import Auth
from xdk_async.api.limits import LIMITS
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.access import Caller
from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.problem import blank

Side: TypeAlias = Literal["app", "user"]
QUARTER, DAY = 15 * 60, 24 * 60 * 60
EVERY = "*"
APP = Allowance(450, QUARTER)  # where nothing is published
USER = Allowance(900, QUARTER)


@dataclass(slots=True)
class Window:
    """What was used of an allowance until it starts anew."""

    side: Side
    calls: int
    seconds: int
    reset: int
    used: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.used >= self.calls

    def headers(self) -> dict[str, str]:
        """How X tells of it."""
        prefix = f"x-{self.side}-limit-24hour" if self.seconds == DAY else "x-rate-limit"
        left = max(self.calls - self.used, 0)
        return {
            f"{prefix}-limit": str(self.calls),
            f"{prefix}-remaining": str(left),
            f"{prefix}-reset": str(self.reset),
        }


class RateLimits:
    """Counts calls. `limits` may be changed at any time: operation name, or `*` for all others → calls per 15 minutes.

    Whoever has such a limit has no other one; without it, X's published limits hold, those of 24 hours and of a second
    included. Calls are counted for the app, or for the user: a new token of the same user does not start anew.
    """

    def __init__(self, clock: Clock, limits: Mapping[str, int]) -> None:
        self.limits: dict[str, int] = {}
        self.replace(limits)
        self.windows: dict[tuple[str, str, int], Window] = {}  # by operation, principal, and length
        self._clock = clock

    def replace(self, limits: Mapping[str, int]) -> None:
        """Set all limits of one's own.

        Raises:
            ValueError: There is no such operation.
        """
        if unknown := set(limits) - set(OPERATIONS) - {EVERY}:
            raise ValueError(
                f"no operation is called {', '.join(sorted(unknown))}; names are like 'posts.search_recent', or '*'"
            )
        self.limits = dict(limits)

    def count(self, operation: str, caller: Caller) -> dict[str, str]:
        """Count a call and give the headers that tell what is left.

        Raises:
            Refusal: Nothing was left.
        """
        windows = [self._window(operation, *each) for each in self._allowed(operation, caller)]
        spent = [window for window in windows if window.is_spent]
        if not spent:
            for window in windows:
                window.used += 1
        headers: dict[str, str] = {}
        for window in sorted(windows, key=lambda each: (each in spent, each.seconds)):  # what matters most goes last
            headers |= window.headers()
        if spent:
            problem = blank(429, "Too Many Requests")
            problem.headers = headers
            raise problem
        return headers

    def _allowed(self, operation: str, caller: Caller) -> Iterable[tuple[Side, str, Allowance]]:
        """The allowances that a call uses: the side, the principal, and how much."""
        own: Side = "app" if caller.auth is Auth.APP else "user"
        principal = caller.user_id or "app"
        own_limit = self.limits.get(operation, self.limits.get(EVERY))
        if own_limit is not None:
            yield own, principal, Allowance(own_limit, QUARTER)
            return
        published = LIMITS.get(operation)
        found: tuple[Allowance, ...] = getattr(published, own) if published else ()
        for allowance in found or (APP if own == "app" else USER,):
            yield own, principal, allowance
        if published and own == "user" and not OPERATIONS[operation].auth & Auth.APP:
            for allowance in published.app:  # all users of the app together
                if all(allowance.calls >= each.calls for each in found if each.seconds == allowance.seconds):
                    yield "app", "app", allowance

    def _window(self, operation: str, side: Side, principal: str, allowance: Allowance) -> Window:
        now = self._clock.now()
        key = (operation, principal, allowance.seconds)
        window = self.windows.get(key)
        if window is None or now >= window.reset:
            window = Window(side, allowance.calls, allowance.seconds, math.ceil(now) + allowance.seconds)
            self.windows[key] = window
        window.calls = allowance.calls
        return window
