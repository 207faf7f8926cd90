"""Every operation that reads, in both vocabularies; look-ups that miss; timelines."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import msgspec
import pytest

from tests.sandbox.api import Api, Posts, Users, names, whole
from xdk_async._core.answer import Page
from xdk_async._core.operation import Auth
from xdk_async.api import models
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.handlers import HANDLERS

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD_WORDS = {"edit_history_tweet_ids", "referenced_tweets", "retweet_count", "tweets", "tweet_count", "pinned_tweet_id"}
QUERIES: dict[str, dict[str, str]] = {
    "posts.get_by_ids": {"ids": "{post},1"},
    "posts.get_counts_all": {"query": "python"},
    "posts.get_counts_recent": {"query": "python"},
    "posts.search_all": {"query": "python", "max_results": "50"},
    "posts.search_recent": {"query": "python", "max_results": "50"},
    "users.get_by_ids": {"ids": "{me},1"},
    "users.get_by_usernames": {"usernames": "sandbox,nobody"},
    "users.search": {"query": "ki"},
}
READS = [name for name in HANDLERS if OPERATIONS[name].method == "GET" and not OPERATIONS[name].streams]
ALL: dict[str, dict[str, str]] = {
    "2.166": {
        "tweet.fields": "created_at,public_metrics,referenced_tweets,entities,note_tweet,author_id,attachments,geo",
        "user.fields": "public_metrics,pinned_tweet_id,created_at,entities",
        "expansions": "author_id,referenced_tweets.id,pinned_tweet_id,owner_id,attachments.media_keys,geo.place_id",
    },
    "2.167": {
        "post.fields": "created_at,public_metrics,entities,note_post,attachments,geo",
        "user.fields": "public_metrics,created_at,entities",
        "expansions": "author_id,referenced_posts,pinned_post_id,owner_id,attachments.media_keys,geo.place_id",
    },
}


def asked(name: str, version: str, path: dict[str, str]) -> dict[str, str]:
    """The operation's own query, and what it knows of the fields above."""
    query = {key: value.format_map(path) for key, value in QUERIES.get(name, {}).items()}
    for param in OPERATIONS[name].fields:
        wire = param.wire or param.name
        known = [each for each in ALL[version].get(wire, "").split(",") if each in param.choices]
        if known:
            query[wire] = ",".join(known)
    return query


def envelope(answer: Any) -> type[models.Envelope[Any]]:
    """Response[User] → Envelope[User], Page[Post] → Envelope[list[Post]]."""
    [data] = get_args(answer)
    generic: Any = models.Envelope
    listed: Any = list
    kind: type[models.Envelope[Any]] = generic[listed[data] if get_origin(answer) is Page else data]
    return kind


@pytest.mark.parametrize("version", ["2.166", "2.167"])
@pytest.mark.parametrize("name", [name for name in READS if name != "general.get_open_api_spec"])
async def test_an_answer_is_what_the_catalogue_says(reader: Api, name: str, version: str) -> None:
    operation = OPERATIONS[name]
    liked = next(post.id for post in reader.store.posts.values() if reader.store.likes.to(post.id))
    ids = {"post": liked, "me": reader.me, "id": reader.me, "username": "sandbox"}
    ids["id"] = {"posts": liked, "lists": next(iter(reader.store.lists))}.get(name.split(".")[0], reader.me)
    query = asked(name, version, ids)
    user = Auth.OAUTH2 in operation.auth
    headers = reader.headers(user=user)
    answer = await reader.client.get(operation.path.format_map(ids), params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    decoded = whole(answer, envelope(operation.answer()))
    if query.keys() & {"tweet.fields", "post.fields"}:
        assert bool(names(msgspec.to_builtins(decoded)) & OLD_WORDS) is False
        if decoded.data:
            assert bool(names(answer.json()) & OLD_WORDS) is (version == "2.166")


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
