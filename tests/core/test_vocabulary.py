"""The same answer in the words of either version of X's description gives equal objects under both names."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from xdk_async import AsyncClient, models
from xdk_async._core.answer import Page
from xdk_async._core.lenient import is_list, is_object

RENAMED = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "note_tweet": "note_post",
    "retweet_count": "repost_count",
    "pinned_tweet_id": "pinned_post_id",
    "most_recent_tweet_id": "most_recent_post_id",
    "tweet_count": "post_count",
    "total_tweet_count": "total_post_count",
    "tweets": "posts",
}

COUNTS = {
    "retweet_count": 1,
    "reply_count": 2,
    "like_count": 3,
    "quote_count": 4,
    "bookmark_count": 5,
    "impression_count": 6,
}
ENTITIES = {
    "urls": [
        {"start": 0, "end": 23, "url": "https://t.co/a", "expanded_url": "https://x.com", "images": [{"width": 1}]}
    ],
    "mentions": [{"start": 24, "end": 28, "username": "ann", "id": "10"}],
    "hashtags": [{"start": 29, "end": 34, "tag": "cats"}],
    "cashtags": [{"start": 35, "end": 40, "tag": "CATS"}],
    "annotations": [{"start": 1, "end": 2, "probability": 0.5, "type": "Other", "normalized_text": "cats"}],
}
OLDER: dict[str, Any] = {
    "data": [
        {
            "id": "1",
            "text": "https://t.co/a @ann #cats $CATS",
            "author_id": "10",
            "created_at": "2026-01-02T03:04:05.000Z",
            "conversation_id": "1",
            "edit_history_tweet_ids": ["0", "1"],
            "edit_controls": {"edits_remaining": 5, "is_edit_eligible": True, "editable_until": "2026-01-02T04:04:05.000Z"},
            "referenced_tweets": [{"type": "quoted", "id": "2"}, {"type": "replied_to", "id": "3"}],
            "note_tweet": {"text": "long", "entities": ENTITIES},
            "public_metrics": COUNTS,
            "organic_metrics": {**COUNTS, "url_link_clicks": 7},
            "promoted_metrics": {**COUNTS, "user_profile_clicks": 8},
            "non_public_metrics": {"impression_count": 9},
            "entities": ENTITIES,
            "attachments": {"media_keys": ["3_1"], "poll_ids": ["30"], "media_source_tweet_id": ["5"]},
            "context_annotations": [{"domain": {"id": "46"}, "entity": {"id": "47", "name": "Cats"}}],
            "geo": {"place_id": "40", "coordinates": {"type": "Point", "coordinates": [1.5, 2]}},
            "withheld": {"copyright": False, "country_codes": ["DE"], "scope": "tweet"},
            "display_text_range": [0, 31],
            "lang": "en",
        },
        {"id": "4", "edit_history_tweet_ids": [""], "withheld": {"scope": "user"}},
    ],
    "includes": {
        "users": [
            {"id": "10", "username": "ann", "pinned_tweet_id": "3", "most_recent_tweet_id": "1",
             "public_metrics": {"followers_count": 1, "tweet_count": 20}},
        ],
        "tweets": [
            {"id": "2", "referenced_tweets": [{"type": "retweeted", "id": "3"}], "public_metrics": COUNTS},
            {"id": "3", "edit_history_tweet_ids": ["3"]},
        ],
        "media": [{"media_key": "3_1", "type": "photo", "public_metrics": {"view_count": 1}}],
        "polls": [{"id": "30", "end_datetime": "2026-01-02T03:04:05.000Z", "options": [{"position": 1, "votes": 2}]}],
        "places": [{"id": "40", "geo": {"type": "Feature", "bbox": [1, 2, 3, 4], "properties": {}}}],
    },
    "meta": {"result_count": 2, "newest_id": "4", "oldest_id": "1", "next_token": "b26", "total_tweet_count": 7},
    "errors": [{"type": "https://api.twitter.com/2/problems/resource-not-found", "resource_id": "9"}],
}  # fmt: skip


def in_newer_words(value: Any) -> Any:
    if is_object(value):
        renamed = {RENAMED.get(name, name): in_newer_words(each) for name, each in value.items()}
        return {name: "post" if (name, each) == ("scope", "tweet") else each for name, each in renamed.items()}
    return [in_newer_words(each) for each in value] if is_list(value) else value


NEWER = in_newer_words(OLDER)


def client_of(answer: object) -> AsyncClient:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return AsyncClient(
        bearer_token="x", transport=httpx.MockTransport(lambda _request: httpx.Response(200, content=body))
    )


async def page_of(answer: object) -> Page[models.Post]:
    return await client_of(answer).posts.search_recent("cats")


async def test_a_page_is_equal_in_either_spelling() -> None:
    older, newer = await page_of(OLDER), await page_of(NEWER)
    assert older.undecoded == newer.undecoded == ()
    assert older == newer
    assert (older.data, older.includes, older.meta) == (newer.data, newer.includes, newer.meta)
    assert older.to_dict() == newer.to_dict()
    assert repr(older.data) == repr(newer.data)
    assert [each.to_json() for each in older] == [each.to_json() for each in newer]


@pytest.mark.parametrize("answer", [OLDER, NEWER], ids=["2.166", "2.167"])
async def test_everything_is_read_under_both_names(answer: object) -> None:
    page = await page_of(answer)
    post = page.data[0]
    assert post.edit_history_tweet_ids == post.edit_history_post_ids == ["0", "1"]
    assert post.referenced_tweets is post.referenced_posts
    assert [each.id for each in post.referenced_posts or []] == ["2", "3"]
    assert post.note_tweet is post.note_post
    assert post.note_post
    assert post.note_post.entities
    assert post.note_post.entities.hashtags == [models.HashtagEntity(start=29, end=34, tag="cats")]
    for metrics in (post.public_metrics, post.organic_metrics, post.promoted_metrics):
        assert metrics
        assert metrics.retweet_count == metrics.repost_count == 1
        assert metrics.like_count == 3
    assert post.withheld
    assert post.withheld.scope == "post"
    assert page.data[1].withheld == models.PostWithheld(scope="user")
    assert page.data[1].edit_history_post_ids == [""]
    assert page.includes.tweets == page.includes.posts == page.includes.struct.tweets
    [user] = page.includes.users
    assert user.pinned_tweet_id == user.pinned_post_id == "3"
    assert user.most_recent_tweet_id == user.most_recent_post_id == "1"
    assert user.public_metrics
    assert user.public_metrics.tweet_count == user.public_metrics.post_count == 20
    assert page.meta.total_tweet_count == page.meta.total_post_count == 7
    assert post.created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def with_both(older: dict[str, Any], newer: Any) -> Any:
    """The newer answer with the older names beside the newer ones, and something else under them."""
    if is_object(newer):
        beside = {old: older.get(old) for old, new in RENAMED.items() if new in newer}
        return beside | {name: with_both(older, each) for name, each in newer.items()}
    return [with_both(older, each) for each in newer] if is_list(newer) else newer


@pytest.mark.parametrize(
    "value",
    [
        {"edit_history_tweet_ids": ["99"], "referenced_tweets": [], "note_tweet": {"text": "older"}, "retweet_count": 99,
         "pinned_tweet_id": "99", "most_recent_tweet_id": "99", "tweet_count": 99, "total_tweet_count": 99,
         "tweets": [{"id": "99"}]},
        {},
        {"note_tweet": 5, "tweets": "none", "retweet_count": "many"},
    ],
    ids=["other values", "null", "values that do not fit"],
)  # fmt: skip
async def test_the_newer_name_wins_where_both_are_sent(value: dict[str, Any]) -> None:
    both = await page_of(with_both(value, NEWER))
    newer = await page_of(NEWER)
    assert both == newer
    assert both.to_dict() == newer.to_dict()


async def test_the_order_in_which_both_are_sent_does_not_matter() -> None:
    first = await page_of(b'{"data": [{"note_tweet": {"text": "old"}, "note_post": {"text": "new"}}]}')
    second = await page_of(b'{"data": [{"note_post": {"text": "new"}, "note_tweet": {"text": "old"}}]}')
    assert first == second
    assert first.data[0].note_post == models.PostNotePost(text="new")


async def test_an_empty_newer_value_wins_and_a_null_one_does_not() -> None:
    [post] = await page_of(
        b'{"data": [{"referenced_posts": [], "referenced_tweets": [{"id": "1"}], "note_post": null, "note_tweet": {}}]}'
    )
    assert (post.referenced_posts, post.note_post) == ([], models.PostNotePost())


async def test_what_does_not_fit_under_one_name_is_taken_from_the_other() -> None:
    page = await page_of({"data": [{"note_post": 5, "note_tweet": {"text": "old"}}]})
    assert page.data[0].note_post == models.PostNotePost(text="old")
    assert page.undecoded == ("data[0].note_post",)


@pytest.mark.parametrize("answer", [OLDER, NEWER, with_both({}, NEWER)], ids=["2.166", "2.167", "both"])
async def test_nothing_hidden_is_shown(answer: object) -> None:
    page = await page_of(answer)
    shown = json.dumps(page.to_dict()) + repr(page.data) + repr(page.includes) + repr(page.meta)
    shown += "".join(each.to_json().decode() for each in page)
    for name in RENAMED:
        assert f'"{name}"' not in shown
        assert f"{name}=" not in shown.replace("media_source_tweet_id=", "")
    assert "'_" not in shown
    assert " _" not in shown
    assert '"_' not in shown


async def test_what_is_shown_is_what_was_sent_in_newer_words() -> None:
    page = await page_of(OLDER)
    expected = copy.deepcopy(NEWER)
    for each in [expected["data"][0], expected["data"][0]["edit_controls"], expected["includes"]["polls"][0]]:
        for name in ("created_at", "editable_until", "end_datetime"):
            if name in each:
                each[name] = each[name].replace(".000Z", "Z")
    assert page.to_dict() == expected
    assert [json.loads(each.to_json()) for each in page] == expected["data"]


async def test_what_is_shown_is_read_back_as_an_equal_page() -> None:
    page = await page_of(OLDER)
    assert await page_of(page.to_dict()) == page


# Other places


@pytest.mark.parametrize(("count", "total"), [("tweet_count", "total_tweet_count"), ("post_count", "total_post_count")])
async def test_counts_are_read_in_either_spelling(count: str, total: str) -> None:
    day = {"start": "2026-01-01T00:00:00.000Z", "end": "2026-01-02T00:00:00.000Z"}
    page = await client_of({"data": [{**day, count: 5}], "meta": {total: 5}}).posts.get_counts_recent("cats")
    [slice] = page.data
    assert slice.tweet_count == slice.post_count == 5
    assert page.meta.total_tweet_count == page.meta.total_post_count == 5
    assert slice.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert page.to_dict()["data"] == [{"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z", "post_count": 5}]


@pytest.mark.parametrize(("name", "included"), [("referenced_tweets", "tweets"), ("referenced_posts", "posts")])
async def test_direct_messages_are_read_in_either_spelling(name: str, included: str) -> None:
    answer = {"data": [{"id": "1", "text": "look", name: [{"id": "2"}]}], "includes": {included: [{"id": "2"}]}}
    page = await client_of(answer).direct_messages.get_events()
    [event] = page.data
    assert event.referenced_tweets == event.referenced_posts == [models.ReferencedPost(id="2")]
    assert page.includes.posts == page.includes.tweets == [models.Post(id="2")]
    assert event.to_dict() == {"id": "1", "text": "look", "referenced_posts": [{"id": "2"}]}


async def test_a_new_post_is_read_in_either_spelling() -> None:
    older = await client_of({"data": {"id": "1", "edit_history_tweet_ids": ["1"]}}).posts.create(text="hi")
    newer = await client_of({"data": {"id": "1", "edit_history_post_ids": ["1"]}}).posts.create(text="hi")
    assert older == newer
    assert older.data
    assert older.data.edit_history_tweet_ids == older.data.edit_history_post_ids == ["1"]


async def test_chats_and_news_are_read_in_either_spelling() -> None:
    older = await client_of({"data": [{"id": "g1", "message_ttl_msec": "5"}]}).chat.get_conversations()
    newer = await client_of({"data": [{"id": "g1", "message_ttl_ms": 5}]}).chat.get_conversations()
    assert older == newer
    assert (older.data[0].message_ttl_ms, older.data[0].message_ttl_msec) == (5, 5)
    assert older.undecoded == ()
    told = await client_of({"data": {"rest_id": "1", "last_updated_at_ms": "2026-01-02T03:04:05Z"}}).news.get("1")
    tells = await client_of({"data": {"id": "1", "updated_at": "2026-01-02T03:04:05Z"}}).news.get("1")
    assert told == tells


# Structs


async def test_structs_cannot_be_changed_and_are_equal_and_hashed_by_value() -> None:
    older, newer = await page_of(OLDER), await page_of(NEWER)
    post: Any = older.data[0]
    with pytest.raises(AttributeError):
        post.text = "changed"
    [one], [other] = older.includes.users, newer.includes.users
    assert one is not other
    assert hash(one) == hash(other)
    assert {one, other} == {one}
    assert one != msgspec.structs.replace(one, username="bob")
    others: list[object] = [models.User(id="1"), models.Post(id="2"), {"id": "1"}, "1"]
    assert models.Post(id="1") not in others
    assert pickle.loads(pickle.dumps(older.data)) == copy.deepcopy(older.data) == newer.data


def test_a_struct_made_by_hand_shows_both_names_too() -> None:
    post = models.Post(id="1", edit_history_post_ids=["1"])
    assert post.edit_history_tweet_ids == ["1"]
    assert repr(post) == "Post(edit_history_post_ids=['1'], id='1')"
    assert msgspec.structs.replace(post, id="2").edit_history_tweet_ids == ["1"]
