"""Look-ups that miss; timelines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.api import Api, Posts, Users, whole
from xdk_async.api import models

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_is_missing_in_a_batch_stands_in_errors(reader: Api) -> None:
    answer = await reader.get("/2/users/by", usernames="sandbox,nobody")
    decoded = whole(answer, Users)
    assert [user.username for user in decoded.data or ()] == ["sandbox"]
    assert decoded.errors
    [problem] = decoded.errors
    assert problem.title == "Not Found Error"
    assert problem.type == "https://api.x.com/2/problems/resource-not-found"
    assert (problem.parameter, problem.value, problem.resource_id, problem.resource_type) == (
        "usernames",
        "nobody",
        "nobody",
        "user",
    )
    assert problem.detail


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/2/tweets/1", "tweet"),
        ("/2/users/1", "user"),
        ("/2/users/by/username/nobody", "user"),
        ("/2/lists/1", "list"),
        ("/2/users/1/tweets", "user"),
    ],
)
async def test_a_single_look_up_that_misses_is_200_with_nothing_but_errors(reader: Api, path: str, kind: str) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 200
    assert set(answer.json()) == {"errors"}
    assert [problem.resource_type for problem in whole(answer, models.Envelope[Any]).errors or ()] == [kind]


async def test_handles_are_found_however_they_are_capitalized(reader: Api) -> None:
    assert (await reader.json("/2/users/by/username/SandBox"))["data"]["id"] == reader.me


async def test_a_user_timeline_can_leave_kinds_out(reader: Api) -> None:
    everything = whole(
        await reader.get(f"/2/users/{reader.me}/tweets", max_results=100, expansions="referenced_posts"), Posts
    )
    plain = whole(
        await reader.get(
            f"/2/users/{reader.me}/tweets", max_results=100, expansions="referenced_posts", exclude="replies,retweets"
        ),
        Posts,
    )
    kinds = {ref.type for post in everything.data or () for ref in post.referenced_posts or ()}
    assert kinds >= {"replied_to", "retweeted"}
    left = {ref.type for post in plain.data or () for ref in post.referenced_posts or ()}
    assert not left & {"replied_to", "retweeted"}


async def test_the_home_timeline_shows_those_who_are_followed(reader: Api) -> None:
    body = await reader.json(f"/2/users/{reader.me}/timelines/reverse_chronological", user=True, expansions="author_id")
    followed = {reader.me, *reader.store.follows.of(reader.me)}
    assert {post["author_id"] for post in body["data"]} <= followed
    assert len(body["data"]) == 100


async def test_mentions_are_posts_that_name_the_user(reader: Api) -> None:
    body = await reader.json(f"/2/users/{reader.me}/mentions", max_results=50)
    assert len(body["data"]) >= 10
    assert all("@sandbox" in post["text"] and not post["text"].startswith("RT ") for post in body["data"])


async def test_private_things_of_others_are_refused(reader: Api) -> None:
    other = [*reader.store.users][1]
    for path in (f"/2/users/{other}/bookmarks", f"/2/users/{other}/timelines/reverse_chronological"):
        answer = await reader.get(path, user=True)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["parameters"] == {"id": [other]}
