"""How many posts match a query, minute by minute, hour by hour or day by day."""

from __future__ import annotations

from typing import Any

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY, HOUR, MINUTE, iso
from xdk_async.sandbox.handlers.common import spanned
from xdk_async.sandbox.handlers.search import RECENT_MS, first_start, found, recent_start
from xdk_async.sandbox.record import Post
from xdk_async.sandbox.shape import part_of
from xdk_async.sandbox.snowflake import ms_of

LENGTHS = {"minute": MINUTE, "hour": HOUR, "day": DAY}
MONTH = 31  # days on a page


@handles("posts.get_counts_recent")
def get_counts_recent(ask: Ask) -> Reply:
    """Counts of the last seven days."""
    recent_start(ask)
    return _counts(ask, RECENT_MS)


@handles("posts.get_counts_all")
def get_counts_all(ask: Ask) -> Reply:
    """Counts of any time; of the last thirty days, if no other is given."""
    first_start(ask)
    return _counts(ask, 30 * DAY)


def _counts(ask: Ask, usual_ms: int) -> Reply:
    length = LENGTHS[ask.query.get("granularity", "hour")]
    start, end = _span(ask, usual_ms)
    posts = [*spanned(ask, found(ask, start))]
    starts = range(start - start % length, end, length)  # whole minutes, hours or days of UTC
    part = part_of(ask, starts[::-1], MONTH * DAY // length, str)
    # Pages go back in time, each is in order; the first and the last bucket may be shorter.
    shown = [(max(first, start), min(first + length, end)) for first in reversed(part.items)]
    counts = _count(posts, shown, length)
    names = ask.selection.names("search_count")
    data: list[dict[str, Any]] = []
    for (first, last), count in zip(shown, counts, strict=True):
        told = {"start": iso(first), "end": iso(last), "post_count": count}
        data.append({name: value for name, value in told.items() if name in names})
    meta: dict[str, Any] = {"total_post_count": sum(counts)}
    if part.next_token:
        meta["next_token"] = part.next_token
    return Reply(data, meta=meta)


def _span(ask: Ask, usual_ms: int) -> tuple[int, int]:
    now = ask.now_ms
    end = ask.time_ms("end_time")
    start = ask.time_ms("start_time")
    if end is None:
        end = min(now, ms_of(int(ask.query["until_id"]))) if "until_id" in ask.query else now
    if start is None:
        start = max(ms_of(int(ask.query["since_id"])), end - usual_ms) if "since_id" in ask.query else end - usual_ms
    return start, end


def _count(posts: list[Post], buckets: list[tuple[int, int]], length: int) -> list[int]:
    places = {first - first % length: number for number, (first, _) in enumerate(buckets)}
    counts = [0] * len(buckets)
    for post in posts:
        place = places.get(post.ms - post.ms % length)
        if place is not None and post.ms < buckets[place][1]:
            counts[place] += 1
    return counts
