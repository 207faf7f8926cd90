"""Stretches of time that a backfill asks for one by one, newest first: how a range is cut into them. Pure.

Times are whole seconds since the epoch, as X takes them: `start_time` is inclusive and `end_time` exclusive, so that
stretches which touch neither miss nor share a post.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from xdk_async._core.bind import moment, parameters, quoted
from xdk_async._core.operation import Operation
from xdk_async._core.recovery import DAY, OLDEST_SNOWFLAKE, SNOWFLAKE_BITS, SNOWFLAKE_EPOCH, made_at
from xdk_async.errors import InvalidArgument

INDEXED = 15  # seconds until a post can be searched for; X refuses an `end_time` that is less than 10 ago
RECENT = 7 * int(DAY)
MARGIN = 10  # seconds by which a request may be late when it asks for the oldest of the last 7 days
GRACE = 60  # seconds: a start so little before the last 7 days means just them
FIRST_POST = datetime(2006, 3, 21, tzinfo=UTC)  # X refuses a search before that day,
FIRST_OF_TIMELINES = datetime(2010, 11, 6, tzinfo=UTC)  # and before that one in timelines


class Span(NamedTuple):
    """A stretch of time of which everything is wanted, or everything older than a post in it."""

    start: int
    """Inclusive."""
    end: int
    """Exclusive."""
    until: int | None = None
    """The id of a post: only older ones are wanted, those from it on were had."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to ask for."""
        return self.start >= self.end

    def query(self, start: int) -> dict[str, str | None]:
        """The parameters that ask for it from `start` on, percent-encoded.

        X takes either times or ids (https://github.com/plhery/node-twitter-api-v2/issues/152), so that the start becomes
        the highest id before it. The oldest ids hold no time: there the whole stretch is asked for again.
        """
        if self.until is not None and is_snowflake(start):
            since = ((start * 1000 - SNOWFLAKE_EPOCH) << SNOWFLAKE_BITS) - 1
            return {"since_id": str(since), "until_id": str(self.until)}
        return {"start_time": quoted(iso(start)), "end_time": quoted(iso(self.end))}

    def after(self, items: Iterable[Any]) -> Span:
        """What is left after the newest of its items: posts, or counts of posts."""
        ids, starts = list[int](), list[datetime]()
        for each in items:
            id, start = getattr(each, "id", None), getattr(each, "start", None)
            if isinstance(id, str) and id.isdecimal():
                ids.append(int(id))
            elif isinstance(start, datetime):
                starts.append(start)
        if ids:
            return self._replace(until=min(ids))
        return self._replace(end=max(int(min(starts).timestamp()), self.start)) if starts else self

    @property
    def reached(self) -> float:
        """Everything from this moment on was had."""
        if self.until is not None and is_snowflake(self.start):
            return ((self.until >> SNOWFLAKE_BITS) + SNOWFLAKE_EPOCH) / 1000
        return float(self.end)


def is_snowflake(second: int) -> bool:
    """Whether ids of that time hold the time."""
    return second * 1000 - SNOWFLAKE_EPOCH > OLDEST_SNOWFLAKE


