"""Backfills that are killed at random moments and begun again: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.backfill.archive import (
    DAY,
    END,
    NOW,
    START,
    WEEK,
    Ancient,
    Archive,
    error,
    ids_of,
    refused,
    uneven,
    utc,
)
from tests.client.fakes import other_tasks, turns
from xdk_async import InvalidArgument, StoreFailed, XError, models
from xdk_async._core.checkpoint import MemoryCheckpoints


class Killed(Exception):
    """The process is gone: what follows in it never happens."""


def unreliable(x: Archive, chance: random.Random) -> None:
    """Refusals, failures and expired tokens, now and then."""

    def refuse(path: str, query: dict[str, str]) -> httpx.Response | None:
        if chance.random() < 0.02:
            return error(503)
        if "pagination_token" in query and chance.random() < 0.05:
            return refused("the token has expired")
        return None

    x.before = refuse


class Life:
    """Runs that end at random moments, and what of their work stays."""

    def __init__(self, x: Archive, seed: int, kills: int, pages_each: int, sizes: Sequence[int]) -> None:
        self.sizes = sizes
        self.x = x
        self.chance = random.Random(seed)
        self.kills = kills
        self.pages_each = pages_each
        self.kept: list[str] = []
        self.store = MemoryCheckpoints()
        self.cursor: str | None = None
        unreliable(x, self.chance)

    def asked(self, **how: Any) -> Any:
        ways: dict[str, Any] = {"concurrency": self.chance.choice([1, 2, 8]), "use_counts": self.chance.random() < 0.5}
        size = self.chance.choice(self.sizes)
        return self.x.client().backfill("q", utc(START), utc(END), archive=True, max_results=size, **ways, **how)

    def dies(self) -> int:
        """After how many pages of this run."""
        self.kills -= 1
        return self.chance.randrange(self.pages_each) if self.kills >= 0 else 10**9

    async def pages_with_a_checkpoint(self) -> None:
        """Work on a page is done, or not at all, when the process ends."""
        left = self.dies()
        backfill = self.asked(checkpoint=self.store)
        while (page := await through(backfill)) is not None:
            if left == 0:
                raise Killed
            left -= 1
            self.kept += [post.id for post in page]

    async def pages_with_their_cursor(self) -> None:
        """Page and cursor are stored in one step; then comes the end."""
        left = self.dies()
        backfill = self.asked(after=self.cursor)
        while (page := await through(backfill)) is not None:
            self.kept += [post.id for post in page]
            self.cursor = backfill.cursor
            if left == 0:
                raise Killed
            left -= 1

    async def items_with_their_cursor(self) -> None:
        """The same for single posts, in the middle of pages too."""
        left = self.dies() * 50
        backfill = self.asked(after=self.cursor)
        items = backfill.items()
        while (post := await through(items)) is not None:
            self.kept.append(post.id)
            self.cursor = backfill.cursor
            if left <= 0:
                raise Killed
            left -= self.chance.randrange(5)

    async def live(self, way: str) -> None:
        while True:
            try:
                await getattr(self, way)()
                return
            except Killed:
                await turns(2)  # what it held is dropped; nothing was closed


async def through(iterator: Any) -> Any:
    """The next one, whatever fails; None at the end."""
    while True:
        try:
            return await anext(iterator, None)
        except XError:
            pass


WAYS = ["pages_with_a_checkpoint", "pages_with_their_cursor", "items_with_their_cursor"]


@pytest.mark.parametrize("way", WAYS)
async def test_killed_at_random_and_begun_again_everything_comes_once(way: str) -> None:
    before = other_tasks()
    for seed in range(10):
        x = Archive(uneven(3000, START, END, seed))
        life = Life(x, seed, kills=6, pages_each=8, sizes=(50, 70))
        await life.live(way)
        assert life.kept == x.between(START, END), f"seed {seed}"
        assert life.kills < 5
    await turns()
    assert other_tasks() == before


@pytest.mark.soak
@pytest.mark.parametrize("way", WAYS)
async def test_a_hundred_thousand_posts_over_many_seeds(way: str) -> None:
    x = Archive(uneven(100_000, START, END))
    for seed in range(20):
        life = Life(x, seed, kills=10, pages_each=60, sizes=(100, 250, 500))
        await life.live(way)
        assert life.kept == x.between(START, END), f"seed {seed}"


async def test_what_was_deleted_meanwhile_does_no_harm() -> None:
    for seed in range(5):
        x = Archive(uneven(3000, START, END, seed))
        whole = x.between(START, END)
        life = Life(x, seed, kills=1, pages_each=8, sizes=(50, 70))
        with pytest.raises(Killed):
            await life.pages_with_a_checkpoint()
        gone = set(life.chance.sample(whole, 500))
        x.set([id for id in x.ids if str(id) not in gone])
        had = [*life.kept]
        await life.pages_with_a_checkpoint()
        assert life.kept == had + [id for id in whole[len(had) :] if id not in gone]


@pytest.mark.parametrize("use_counts", [True, False])
async def test_posts_whose_ids_hold_no_time_come_once_too(use_counts: bool) -> None:
    for seed in range(5):
        x, chance = Ancient(3000), random.Random(seed)
        unreliable(x, chance)
        start, end = x.BEGAN - 5, x.BEGAN + 9_000
        kept, cursor = list[str](), None
        while len(kept) < len(x.between(start, end)):
            backfill = x.client().backfill(
                "q", utc(start), utc(end), archive=True, max_results=40, after=cursor, use_counts=use_counts
            )
            items = backfill.items()
            for _ in range(chance.randrange(1000)):
                post = await through(items)
                if post is not None:
                    kept.append(post.id)
                    cursor = backfill.cursor
        assert kept == x.between(start, end)


async def test_what_was_handed_out_is_not_asked_for_again() -> None:
    x = Archive(uneven(5000, START, END))
    store, last, got = MemoryCheckpoints(), 0, 0
    terms: dict[str, Any] = {"max_results": 100, "archive": True, "use_counts": False}
    backfill = x.client().backfill("q", utc(START), utc(END), checkpoint=store, **terms)
    async for page in backfill:
        last = len(page)
        got += last
        if got > 4000:
            break
    del backfill
    await turns()
    x.sent = 0
    rest = await ids_of(x.client().backfill("q", utc(START), utc(END), checkpoint=store, **terms))
    assert rest == x.between(START, END)[got - last :]  # the page it broke off at was not dealt with
    assert x.sent == len(rest)


async def test_leaving_the_block_in_order_means_the_last_page_was_dealt_with() -> None:
    x, store = Archive(uneven(2000, WEEK, NOW)), MemoryCheckpoints()
    async with x.client().backfill("q", utc(WEEK), checkpoint=store) as backfill:
        first = [post.id async for post in backfill.items(limit=130)]
    with pytest.raises(Killed):
        async with x.client().backfill("q", utc(WEEK), checkpoint=store) as backfill:
            items = backfill.items()
            first += [(await anext(items)).id for _ in range(20)]
            await anext(items)
            raise Killed
    async with x.client().backfill("q", utc(WEEK), checkpoint=store) as backfill:
        assert backfill.progress.items == len(first) == 150
        rest = [post.id async for post in backfill.items()]
    assert first + rest == x.between(WEEK, NOW - 15)


async def test_the_end_stays_where_it_was_and_a_finished_backfill_stays_finished() -> None:
    x, store = Archive(uneven(1000, WEEK, NOW + DAY)), MemoryCheckpoints()
    async with x.client().backfill("q", utc(WEEK), checkpoint=store) as backfill:
        ids = [post.id for post in await anext(backfill)]
    x.clock.now += 3600
    later = x.client().backfill("q", utc(WEEK), checkpoint=store, use_counts=False)
    ids += await ids_of(later)
    assert later.end == utc(NOW - 15)
    assert set(ids) >= set(x.between(WEEK + 3700, NOW - 15))
    again = x.client().backfill("q", utc(WEEK), checkpoint=store)
    sent = len(x.requests)
    assert await ids_of(again) == []
    assert len(x.requests) == sent
    assert again.progress.fraction == 1.0
    tomorrow = x.client().backfill("q", again.end, checkpoint=store, checkpoint_name="tomorrow")
    assert await ids_of(tomorrow) == x.between(NOW - 15, NOW + 3585)


async def test_another_backfill_under_the_same_name_is_refused() -> None:
    x, store = Archive(uneven(1000, WEEK, NOW)), MemoryCheckpoints()
    async with x.client().backfill("q", utc(WEEK), utc(NOW - DAY), checkpoint=store) as backfill:
        await anext(backfill)
    cursor = backfill.cursor
    other = x.client().backfill("q", utc(WEEK + 60), checkpoint=store)
    with pytest.raises(
        InvalidArgument, match="'backfill posts.search_recent q' belongs to another backfill.*another start"
    ):
        await anext(other)
    with pytest.raises(InvalidArgument, match="another end"):
        await anext(x.client().backfill("q", utc(WEEK), utc(NOW - DAY - 1), checkpoint=store))
    with pytest.raises(InvalidArgument, match="another query"):
        x.client().backfill("p", utc(WEEK), utc(NOW - DAY), after=cursor)
    with pytest.raises(InvalidArgument, match="operation"):
        x.client().backfill_counts("q", utc(WEEK), utc(NOW - DAY), after=cursor)
    assert await ids_of(x.client().backfill("p", utc(WEEK), checkpoint=store)) == x.between(WEEK, NOW - 15)


async def test_so_long_ago_means_what_it_meant_in_the_first_run() -> None:
    x, store = Archive(uneven(1000, WEEK, NOW)), MemoryCheckpoints()
    start, end = timedelta(days=6), timedelta(hours=1)
    async with x.client().backfill("q", start, end, checkpoint=store) as backfill:
        ids = [post.id for post in await anext(backfill)]
    x.clock.now += 90
    again = x.client().backfill("q", start, end, checkpoint=store)
    assert ids + await ids_of(again) == x.between(NOW - 6 * DAY, NOW - 3600)
    assert again.start == utc(NOW - 6 * DAY)


async def test_counts_go_on_where_they_were() -> None:
    x = Archive(uneven(3000, START, END))
    whole = [each async for each in x.client().backfill_counts("q", utc(START), utc(END), archive=True).items()]
    cursor, counts = None, list[models.PostCount]()
    while len(counts) < len(whole):
        backfill = x.client().backfill_counts("q", utc(START), utc(END), archive=True, after=cursor)
        counts += [each async for each in backfill.items(limit=100)]
        cursor = backfill.cursor
    assert counts == whole


class Broken(MemoryCheckpoints):
    fails = False

    async def save(self, name: str, data: bytes) -> None:
        if self.fails:
            raise StoreFailed("the disk is full")
        await super().save(name, data)


async def test_a_store_that_fails_is_told_and_loses_nothing() -> None:
    x, store = Archive(uneven(1000, WEEK, NOW)), Broken()
    ids, failures = list[str | None](), 0
    backfill = x.client().backfill("q", utc(WEEK), checkpoint=store)
    while True:
        store.fails = not store.fails
        try:
            async for page in backfill:
                ids += [post.id for post in page]
            break
        except StoreFailed:
            failures += 1
    assert ids == x.between(WEEK, NOW - 15)
    assert failures
