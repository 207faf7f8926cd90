"""Pages: tokens, what stands beside the data, and what happens while somebody turns them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.api import Api
from xdk_async.sandbox.page import BadToken, cut

ITEMS = [str(number) for number in range(10)]


def same(item: str) -> str:
    return item


def test_pages_follow_each_other_both_ways() -> None:
    first = cut(ITEMS, same, 4, None, "a")
    second = cut(ITEMS, same, 4, first.next_token, "a")
    third = cut(ITEMS, same, 4, second.next_token, "a")
    assert [page.items for page in (first, second, third)] == [ITEMS[:4], ITEMS[4:8], ITEMS[8:]]
    assert first.previous_token is None
    assert third.next_token is None
    assert cut(ITEMS, same, 4, third.previous_token, "a").items == ITEMS[4:8]


def test_what_is_added_or_removed_in_between_shifts_nothing() -> None:
    token = cut(ITEMS, same, 4, None, "a").next_token
    assert cut(["new", "newer", *ITEMS], same, 4, token, "a").items == ITEMS[4:8]
    assert cut(ITEMS[:3] + ITEMS[4:], same, 4, token, "a").items == ITEMS[4:8]


@pytest.mark.parametrize("form", ["{}aa", "a{}", "", "!", "{0}{0}"])
def test_a_token_that_was_not_given_out_is_refused(form: str) -> None:
    token = cut(ITEMS, same, 4, None, "a").next_token
    assert token
    with pytest.raises(BadToken):
        cut(ITEMS, same, 4, form.format(token), "a")
    with pytest.raises(BadToken):
        cut(ITEMS, same, 4, token, "another list")


@pytest.mark.parametrize("name", ["next_token", "pagination_token"])
async def test_a_search_is_walked_to_its_end_by_either_name(x: Api, name: str) -> None:
    query: dict[str, Any] = {"query": "python", "max_results": 50}
    seen: list[str] = []
    while True:
        body = await x.json("/2/tweets/search/recent", **query)
        assert body["meta"]["result_count"] == len(body["data"])
        seen += [post["id"] for post in body["data"]]
        if "next_token" not in body["meta"]:
            break
        query[name] = body["meta"]["next_token"]
    assert len(seen) == len(set(seen)) > 100
    assert len(seen) == (await x.json("/2/tweets/search/all", query="python", max_results=500))["meta"]["result_count"]


async def test_new_posts_do_not_shift_the_next_page(x: Api) -> None:
    everything = (await x.json("/2/tweets/search/recent", query="python", max_results=20))["data"]
    first = await x.json("/2/tweets/search/recent", query="python", max_results=10)
    await x.say("python, python, python")
    second = await x.json(
        "/2/tweets/search/recent", query="python", max_results=10, next_token=first["meta"]["next_token"]
    )
    assert first["data"] + second["data"] == everything


async def test_timelines_have_a_way_back(x: Api) -> None:
    path = f"/2/users/{x.me}/tweets"
    first = await x.json(path, max_results=5)
    second = await x.json(path, max_results=5, pagination_token=first["meta"]["next_token"])
    back = await x.json(path, max_results=5, pagination_token=second["meta"]["previous_token"])
    assert "previous_token" not in first["meta"]
    assert back["data"] == first["data"] != second["data"]


async def test_a_token_is_good_for_its_own_list_only(x: Api) -> None:
    token = (await x.json("/2/tweets/search/recent", query="python"))["meta"]["next_token"]
    other = await x.get("/2/tweets/search/recent", query="coffee", next_token=token)
    assert other.status_code == 400
    assert other.json()["errors"][0]["parameters"] == {"next_token": [token]}


async def test_followers_come_page_by_page(x: Api) -> None:
    count = len(x.store.follows.to(x.me))
    body = await x.json(f"/2/users/{x.me}/followers", max_results=10)
    rest = await x.json(f"/2/users/{x.me}/followers", max_results=1000, pagination_token=body["meta"]["next_token"])
    assert len(body["data"]) == 10
    assert len(rest["data"]) == count - 10
