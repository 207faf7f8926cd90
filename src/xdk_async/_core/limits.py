"""What X says of its rate limits: in the headers of an answer, and on its page. Pure."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import product
from typing import Literal, NamedTuple, TypeAlias

WindowName: TypeAlias = Literal["15min", "24h"]
# X's page on rate limits documents the first; the 24-hour ones are seen in answers and in other clients' code.
PREFIXES: tuple[tuple[str, WindowName], ...] = (
    ("x-rate-limit", "15min"),
    ("x-user-limit-24hour", "24h"),
    ("x-app-limit-24hour", "24h"),
)
PREFIX = tuple(prefix for prefix, _ in PREFIXES)
FURTHEST = 32_503_680_000  # the year 3000: a number beyond is not a time in seconds
DAY = 86_400.0
QUARTER = 15 * 60  # seconds of X's shorter window
SKEW = 2.0  # seconds that clocks may differ without being told apart from a slow answer


class Principal(NamedTuple):
    """Whom X counts calls for: an app, or one of its users. Holds no secret."""

    app: str
    user: str = ""


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
    window: WindowName = "15min"
    """Its length."""


class Told(NamedTuple):
    """One window as an answer tells of it; None for what it leaves out or garbles."""

    limit: int | None = None
    remaining: int | None = None
    reset: int | None = None


class Said(NamedTuple):
    """What the headers of an answer say of limits."""

    told: tuple[Told | None, Told | None, Told | None] = (None, None, None)
    """The window of 15 minutes, that of a user's 24 hours, and that of an app's."""
    retry_after: float | None = None
    """Seconds."""
    date: float | None = None
    """X's time; None unless there is a window to be told by it."""


NOTHING = Said()
PARTS = ("limit", "remaining", "reset")
HEADERS = {f"{prefix}-{part}".encode(): place for place, (prefix, part) in enumerate(product(PREFIX, PARTS))}
RETRY_AFTER, DATE, OTHER = 9, 10, -1
PLACES: dict[bytes, int] = {**HEADERS, b"retry-after": RETRY_AFTER, b"date": DATE}


def said(headers: Iterable[tuple[bytes, bytes]], now: float) -> Said:
    """What raw headers say: one pass over them, since every answer pays for it."""
    found: dict[int, bytes] = {}
    for name, value in headers:
        place = PLACES.get(name)
        if place is None:
            place = remembered(name)
        if place >= 0:
            found[place] = value
    if not found or (len(found) == 1 and DATE in found):
        return NOTHING
    date, retry = found.pop(DATE, None), found.pop(RETRY_AFTER, None)
    at = None if date is None else moment_of(date)
    wait = None if retry is None else seconds_of(retry, now if at is None else at)
    return Said((told(found, 0), told(found, 3), told(found, 6)), wait, at)


def remembered(name: bytes) -> int:
    """Where a header goes, by its name in any case; servers send the same few again and again."""
    place = PLACES.get(name.lower(), OTHER)
    if len(PLACES) < 1000:
        PLACES[name] = place
    return place


def told(found: Mapping[int, bytes], first: int) -> Told | None:
    limit, remaining, reset = found.get(first), found.get(first + 1), found.get(first + 2)
    if limit is remaining is reset is None:
        return None
    return Told(whole(limit), whole(remaining), whole(reset))


def rate_limits(headers: Mapping[str, str]) -> list[RateLimit]:
    """Every window that the headers tell of."""
    found: list[RateLimit] = []
    for prefix, window in PREFIXES:
        limit, remaining, reset = (whole(headers.get(f"{prefix}-{part}")) for part in PARTS)
        if limit is not None or remaining is not None or reset is not None:
            found.append(RateLimit(limit, remaining, moment(reset), window))
    return found


def rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """The window that matters: one that is used up before one that is not, the longest first; else the first told of."""
    found = rate_limits(headers)
    used_up = [each for each in found if each.remaining == 0]
    return used_up[-1] if used_up else found[0] if found else None


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds that `Retry-After` asks to wait: a number, or a date, which is told by the answer's own `Date` or by `now`."""
    text = headers.get("retry-after")
    if text is None:
        return None
    date = moment_of(headers.get("date", "").encode())
    return seconds_of(text.encode(), now if date is None else date)


def seconds_of(text: bytes, now: float | None) -> float | None:
    if text.isdigit():
        return float(text) if len(text) < 10 else None
    until = moment_of(text)
    return None if until is None or now is None else max(until - now, 0.0)


def clock_of(reset: float | None, date: float | None, now: float) -> float:
    """X's time where it differs from ours and makes sense beside the reset it told; else ours."""
    if reset is None or date is None or abs(date - now) <= SKEW or not 0 < reset - date <= DAY:
        return now
    return date


@functools.lru_cache(maxsize=64)  # a busy client gets many answers in one second
def moment_of(text: bytes) -> float | None:
    """An HTTP date (RFC 9110 §5.6.7) in seconds since the epoch."""
    try:
        found = parsedate_to_datetime(text.decode("latin-1"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def whole(text: str | bytes | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None


def moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and 0 <= seconds < FURTHEST else None
