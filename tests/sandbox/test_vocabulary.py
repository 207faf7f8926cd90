"""Which members answers have, in which words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.api import Api, Posts, Users, names, whole
from xdk_async.sandbox.match import meaning
from xdk_async.sandbox.query import read
from xdk_async.sandbox.record import Post

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD_WORDS = {"edit_history_tweet_ids", "referenced_tweets", "note_tweet", "retweet_count", "tweets", "tweet_count"}
NEW_WORDS = {"edit_history_post_ids", "referenced_posts", "note_post", "repost_count", "posts", "post_count"}


def some(api: Api, query: str) -> Post:
    matches = meaning(read(query))
    return next(post for post in api.store.posts.values() if matches(api.store, post))


async def test_asking_for_nothing_gives_the_defaults(reader: Api) -> None:
    post = some(reader, "python")
    assert (await reader.json(f"/2/tweets/{post.id}")) == {"data": {"id": post.id, "text": post.text}}
    user = reader.sandbox.me
    told = await reader.json(f"/2/users/{user.id}")
    assert told == {"data": {"id": user.id, "name": "Sandbox User", "username": "sandbox"}}


async def test_the_older_vocabulary_always_tells_the_edit_history(reader: Api) -> None:
    post = some(reader, "python")
    told = await reader.json(f"/2/tweets/{post.id}", tweet_fields="lang")
    assert told == {"data": {"id": post.id, "text": post.text, "lang": post.lang, "edit_history_tweet_ids": [post.id]}}


@pytest.mark.parametrize(
    ("query", "version"),
    [
        ({"post_fields": "public_metrics"}, "2.167"),
        ({"tweet_fields": "public_metrics"}, "2.166"),
        ({"expansions": "referenced_posts"}, "2.167"),
        ({"expansions": "referenced_tweets.id"}, "2.166"),
        ({"expansions": "referenced_tweets.id,referenced_posts"}, "2.167"),
        ({"tweet_fields": "note_post,referenced_tweets"}, "2.167"),
        ({"expansions": "author_id,edit_history_tweet_ids"}, "2.166"),
        ({"expansions": "edit_history_post_ids"}, "2.167"),
        ({"expansions": "author_id", "user_fields": "pinned_tweet_id,public_metrics"}, "2.166"),
        ({"expansions": "author_id", "user_fields": "public_metrics"}, "2.167"),
    ],
)
async def test_a_request_is_answered_in_its_own_words(reader: Api, query: dict[str, Any], version: str) -> None:
    answer = await reader.get("/2/tweets/search/recent", query="is:quote python", max_results=50, **query)
    whole(answer, Posts)
    used = names(answer.json())
    wrong, right = (OLD_WORDS, NEW_WORDS) if version == "2.167" else (NEW_WORDS, OLD_WORDS)
    assert not used & wrong
    assert used & right


@pytest.mark.parametrize(
    ("query", "members"),
    [
        ({"post_fields": "created_at,lang"}, {"id", "text", "created_at", "lang"}),
        ({"post_fields": "id"}, {"id", "text"}),
        ({"expansions": "author_id"}, {"id", "text", "author_id"}),
        ({"expansions": "username"}, {"id", "text", "username"}),
        ({"expansions": "edit_history_post_ids"}, {"id", "text", "edit_history_post_ids"}),
        ({"expansions": "referenced_posts"}, {"id", "text", "referenced_posts"}),
        ({"expansions": "in_reply_to_user_id"}, {"id", "text", "in_reply_to_user_id"}),
        ({"expansions": "entities.mentions.username"}, {"id", "text", "entities"}),
        ({"tweet_fields": "author_id"}, {"id", "text", "edit_history_tweet_ids", "author_id"}),
        ({"tweet_fields": "note_tweet"}, {"id", "text", "edit_history_tweet_ids"}),
    ],
)
async def test_a_post_has_what_was_asked_for_and_no_more(reader: Api, query: dict[str, Any], members: set[str]) -> None:
    reply = some(reader, "is:reply -has:links")
    assert set((await reader.json(f"/2/tweets/{reply.id}", **query))["data"]) == members


async def test_expansions_bring_each_object_once(reader: Api) -> None:
    body = await reader.json("/2/tweets/search/recent", query="from:sandbox", max_results=100, expansions="author_id")
    assert len(body["data"]) > 10
    assert body["includes"] == {"users": [{"id": reader.me, "name": "Sandbox User", "username": "sandbox"}]}


async def test_includes_hold_exactly_what_the_expansions_name(reader: Api) -> None:
    body = await reader.json(
        "/2/tweets/search/recent",
        query="python has:media",
        max_results=100,
        expansions="attachments.media_keys,geo.place_id",
        media_fields="width",
    )
    keys = [key for post in body["data"] for key in post["attachments"]["media_keys"]]
    assert [each["media_key"] for each in body["includes"]["media"]] == keys
    assert all(set(each) == {"media_key", "type", "width"} for each in body["includes"]["media"])
    places = {post["geo"]["place_id"] for post in body["data"] if "geo" in post}
    assert {each["id"] for each in body["includes"]["places"]} == places
    assert all(set(each) == {"id", "full_name"} for each in body["includes"]["places"])
    assert set(body["includes"]) == {"media", "places"}


async def test_polls_come_with_their_options(reader: Api) -> None:
    post = next(post for post in reader.store.posts.values() if post.poll_id)
    body = await reader.json(f"/2/tweets/{post.id}", expansions="attachments.poll_ids")
    [poll] = body["includes"]["polls"]
    assert set(poll) == {"id", "options"}
    body = await reader.json(
        f"/2/tweets/{post.id}", expansions="attachments.poll_ids", poll_fields="voting_status,end_datetime"
    )
    assert body["includes"]["polls"][0]["voting_status"] in ("open", "closed")


async def test_referenced_posts_bring_their_authors_by_name_or_by_the_newer_expansion(reader: Api) -> None:
    quote = some(reader, "is:quote")
    other = reader.store.posts[quote.references[0][1]]
    alone = await reader.json(f"/2/tweets/{quote.id}", expansions="referenced_tweets.id")
    assert alone["includes"] == {"tweets": [{"id": other.id, "text": other.text, "edit_history_tweet_ids": [other.id]}]}
    both = await reader.json(f"/2/tweets/{quote.id}", expansions="referenced_tweets.id,referenced_tweets.id.author_id")
    assert [each["id"] for each in both["includes"]["users"]] == [other.author_id]
    newer = await reader.json(f"/2/tweets/{quote.id}", expansions="referenced_posts,author_id")
    assert {each["id"] for each in newer["includes"]["users"]} == {other.author_id, quote.author_id}
    assert newer["includes"]["posts"] == [{"id": other.id, "text": other.text, "author_id": other.author_id}]


async def test_a_user_brings_the_pinned_post_in_either_vocabulary(reader: Api) -> None:
    pinned = reader.sandbox.me.pinned_post_id
    newer = await reader.json("/2/users/me", user=True, expansions="pinned_post_id")
    assert newer["data"]["pinned_post_id"] == newer["includes"]["posts"][0]["id"] == pinned
    older = await reader.json("/2/users/me", user=True, user_fields="pinned_tweet_id,public_metrics")
    assert older["data"]["pinned_tweet_id"] == pinned
    assert "tweet_count" in older["data"]["public_metrics"]
    assert "includes" not in older


async def test_every_field_and_expansion_of_the_table_decodes_in_either_vocabulary(reader: Api) -> None:
    from xdk_async.api.fields import POST_FIELDS, USER_FIELDS

    for bundle, path, kind in ((POST_FIELDS, "/2/tweets/search/recent", Posts), (USER_FIELDS, "/2/users/by", Users)):
        own: dict[str, Any] = {"query": "python", "max_results": 100} if kind is Posts else {"usernames": "sandbox"}
        for left_out in ("post.fields", "tweet.fields"):
            query = {(each.wire or each.name): ",".join(each.choices) for each in bundle if each.wire != left_out}
            answer = await reader.client.get(path, params={**own, **query}, headers=reader.headers(user=True))
            assert answer.status_code == 200, answer.text
            whole(answer, kind)


async def test_metrics_of_others_are_withheld_with_a_problem(reader: Api) -> None:
    own, other = some(reader, "from:sandbox -is:retweet"), some(reader, "python -from:sandbox")
    told = await reader.json("/2/tweets", user=True, ids=f"{own.id},{other.id}", post_fields="non_public_metrics")
    assert ["non_public_metrics" in each for each in told["data"]] == [True, False]
    [problem] = told["errors"]
    assert (problem["resource_id"], problem["field"]) == (other.id, "non_public_metrics")
