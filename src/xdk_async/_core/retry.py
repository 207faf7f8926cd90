"""Whether a call is repeated, and after how long. Decides, never sleeps. Pure: time and chance are arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from xdk_async.errors import Disconnected, RateLimited, ServerError, TimedOut, TransportError, XError

FIRST, CAP = 0.5, 8.0  # seconds before the first repetition at the most, and before any
UNTOLD = 60.0  # seconds to wait on a 429 that does not say; X's own recipe
SOONEST = 1.0  # seconds to wait for a window that seems to be open already: clocks differ


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be repeated."""

    retries: int = 3
    """Repetitions of one call at the most, waits for a window included."""
    retry_posts: bool = False
    """Whether a POST that X may have carried out is repeated."""
    on_limit: Literal["wait", "raise"] = "wait"
    """What a used-up window does."""
    max_wait: float = 60.0
    """Seconds that a call waits for windows at the most, all its attempts together."""


def pause(
    error: XError,
    *,
    once: bool,
    attempt: int,
    policy: Policy,
    now: float,
    left: float | None,
    chance: Callable[[], float],
    waited: float = 0.0,
) -> float | None:
    """Seconds until the next attempt, or None to give up.

    Args:
        error: what the attempt ended with.
        once: whether carrying the call out twice does harm (POST).
        attempt: the attempt that failed, from 1.
        policy: what may be repeated.
        now: seconds since the epoch.
        left: seconds until the deadline; None without one.
        chance: a random number from 0 to 1, for full jitter.
        waited: seconds that the call has waited already; windows together get `max_wait`.
    """
    if attempt > policy.retries:
        return None
    wait = (
        window(error, now, policy, waited)
        if isinstance(error, RateLimited)
        else backoff(error, once, attempt, policy, chance)
    )
    return None if wait is None or (left is not None and wait >= left) else wait


def window(error: RateLimited, now: float, policy: Policy, waited: float) -> float | None:
    """X refuses a call over the limit without carrying it out, so that any method may wait."""
    if policy.on_limit == "raise":
        return None
    until = max(error.reset_at.timestamp() - now, SOONEST) if error.reset_at else UNTOLD
    wait = error.retry_after if error.retry_after is not None else until
    return wait if waited + wait <= policy.max_wait else None


def backoff(error: XError, once: bool, attempt: int, policy: Policy, chance: Callable[[], float]) -> float | None:
    if isinstance(error, TransportError):
        if not isinstance(error, (Disconnected, TimedOut)) and error.sent:
            return None
        harmless = not error.sent
    elif isinstance(error, ServerError):
        harmless = False
    else:
        return None
    if once and not harmless and not policy.retry_posts:
        return None
    # Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    return chance() * min(CAP, FIRST * float(2 ** min(attempt - 1, 10)))
