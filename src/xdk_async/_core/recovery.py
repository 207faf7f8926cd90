"""What was missed while a stream was not connected, and how X can be asked for it. Pure.

X sends the last minutes again (`backfill_minutes`), or everything since a moment of the last day (`start_time`):
https://docs.x.com/x-api/fundamentals/recovery-and-redundancy. Both are for some access levels only, so that a refusal is
remembered and the next way is tried.
"""

from __future__ import annotations

import hashlib
import math
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from xdk_async._core.bind import quoted
from xdk_async._core.ladder import utc

Way: TypeAlias = Literal["backfill", "start_time", "search"]
PARAMETER: Mapping[Way, str] = {"backfill": "backfill_minutes", "start_time": "start_time"}
MARGIN = 10.0  # seconds asked for beyond the gap: X delivers within 7 (99 %), not in order; repeats are dropped
MOST_LAG = 60.0  # seconds: an event that is older when it arrives says nothing of X's usual delay
USUAL_LAG = 7.0  # seconds, as long as nothing has shown the real one
VARIATION = 1.0  # seconds by which the next delay may be longer than the longest so far
MINUTE, DAY = 60.0, 86_400.0
MOST_MINUTES = 5
SNOWFLAKE_EPOCH = 1_288_834_974_657  # milliseconds; ids of posts hold the time of their making
SNOWFLAKE_BITS = 22
OLDEST_SNOWFLAKE = 10**10  # milliseconds after the epoch, in 2011: a smaller number is another kind of id


class Plan(NamedTuple):
    """How to connect after a gap."""

    way: Way | None
    """The way that X is asked to send again; None if there is none."""
    changes: dict[str, str | None]
    """Query parameters to set, or by None to leave out."""
    reaches: float
    """From when on X sends again, in seconds since the epoch; the time of connecting if it does not."""


def plan(since: float, now: float, ways: Sequence[Way], offered: Collection[str], refused: Collection[str]) -> Plan:
    """The first way that covers the whole gap, else the one that reaches furthest back.

    Args:
        since: until when everything arrived, in seconds since the epoch.
        now: the time of connecting.
        ways: what may be tried, best first.
        offered: the operation's parameters.
        refused: ways that X has refused already.
    """
    nothing: dict[str, str | None] = dict.fromkeys(name for name in PARAMETER.values() if name in offered)
    best = Plan(None, nothing, now)
    for way in ways:
        name = PARAMETER.get(way)
        if name is None or name not in offered or way in refused:
            continue
        reach, value = reachable(way, since - MARGIN, now)
        if reach <= since:
            return Plan(way, {**nothing, name: value}, since)
        if reach < best.reaches:
            best = Plan(way, {**nothing, name: value}, reach)
    return best


def reachable(way: Way, since: float, now: float) -> tuple[float, str]:
    """How far back a way goes towards `since`, and the value of its parameter."""
    if way == "backfill":
        minutes = min(max(math.ceil((now - since) / MINUTE), 1), MOST_MINUTES)
        return now - minutes * MINUTE, str(minutes)
    start = math.floor(max(since, now - DAY + MINUTE))  # a minute of the day is left for clocks that differ
    return start, quoted(f"{utc(start):%Y-%m-%dT%H:%M:%SZ}")


@dataclass(slots=True)
class Position:
    """Until when everything of a stream, or of a partition, has arrived. Times are X's, in seconds since the epoch."""

    until: float | None = None
    """None before the first connection."""
    open: int = 0
    """Connections that are open: two, where the stream is read twice."""
    recovering: bool = False
    """Whether X is still sending what was missed: until it is done, `until` stays."""
    searching: bool = False
    """Whether what was missed is still being searched for."""
    lag: float | None = None
    """The longest delay from making to arrival seen on the latest live events; None before the first."""

    def connected(self, now: float, reaches: float | None) -> None:
        """A connection is open, on which X sends everything from `reaches` on, or from now on if that is None."""
        self.open += 1
        if self.open == 1:
            self.recovering = reaches is not None
            self.until = now if reaches is None else reaches

    def disconnected(self) -> None:
        """A connection is gone."""
        self.open -= 1

    def arrived(self, now: float, made: float | None, connected_at: float) -> None:
        """An event arrived that was made at a moment, if that is known."""
        if made is not None and made >= connected_at:
            self.recovering = False
            if now - made <= MOST_LAG:
                self.lag = max(now - made, (self.lag or 0.0) * 0.99)
        self.alive(now)

    def alive(self, now: float) -> None:
        """Something arrived, so that all before it has, unless missed things are still to come."""
        if not (self.recovering or self.searching) and self.until is not None:
            self.until = max(self.until, now)

    @property
    def surely(self) -> float | None:
        """Until when nothing can be missing: X delivers with a delay, and what was on its way is lost with the connection."""
        if self.until is None:
            return None
        return self.until - (USUAL_LAG if self.lag is None else self.lag) - VARIATION


def made_at(data: Any) -> float | None:
    """When an event was made, in seconds since the epoch, if it says so: by its id, `created_at` or `event_at`."""
    id = getattr(data, "id", None)
    if isinstance(id, str) and id.isdecimal() and len(id) < 20:
        milliseconds = int(id) >> SNOWFLAKE_BITS
        if milliseconds > OLDEST_SNOWFLAKE:
            return (milliseconds + SNOWFLAKE_EPOCH) / 1000
    for part in (data, *inner(data)):
        for name in ("created_at", "event_at"):
            moment = getattr(part, name, None)
            if isinstance(moment, datetime):
                return moment.timestamp()
    return None


def inner(data: Any) -> list[Any]:
    """The structs directly within a struct: a compliance event is in the one field that is set."""
    if not isinstance(data, msgspec.Struct):
        return []
    return [part for name in data.__struct_fields__ if isinstance(part := getattr(data, name), msgspec.Struct)]


def key_of(data: Any, line: bytes) -> str:
    """What tells an event from others: its id, or, for kinds without one, a digest of its line."""
    for name in ("id", "event_uuid"):
        id = getattr(data, name, None)
        if isinstance(id, str) and id:
            return id
    return hashlib.blake2b(line, digest_size=12).hexdigest()


class Seen:
    """The keys of the last events, to drop repeats."""

    __slots__ = ("_keys", "_most", "_order")

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: set[str] = set()
        self._order: deque[str] = deque()

    def is_new(self, key: str) -> bool:
        """Whether it was not there; from now on it is."""
        if key in self._keys:
            return False
        if self._most:
            self._keys.add(key)
            self._order.append(key)
            if len(self._order) > self._most:
                self._keys.discard(self._order.popleft())
        return True

    def __len__(self) -> int:
        return len(self._keys)
