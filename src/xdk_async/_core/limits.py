"""What X says of its rate limits: in headers → `RateLimit`; on its page → `Published`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeAlias

Window: TypeAlias = Literal["15min", "24h"]
# X's page on rate limits documents the first; the 24-hour ones are seen in answers and in other clients' code.
PREFIXES: tuple[tuple[str, Window], ...] = (
    ("x-rate-limit", "15min"),
    ("x-user-limit-24hour", "24h"),
    ("x-app-limit-24hour", "24h"),
)
FURTHEST = 32_503_680_000  # the year 3000: a number beyond is not a time in seconds


class Allowance(NamedTuple):
    """So many calls in so many seconds."""

    calls: int
    seconds: int


class Published(NamedTuple):
    """What X publishes of one operation."""

    app: tuple[Allowance, ...] = ()
    """With an app-only token; of an operation that takes none, for all users of an app together. Shortest window first."""
    user: tuple[Allowance, ...] = ()
    """With a user's token, for each user of an app."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """One window of calls."""

    limit: int | None
    """Calls the window allows."""
    remaining: int | None
    """Calls left in it."""
    reset_at: datetime | None
    """When it opens again, in UTC."""
    window: Window = "15min"
    """Its length."""


def rate_limits(headers: Mapping[str, str]) -> list[RateLimit]:
    """Every window that the headers tell of."""
    found: list[RateLimit] = []
    for prefix, window in PREFIXES:
        limit, remaining, reset = (whole(headers.get(f"{prefix}-{part}")) for part in ("limit", "remaining", "reset"))
        if limit is not None or remaining is not None or reset is not None:
            found.append(RateLimit(limit, remaining, moment(reset), window))
    return found


def rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """The window that matters: one that is used up before one that is not, the longest first; else the first told of."""
    found = rate_limits(headers)
    used_up = [each for each in found if each.remaining == 0]
    return used_up[-1] if used_up else found[0] if found else None


def whole(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None


def moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and 0 <= seconds < FURTHEST else None
