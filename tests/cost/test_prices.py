"""The table of prices: what it holds, and how users change it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.client.fakes import FakeX
from tests.cost.timed import Timed, answer
from xdk_async import PRICES, InvalidArgument
from xdk_async._core.cost import price_of_event
from xdk_async._core.price import dollars, micros, shown
from xdk_async._core.tariff import is_event, tariff
from xdk_async.api.operations import OPERATIONS

READS = {
    "posts.search_recent": ("Post", 5_000),
    "posts.get_by_ids": ("Post", 5_000),
    "users.get_me": ("User", 10_000),
    "users.get_followers": ("User", 10_000),
    "users.get_muting": ("Mute", 1_000),
    "users.get_blocking": ("Block", 1_000),
    "direct_messages.get_events": ("DmEvent", 10_000),
    "lists.get_by_id": ("List", 5_000),
    "spaces.search": ("Space", 5_000),
    "communities.search": ("Community", 5_000),
    "community_notes.search_written": ("Note", 5_000),
    "media.get_by_keys": ("Media", 5_000),
    "media.get_analytics": ("Analytics", 5_000),
    "stream.likes_firehose": ("Like", 1_000),
    "stream.posts": ("Post", 5_000),
    "stream.get_rules": ("Rule", 0),
    "usage.get": ("Usage", 0),
    "posts.create": ("CreatePostsResponseData", 0),
}


@pytest.mark.parametrize("name", READS)
def test_an_operation_is_billed_by_the_resources_that_it_returns(name: str) -> None:
    found = tariff(OPERATIONS[name], PRICES)
    assert (found.kind, found.each) == READS[name]


def test_the_twelve_owned_reads_all_read_under_a_users_id() -> None:
    assert len(PRICES.owned) == 12
    assert all(OPERATIONS[name].path.startswith("/2/users/{id}/") for name in PRICES.owned)
    assert all(tariff(OPERATIONS[name], PRICES).is_owned for name in PRICES.owned)


def test_every_price_has_a_place_where_it_is_used() -> None:
    resources = {tariff(each, PRICES).kind for each in OPERATIONS.values()}
    for name in PRICES.amounts:
        base = name.partition(":")[0]
        assert base in resources or base in OPERATIONS or is_event(name) or name == "owned", name


@pytest.mark.parametrize(
    ("name", "price"),
    [
        ("post.create", 5_000),
        ("PostCreate", 5_000),
        ("profile.update.bio", 5_000),
        ("ProfileBioUpdate", 5_000),
        ("chat.conversation_join", 0),
        ("like.create", 1_000),
        ("something.new", 0),
    ],
)
def test_an_event_costs_the_same_under_its_older_name(name: str, price: int) -> None:
    assert price_of_event(name, PRICES) == price


def test_a_table_with_changes_leaves_the_published_one_alone() -> None:
    mine = PRICES.replace({"Post": 0.004, "posts.create:url": "0.1", "webhooks.create": 1}, includes=False, owner="7")
    assert (mine["Post"], mine["posts.create:url"], mine["webhooks.create"]) == (
        Decimal("0.004"),
        Decimal("0.10"),
        Decimal(1),
    )
    assert (mine.includes, mine.owner) == (False, "7")
    assert (PRICES["Post"], PRICES.includes, PRICES.owner) == (Decimal("0.005"), True, None)
    assert PRICES["nothing"] == 0
    assert mine.replace(includes=True).owner == "7"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"Posts": 1}, "did you mean 'Post'"),
    ({"posts.crate": 1}, "did you mean 'posts.create'"),
    ({"Post": -1}, "Post=-1 is no amount"),
    ({"Post": float("nan")}, "is no amount"),
    ({"Post": "much"}, "is no amount"),
    ({"Post": "0.0000001"}, "to the millionth"),
    ({"Post": True}, "is no amount"),
]


@pytest.mark.parametrize(("changes", "message"), BAD)
def test_a_price_that_means_nothing_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        PRICES.replace(changes)


@pytest.mark.parametrize("amount", [0.1, "0.1", Decimal("0.1"), Decimal("0.100000")])
def test_amounts_are_exact_whatever_they_are_given_as(amount: Any) -> None:
    assert micros(amount, "x") == 100_000


def test_amounts_are_shown_to_the_cent_or_as_fine_as_it_takes() -> None:
    assert [shown(each) for each in (0, 10_000, 5_000, 1_234_560_000, 1)] == [
        "$0.00",
        "$0.01",
        "$0.005",
        "$1,234.56",
        "$0.000001",
    ]
    assert dollars(10**18) == Decimal(10**12)


async def test_a_client_takes_the_changes_alone() -> None:
    async with Timed(FakeX(answer([1, 2])), prices={"Post": "0.25"}) as client:
        assert (await client.posts.search_recent("python")).cost == Decimal("0.50")
