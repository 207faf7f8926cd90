"""Rate limits: so many calls of an operation with one token in 15 minutes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from xdk_async._core.operation import Auth
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.access import Caller
from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.problem import blank

WINDOW = 15 * 60
DEFAULTS = {Auth.APP: 450}
USER_DEFAULT = 900


@dataclass(slots=True)
class Window:
    """What was used of a limit until it starts anew."""

    reset: int
    used: int = 0


class RateLimits:
    """Counts calls. `limits` may be changed at any time: operation name → calls per window, for every token."""

    def __init__(self, clock: Clock, limits: Mapping[str, int]) -> None:
        if unknown := set(limits) - set(OPERATIONS):
            raise ValueError(
                f"no operation is called {', '.join(sorted(unknown))}; names are like 'posts.search_recent'"
            )
        self.limits: dict[str, int] = dict(limits)
        self._clock = clock
        self._windows: dict[tuple[str, str], Window] = {}

    def count(self, operation: str, caller: Caller) -> dict[str, str]:
        """Count a call and give the headers that tell what is left.

        Raises:
            Refusal: Nothing was left.
        """
        limit = self.limits.get(operation, DEFAULTS.get(caller.auth, USER_DEFAULT))
        window = self._window(operation, caller.token)
        spent = window.used >= limit
        if not spent:
            window.used += 1
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(limit - window.used, 0)),
            "x-rate-limit-reset": str(window.reset),
        }
        if spent:
            problem = blank(429, "Too Many Requests")
            problem.headers = headers
            raise problem
        return headers

    def _window(self, operation: str, token: str) -> Window:
        now = self._clock.now()
        window = self._windows.get((operation, token))
        if window is None or now >= window.reset:
            window = self._windows[operation, token] = Window(math.ceil(now) + WINDOW)
        return window
