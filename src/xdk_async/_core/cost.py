"""What an answer costs: its resources, each once in a day of UTC. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, NamedTuple

from xdk_async._core.activity_type import RENAMED
from xdk_async._core.price import Prices
from xdk_async._core.tariff import Tariff

REMEMBERED = 100_000  # resources of a day; about 100 bytes each
DAY = 86_400
NONE: frozenset[str | None] = frozenset()
INCLUDED = (
    ("users", "User", attrgetter("id")),
    ("posts", "Post", attrgetter("id")),
    ("media", "Media", attrgetter("media_key")),
)


class Part(NamedTuple):
    """Resources of one kind."""

    kind: str
    each: int
    """Millionths of a US dollar."""
    ids: list[str | None]


def parts(answer: Any, found: Tariff, prices: Prices, *, owned: bool) -> Iterator[Part]:
    """The resources that an answer, or an event of a stream, brought."""
    data = answer.data
    if found.kind == "ActivityStreamResponseData":
        name = str(data.event_type)
        yield Part(name, price_of_event(name, prices), [data.event_uuid])
        return
    if found.each and data:
        several: list[Any] = data if found.is_list else [data]
        ids: list[str | None] = [*map(found.id_of, several)]
        yield Part(found.kind, prices.amounts["owned"] if owned else found.each, ids)
    if prices.includes and found.reads:
        struct = answer.includes.struct
        for name, kind, id_of in INCLUDED:
            if objects := getattr(struct, name):
                yield Part(kind, prices.amounts.get(kind, 0), [*map(id_of, objects)])


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
        self._day = 0
        self._young: dict[str, set[str | None]] = {}
        self._old: dict[str, set[str | None]] = {}

    def new(self, kind: str, ids: list[str | None], now: float) -> int:
        """How many of these were not billed today; from now on they were. What has no id counts each time."""
        day = int(now // DAY)
        if day > self._day:  # never backwards: clocks are set right now and then
            self._day, self._young, self._old, self._room = day, {}, {}, self._half
        if len(ids) == 1:
            return self._new_one(kind, ids[0])
        fresh = {*ids}
        nameless = ids.count(None) if None in fresh else 0
        fresh.discard(None)
        young = self._young.setdefault(kind, set())
        fresh -= young
        fresh -= self._old.get(kind, NONE)
        young |= fresh
        self._added(len(fresh))
        return len(fresh) + nameless

    def _new_one(self, kind: str, id: str | None) -> int:
        """The same without sets: an event of a stream brings one of each kind, and a post costs 0.8 µs less."""
        if id is None:
            return 1
        young = self._young.get(kind)
        if young is None:
            young = self._young[kind] = set()
        if id in young or id in self._old.get(kind, NONE):
            return 0
        young.add(id)
        self._added(1)
        return 1

    def _added(self, count: int) -> None:
        self._room -= count
        if self._room <= 0:
            self._young, self._old, self._room = {}, self._young, self._half
