"""A session over many operations, against the local X: what each call costs by hand, by the client, and by X's account."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xdk_async import PRICES, AsyncClient, Budget, Costly, XError
from xdk_async.testing import Cassette, LocalX

NOON = 1_790_078_400.0  # 2026-09-22 12:00:00 UTC
Call = Callable[[AsyncClient, LocalX], Awaitable[Any]]


def quietly(_: Costly) -> None:
    """Posts with URLs are meant."""


async def refused(call: Awaitable[Any]) -> None:
    with pytest.raises(XError):
        await call


def people(x: LocalX, count: int) -> list[str]:
    return [id for id, user in x.store.users.items() if id != x.me.id and not user.protected][:count]


SESSION: list[tuple[str, Call, str]] = [
    ("ten posts", lambda c, x: c.posts.search_recent("python", max_results=10), "0.05"),
    ("the same ones", lambda c, x: c.posts.search_recent("python", max_results=10), "0"),
    ("of twenty ten are known", lambda c, x: c.posts.search_recent("python", max_results=20), "0.05"),
    ("a user", lambda c, x: c.users.get_me(), "0.01"),
    ("the same by name", lambda c, x: c.users.get_by_username(x.me.username), "0"),
    ("three more", lambda c, x: c.users.get_by_ids(people(x, 3)), "0.03"),
    ("nobody", lambda c, x: c.users.get_by_username("nobody_here"), "0"),
    ("own posts, which cost less; one is known", lambda c, x: own(c).users.get_posts(x.me.id, max_results=5), "0.004"),
    ("own bookmarks, two of them", lambda c, x: own(c).users.get_bookmarks(x.me.id, max_results=2), "0.002"),
    ("a post", lambda c, x: c.posts.create(text="good morning"), "0.015"),
    ("a post with a URL", lambda c, x: c.posts.create(text="read https://example.com"), "0.20"),
    ("an answer", lambda c, x: c.posts.create(text="yes", reply_to=other_post(x)), "0.01"),
    ("the same post again, refused", lambda c, x: refused(c.posts.create(text="good morning")), "0"),
    ("a like", lambda c, x: c.users.like_post(x.me.id, tweet_id=other_post(x)), "0.015"),
    ("which is taken back", lambda c, x: c.users.unlike_post(x.me.id, other_post(x)), "0.01"),
    ("a follow", lambda c, x: c.users.follow_user(x.me.id, target_user_id=people(x, 1)[0]), "0.015"),
    ("a bookmark", lambda c, x: c.users.create_bookmark(x.me.id, tweet_id=other_post(x)), "0.005"),
    ("a List", lambda c, x: c.lists.create(name="friends"), "0.01"),
    ("counts", lambda c, x: c.posts.get_counts_recent("python"), "0.005"),
    ("counts of all time", lambda c, x: c.posts.get_counts_all("python"), "0.01"),
    ("trends", lambda c, x: c.trends.get_by_woeid(1), "0.01"),
    ("how much it was", lambda c, x: c.usage.get(), "0"),
    ("rules", lambda c, x: c.stream.update_rules({"add": [{"value": "stream"}]}), "0"),
    ("two events of a stream", lambda c, x: streamed(c, x), "0.01"),
]


def own(client: AsyncClient) -> AsyncClient:
    return client.with_options(credential="user")


def other_post(x: LocalX) -> str:
    posts = x.store.newest_first()
    return [post.id for post in posts if post.author_id == people(x, 1)[0] and not post.refers("retweeted")][-1]


async def streamed(client: AsyncClient, x: LocalX) -> None:
    async with client.stream.posts() as posts:
        for each in ("one", "two"):
            x.post(f"{each} for the stream", author=people(x, 1)[0])
            await asyncio.wait_for(anext(posts), 5)


@pytest.fixture
def x() -> LocalX:
    local = LocalX(clock=lambda: NOON)
    local.clock.freeze()
    for id in [post.id for post in local.store.newest_first()][200:203]:
        local.store.bookmarks.add(local.me.id, id)
    return local


async def play(client: AsyncClient, x: LocalX) -> None:
    """The session, each call checked against the price by hand."""
    for what, call, cost in SESSION:
        before = client.costs.total
        answer = await call(client, x)
        assert client.costs.total - before == Decimal(cost), what
        if answer is not None:
            assert answer.cost == Decimal(cost), what


async def test_a_session_costs_what_the_table_says_and_x_agrees(x: LocalX) -> None:
    budget = Budget(10, per="day")
    client = x.client(prices=PRICES.replace(owner=x.me.id), on_costly=quietly, budget=budget)
    await play(client, x)
    by_hand = sum(Decimal(cost) for _, _, cost in SESSION)
    assert client.costs.total == x.meter.spent == by_hand == Decimal("0.461")
    assert (await budget.status(NOON)).spent == by_hand
    x.clock.advance(12 * 3600)
    again = await client.posts.search_recent("python", max_results=10)
    assert again.cost == Decimal("0.05"), "a new day"
    assert client.costs.total == x.meter.spent == Decimal("0.511")
    assert (await budget.status(x.clock.now())).spent == Decimal("0.05")
    await client.aclose()


async def test_a_recorded_session_costs_the_same_when_it_is_replayed(x: LocalX, tmp_path: Path) -> None:
    async def tour(client: AsyncClient) -> Decimal:
        await client.posts.search_recent("python", max_results=10)
        await client.posts.search_recent("python", max_results=10)
        await client.users.get_me()
        await client.posts.create(text="good morning")
        return client.costs.total

    path = tmp_path / "tape.json"
    async with Cassette(path, transport=x.transport) as cassette:
        assert await tour(x.client(transport=cassette)) == Decimal("0.075")
    with Cassette(path) as cassette:
        assert await tour(x.client(transport=cassette)) == Decimal("0.075") == x.meter.spent


EVENTS = [
    ("post.create", "0.005"),
    ("profile.update.bio", "0.005"),
    ("follow.follow", "0.01"),
    ("dm.read", "0"),
    ("spaces.start", "0.005"),
]


async def test_events_of_the_activity_stream_cost_by_their_kind(x: LocalX) -> None:
    client = x.client()
    for kind, _ in EVENTS:
        wish: Any = {"event_type": kind, "filter": {"user_id": x.me.id}}
        await client.activity.create_subscription(wish)
    async with client.stream.activity() as events:
        for kind, cost in EVENTS:
            x.activity.emit(kind, {"text": "hello"}, source=x.me.id, target=x.me.id)
            event = await asyncio.wait_for(anext(events), 5)
            assert (event.data.event_type, event.cost) == (kind, Decimal(cost))
    assert client.costs.total == x.meter.spent == Decimal("0.025")
    await client.aclose()