def iso(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"


def even(start: int, end: int, pieces: int) -> list[Span]:
    """So many stretches of about equal length, newest first; fewer if there are not so many seconds."""
    pieces = max(min(pieces, end - start), 1)
    borders = [start + (end - start) * each // pieces for each in range(pieces, -1, -1)]
    return [Span(low, high) for high, low in itertools.pairwise(borders)]


def months(start: int, end: int) -> list[Span]:
    """Stretches of 31 days, as many as X counts on a page, that end where days end, newest first."""
    length = 31 * int(DAY)
    borders = [end, *range((end - 1) // length * length, start, -length), start] if start < end else []
    return [Span(low, high) for high, low in itertools.pairwise(borders)]


def halved(span: Span, end: int, last: Any, pages: int) -> list[Span]:
    """A stretch of which some pages have come, its older half apart if there seems to be work for two.

    Never more than in two: where posts come in bursts, what is to be expected is a guess, and each guess is a request.

    Args:
        span: what is left of it.
        end: where it ended at first.
        last: the last item of the last page.
        pages: how many have come.
    """
    made = made_at(last)
    if made is None or span.until is None or not is_snowflake(span.start):
        return [span]
    oldest = int(made)  # of its second some may have come, and some not: it stays with the newer half
    if not span.start < oldest < end or pages * (oldest - span.start) < 2 * (end - oldest):
        return [span]
    middle = (span.start + oldest) // 2
    return [span._replace(start=middle), Span(span.start, middle)]


def newest_first(items: list[Any]) -> None:
    """Put counts in order, which X gives oldest first on each page."""
    if items and all(isinstance(getattr(each, "start", None), datetime) for each in items):
        items.sort(key=lambda each: each.start, reverse=True)


class Cutter:
    """Cuts a range where X says how many posts there are, so that each stretch holds about as many.

    Args:
        start: where the range begins.
        end: where it ends.
        most: posts that a stretch holds at the most, unless one second holds more.
    """

    def __init__(self, start: int, end: int, most: int) -> None:
        self.start = start
        self.most = most
        self._top = self._bottom = end
        self._posts = 0

    def take(self, start: int, posts: int) -> list[Span]:
        """The stretches that are complete with a count of posts: of those from `start` to where the last count began."""
        start = max(start, self.start)
        if start >= self._bottom:
            return []
        found: list[Span] = []
        if self._posts and self._posts + posts > self.most:
            found.append(Span(self._bottom, self._top))
            self._top, self._posts = self._bottom, 0
        self._bottom = start
        self._posts += posts
        if self._posts > self.most:
            found += even(start, self._top, math.ceil(self._posts / self.most))
            self._top, self._posts = start, 0
        return found

    def rest(self) -> list[Span]:
        """What no count has completed."""
        return [Span(self.start, self._top)] if self.start < self._top else []


def second_of(operation: Operation[Any], name: str, value: datetime | timedelta | str, now: float) -> int:
    """A moment, or one so long ago, in whole seconds.

    Raises:
        InvalidArgument: It is none, or names no time zone.
    """
    if isinstance(value, timedelta):
        return int(now - value.total_seconds())
    text = moment(operation, parameters(operation)[f"{name}_time"], value)
    return int(datetime.fromisoformat(text).timestamp())


def oldest(operation: Operation[Any], now: float) -> int:
    """The oldest moment that X lets an operation ask for."""
    if operation.name.endswith("_recent"):
        return math.ceil(now) - RECENT
    return int((FIRST_POST if operation.name.endswith("_all") else FIRST_OF_TIMELINES).timestamp())


def range_of(
    operation: Operation[Any], start: datetime | timedelta | str, end: datetime | timedelta | str | None, now: float
) -> Span:
    """The range of a backfill; without an end, up to what can be searched for by now.

    Raises:
        InvalidArgument: X would refuse it, or it is empty.
    """
    first = second_of(operation, "start", start, now)
    last = int(now) - INDEXED if end is None else second_of(operation, "end", end, now)
    if last > now:
        raise InvalidArgument(f"{operation.name}: end={iso(last)} is in the future; leave it out for all up to now")
    if first >= last:
        raise InvalidArgument(f"{operation.name}: start={iso(first)} is not before end={iso(last)}")
    return Span(first, last)


def check_start(operation: Operation[Any], start: int, now: float) -> None:
    """Refuse what X does not have.

    Raises:
        InvalidArgument: The start is too long ago.
    """
    earliest = oldest(operation, now)
    if start < earliest - (GRACE if operation.name.endswith("_recent") else 0):
        hint = ": archive=True reaches all posts" if operation.name.endswith("_recent") else ""
        raise InvalidArgument(
            f"{operation.name}: start={iso(start)} is too long ago, X has posts from {iso(earliest)} on{hint}"
        )
