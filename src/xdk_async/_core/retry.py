"""Whether a call is repeated, and after how long. Decides, never sleeps. Pure: time and chance are arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeGuard

from xdk_async._core.limits import DAY
from xdk_async._core.window import LATE, UNTOLD
from xdk_async.errors import Disconnected, Forbidden, RateLimited, ServerError, TimedOut, TransportError, XError

FIRST, CAP = 0.5, 8.0  # seconds before the first repetition at the most, and before any
SOONEST = 1.0  # seconds to wait for a window that seems to be open already: clocks differ

OnLimit: TypeAlias = Literal["wait", "raise", "spread"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be repeated."""

    retries: int = 3
    """Repetitions of one call at the most, waits for a window included."""
    retry_posts: bool = False
    """Whether a POST that X may have carried out is repeated."""
    on_limit: OnLimit = "wait"
    """What a used-up window does; `spread` sends calls evenly over a window, so that it is not used up."""
    max_wait: float = 60.0
    """Seconds that a call waits for used-up windows at the most, all its attempts together."""


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
    opens_in: float | None = None,
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
        opens_in: seconds until the window opens, where more is known of it than the error tells.
    """
    if attempt > policy.retries:
        return None
    if isinstance(error, RateLimited):
        wait = window(error, now, policy, waited, opens_in)
    else:
        wait = backoff(error, once, attempt, policy, chance, waited)
    return None if wait is None or (left is not None and wait >= left) else wait


def window(
    error: RateLimited, now: float, policy: Policy, waited: float, opens_in: float | None = None
) -> float | None:
    """X refuses a call over the limit without carrying it out, so that any method may wait."""
    if policy.on_limit == "raise":
        return None
    if opens_in is not None:
        return opens_in if waited + opens_in - LATE <= policy.max_wait else None
    until = min(max(error.reset_at.timestamp() - now, SOONEST), DAY) if error.reset_at else UNTOLD
    wait = error.retry_after if error.retry_after is not None else until
    return wait if waited + wait <= policy.max_wait else None


def backoff(
    error: XError, once: bool, attempt: int, policy: Policy, chance: Callable[[], float], waited: float = 0.0
) -> float | None:
    if not (isinstance(error, ServerError) or is_lost(error)) or (once and in_doubt(error) and not policy.retry_posts):
        return None
    # Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    wait = chance() * min(CAP, FIRST * float(2 ** min(attempt - 1, 10)))
    asked = error.retry_after if isinstance(error, ServerError) else None
    return wait if asked is None else max(wait, min(asked, policy.max_wait - waited))


def is_lost(error: XError) -> bool:
    """Whether the network failed, and not the request."""
    return isinstance(error, TransportError) and (not error.sent or isinstance(error, (Disconnected, TimedOut)))


def in_doubt(error: XError) -> bool:
    """Whether X may have carried out the call that ended so."""
    return isinstance(error, ServerError) or (isinstance(error, TransportError) and error.sent)


def is_duplicate(error: XError) -> TypeGuard[Forbidden]:
    """Whether X refuses a post since it has one like it."""
    return isinstance(error, Forbidden) and "duplicate" in (error.detail or error.title or "").lower()
