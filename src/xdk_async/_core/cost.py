"""What an answer costs: its resources, each once in a day of UTC. Pure."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, TypeAlias

from xdk_async._core.activity_type import RENAMED
from xdk_async._core.lenient import is_list
from xdk_async._core.price import Prices
from xdk_async._core.tariff import Tariff

REMEMBERED = 100_000  # resources of a day; about 100 bytes each
DAY = 86_400
NONE: frozenset[str | None] = frozenset()
included = attrgetter("users", "posts", "media")
Part: TypeAlias = "tuple[str, int, list[str | None]]"
"""Resources of one kind: which, millionths of a US dollar for each, and their ids. A class of its own costs twice as much."""


def parts(answer: Any, found: Tariff, prices: Prices, *, owned: bool) -> list[Part]:
    """The resources that an answer, or an event of a stream, brought."""
    data = answer.data
    if found.kind == "ActivityStreamResponseData":
        name = str(data.event_type)
        return [(name, price_of_event(name, prices), [data.event_uuid])]
    brought: list[Part] = []
    if found.each and data:
        rows: list[Any] = data if is_list(data) else [data]
        ids: list[str | None] = [*map(found.id_of, rows)]
        brought.append((found.kind, prices.amounts["owned"] if owned else found.each, ids))
    if prices.includes and found.reads:
        users, posts, media = included(answer.includes.struct)
        if users:
            brought.append(("User", prices.amounts.get("User", 0), [each.id for each in users]))
        if posts:
            brought.append(("Post", prices.amounts.get("Post", 0), [each.id for each in posts]))
        if media:
            brought.append(("Media", prices.amounts.get("Media", 0), [each.media_key for each in media]))
    return brought


def price_of_event(name: str, prices: Prices) -> int:
    """Of an event of the activity stream, under today's name or an older one; `a.b.*` holds for all kinds of `a.b`."""
    name = RENAMED.get(name, name)
    if name in prices.amounts:
        return prices.amounts[name]
    return prices.amounts.get(f"{name.rpartition('.')[0]}.*", 0)


class Seen:
    """The resources that were billed today: a day ends at midnight, UTC.

    Bounded: of a day with more than `most` the last half of that is remembered at the least; what came before it counts
    again if it comes again, so that a total may then be too high, never too low.
    """

    def __init__(self, most: int | None = None) -> None:
        self._half = (REMEMBERED if most is None else most) // 2
        self._room = self._half
        self._ends = 0.0  # the day
        self._young: dict[str, set[str | None]] = {}
        self._old: dict[str, set[str | None]] = {}

    def turn(self, now: float) -> None:
        """Forget the day before, if it is over."""
        if now >= self._ends:  # never backwards: clocks are set right now and then
            self._ends, self._young, self._old, self._room = (now // DAY + 1) * DAY, {}, {}, self._half

    def new(self, kind: str, ids: list[str | None]) -> int:
        """How many of these were not billed today; from now on they were. What has no id counts each time."""
        young = self._young.get(kind)
        if young is None:
            young = self._young[kind] = set()
        if len(ids) == 1:  # an event of a stream brings one of each kind: without further sets, 0.8 µs less
            id = ids[0]
            if id is None:
                return 1
            if id in young or (self._old and id in self._old.get(kind, NONE)):
                return 0
            young.add(id)
            self._added(1)
            return 1
        fresh = {*ids}
        nameless = ids.count(None) if None in fresh else 0
        fresh.discard(None)
        fresh -= young
        fresh -= self._old.get(kind, NONE)
        young |= fresh
        self._added(len(fresh))
        return len(fresh) + nameless

    def _added(self, count: int) -> None:
        self._room -= count
        if self._room <= 0:
            self._young, self._old, self._room = {}, self._young, self._half
