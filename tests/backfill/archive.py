"""An X that holds many posts and answers searches, timelines and counts over them, as strictly as X does."""

from __future__ import annotations

import asyncio
import bisect
import itertools
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.client.fakes import Clock, sender_over
from xdk_async import Backfill, models
from xdk_async._core.sender import Sender
from xdk_async.groups.posts import PostsClient

EPOCH = 1_288_834_974_657
NOW = 1_750_000_000
MONTH, DAY, HOUR = 31 * 86_400, 86_400, 3600
START, END = NOW - 40 * DAY, NOW - DAY
WEEK = NOW - 7 * DAY + 60
LENGTHS = {"minute": 60, "hour": HOUR, "day": 86_400}


def id_at(ms: int, number: int = 0) -> int:
    """The id of a post made at a moment."""
    return ((ms - EPOCH) << 22) + number


def utc(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def iso(second: float) -> str:
    return f"{utc(second):%Y-%m-%dT%H:%M:%SZ}"


def uneven(count: int, start: int, end: int, seed: int = 1) -> list[int]:
    """Ids of posts between two moments, highest first: some steady, some in bursts, many within the same second."""
    chance = random.Random(seed)
    bursts = [chance.uniform(start, end) for _ in range(5)]
    times: list[int] = []
    for number in range(count):
        at = chance.choice(bursts) + chance.expovariate(1 / 600) if number % 2 else chance.uniform(start, end)
        times.append(int(min(max(at, start), end - 0.001) * 1000))
    return sorted({id_at(ms, number % 4096) for number, ms in enumerate(times)}, reverse=True)


class Archive(httpx.AsyncBaseTransport):
    """Gives posts out a page at a time; a token is good for the very query it was given for."""

    def __init__(self, ids: Sequence[int], now: float = NOW) -> None:
        self.clock = Clock(float(now))
        self.set(ids)
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.counts_allowed = True
        self.sent = 0  # posts
        self.flying = self.most_flying = 0
        self.before: Callable[[str, dict[str, str]], httpx.Response | None] = lambda path, query: None

    def set(self, ids: Sequence[int]) -> None:
        """Hold these posts, highest first."""
        self.ids = list(ids)
        self.posts = [b'{"id":"%d","text":"post"}' % id for id in self.ids]
        self._rising = [-id for id in self.ids]

    def first_id(self, second: int) -> int:
        """The lowest id that a post made from a moment on may have."""
        return id_at(second * 1000)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        self.requests.append((request.url.path, query))
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        try:
            for _ in range(len(self.requests) * 7 % 5):  # answers overtake each other
                await asyncio.sleep(0)
            return self.before(request.url.path, query) or self.answer(request.url.path, query)
        finally:
            self.flying -= 1

    def answer(self, path: str, query: dict[str, str]) -> httpx.Response:
        ids, times = {"since_id", "until_id"} & query.keys(), {"start_time", "end_time"} & query.keys()
        if ids and times:
            return refused("Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or 'end_time'.")
        start, end = (moment(query.get(name)) for name in ("start_time", "end_time"))
        low = int(query.get("since_id", 0)) + 1 if start is None else self.first_id(start)
        high = int(query.get("until_id", 2**62)) if end is None else self.first_id(end)
        if path.endswith("/recent") and low < self.first_id(int(self.clock.now - 7 * 86_400)):
            return refused("'start_time' must be on or after 7 days ago")
        if end is not None and end > self.clock.now - 10:
            return refused("'end_time' must be a minimum of 10 seconds prior to the request time")
        if "/counts/" in path:
            assert start is not None
            assert end is not None
            return self.count(start, end, LENGTHS[query.get("granularity", "hour")], query.get("pagination_token"))
        first, last = self.place(high), self.place(low)
        if first > last:
            return refused("the range is empty")
        return self.page(path, query, first, last)

    def place(self, id: int) -> int:
        """How many posts are not older than one."""
        return bisect.bisect_right(self._rising, -id)

    def page(self, path: str, query: dict[str, str], first: int, last: int) -> httpx.Response:
        about = f"{path}.{first}.{last}.{query['max_results']}"
        token = query.get("pagination_token")
        if token is not None:
            text, _, at = token.rpartition(".")
            if text != about:
                return refused("the token is of another query")
            first = int(at)
        end = min(first + int(query["max_results"]), last)
        self.sent += end - first
        meta = b'{"next_token":"%s.%d"}' % (about.encode(), end) if end < last else b"{}"
        return httpx.Response(200, content=b'{"data":[%s],"meta":%s}' % (b",".join(self.posts[first:end]), meta))

    def count(self, start: int, end: int, length: int, token: str | None) -> httpx.Response:
        if not self.counts_allowed:
            return httpx.Response(403, json={"title": "Forbidden", "detail": "no counts for you"})
        end = end if token is None else int(token)
        low = max(start, end - MONTH)
        borders = [low, *range(low - low % length + length, end, length), end]
        data: list[dict[str, Any]] = []
        for begin, until in itertools.pairwise(borders):
            number = self.place(self.first_id(begin) - 1) - self.place(self.first_id(until) - 1)
            data.append({"start": iso(begin), "end": iso(until), "post_count": number})
        meta = {"total_post_count": sum(each["post_count"] for each in data)}
        return httpx.Response(
            200, json={"data": data, "meta": meta | ({"next_token": str(low)} if low > start else {})}
        )

    def between(self, start: int, end: int) -> list[str]:
        """The ids that a backfill of that range must give."""
        return [str(id) for id in self.ids if self.first_id(start) <= id < self.first_id(end)]

    def asked(self, path: str) -> list[dict[str, str]]:
        return [query for each, query in self.requests if each.endswith(path)]

    def sender(self, **options: Any) -> Sender:
        given: dict[str, Any] = {"max_wait": 900.0, "retries": 0, **options}
        return sender_over(self, self.clock, **given)

    def client(self, **options: Any) -> PostsClient:
        return PostsClient(self.sender(**options))


class Ancient(Archive):
    """Of the years when ids did not hold the time: three posts in every ten seconds, numbered."""

    BEGAN = 1_200_000_000  # in January 2008

    def __init__(self, posts: int) -> None:
        super().__init__(range(1_000_000 + posts - 1, 1_000_000 - 1, -1))

    def first_id(self, second: int) -> int:
        return 1_000_000 - (self.BEGAN - second) * 3 // 10


def moment(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).timestamp())


def refused(why: str) -> httpx.Response:
    return httpx.Response(400, json={"title": "Invalid Request", "detail": why})


def error(status: int) -> httpx.Response:
    return httpx.Response(status, json={"title": "no", "status": status})


def long_ago(count: int = 3000) -> Archive:
    return Archive(uneven(count, START - DAY, END + DAY))


def this_week(count: int = 2000) -> Archive:
    return Archive(uneven(count, WEEK - HOUR, NOW))


async def ids_of(backfill: Backfill[models.Post]) -> list[str]:
    return [post.id or "" async for page in backfill for post in page]


async def items_of(items: AsyncIterator[models.Post]) -> list[str]:
    return [post.id or "" async for post in items]


async def ids_of_into(backfill: Any, ids: list[str]) -> list[str]:
    async for page in backfill:
        ids += [post.id for post in page]
    return []
