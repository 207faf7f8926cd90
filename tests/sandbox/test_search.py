"""Queries: how they are read, what they find, and in which span and order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.api import Api
from xdk_async.sandbox.compose import compose, write
from xdk_async.sandbox.match import matcher, meaning
from xdk_async.sandbox.operator import topic_id
from xdk_async.sandbox.query import QueryError, read
from xdk_async.sandbox.record import List, Media, Place, Post, User
from xdk_async.sandbox.store import Store

SEARCH = "/2/tweets/search/recent"


def post_in(store: Store, text: str, **more: Any) -> Post:
    done = write(store, text)
    given: dict[str, Any] = {"id": "9", "ms": 0, "author_id": "7", "conversation_id": "5", **more}
    return Post(text=done.text, entities=done.entities, **given)


def small_store() -> Store:
    store = Store()
    store.add_user(User("7", "Ann", "Ann", 0))
    store.add_user(User("8", "bob_b", "Bob", 0))
    store.media["3_1"] = Media("3_1", "photo", 1, 1)
    return store


TEXT = "Cats and dogs love @bob_b's C++ notes, https://example.com/a #Fun #naïve 🎉"
FOUND = [
    "cats",
    "CATS dogs",
    "dogs cats",
    '"cats and dogs"',
    "cow OR dogs",
    "cow OR (cats love)",
    "cats -cow",
    "-(cow OR horse)",
    "cats (cow OR dogs) -(horse mouse)",
    "@Bob_B",
    "#fun",
    "#naïve",
    "fun",
    "🎉",
    "c++",
    "has:links",
    "has:mentions has:hashtags",
    "lang:en",
    "from:ann",
    "from:@Ann",
    "from:7",
    "conversation_id:5",
    "-is:retweet -is:reply -is:quote",
    "-has:media",
    "FROM:ann",
    '"and"',
    "url:example.com",
    'url:"https://example.com/a"',
    "url_title:page",
    "followers_count:0",
    "tweets_count:0..2",
    "bio_name:ann",
]
NOT_FOUND = [
    "cat",
    "cats cow",
    '"dogs and cats"',
    "-cats",
    "cow OR horse",
    "@ann",
    "#cats",
    "bob",
    "has:images",
    "has:videos",
    "lang:de",
    "from:bob_b",
    "to:bob_b",
    "is:reply",
    "horse OR dogs cow -cats",
    "$C",
    "url:example.org",
    "url_title:cats",
    "retweets_of:ann",
    "in_reply_to_tweet_id:5",
    "followers_count:1",
    "tweets_count:0..0 cow",
    "is:verified",
    "is:nullcast",
    "has:geo",
    "has:cashtags",
    "context:131.5",
    "entity:python",
    "place:graz",
    "list:1",
]


@pytest.mark.parametrize("query", FOUND)
def test_a_query_finds_what_it_means(query: str) -> None:
    store = small_store()
    assert meaning(read(query))(store, post_in(store, TEXT))


@pytest.mark.parametrize("query", NOT_FOUND)
def test_and_nothing_else(query: str) -> None:
    store = small_store()
    assert not meaning(read(query))(store, post_in(store, TEXT))


def test_standing_side_by_side_binds_closer_than_or() -> None:
    store = small_store()
    matches = meaning(read("cats OR dogs cow"))
    assert [matches(store, post_in(store, text)) for text in ("cats", "dogs cow", "dogs")] == [True, True, False]


def test_the_whole_text_of_a_long_post_is_searched() -> None:
    store = small_store()
    post = post_in(store, "word " * 80 + "needle")
    assert "needle" not in post.text
    post.note = compose("word " * 80 + "needle", lambda _: None).note
    assert matcher("needle")(store, post)


def test_media_and_references_are_told_apart() -> None:
    store = small_store()
    post = Post("9", 0, "7", "x", "5", media_keys=("3_1",), in_reply_to_user_id="8", references=(("replied_to", "5"),))
    yes = ("has:media", "has:images", "is:reply", "to:bob_b", "to:8")
    no = ("has:videos", "is:quote", "is:retweet", "to:ann")
    assert all(meaning(read(query))(store, post) for query in yes)
    assert not any(meaning(read(query))(store, post) for query in no)


BAD = {
    "": "empty",
    "   ": "empty",
    "near:here": "[near:]",
    "cats has:wheels": "[has:wheels]",
    "cats is:blue": "[is:blue]",
    "from:": "[from:]",
    "from:a-b": "[from:a-b]",
    "cats $1": "[$1]",
    "conversation_id:x": "[conversation_id:x]",
    "context:python": "[context:python]",
    "followers_count:many cats": "followers_count:many",
    "is:retweet": "[is:retweet] only narrows",
    "has:media lang:en": "[has:media] only narrows",
    "-cats": "[cats] only narrows",
    "cats OR is:reply": "only narrows",
    "-cats OR dogs": "only narrows",
    "cats  near:here": "position 7",
    "cats AND dogs": "[AND]",
    "cats or dogs": "[or]",
    "(cats": "never closed",
    "cats)": "no `(`",
    '"cats': "never closed",
    "cats OR": "missing",
    "OR cats": "missing",
    "()": "missing",
    "-(": "missing",
    '""': "empty",
}


@pytest.mark.parametrize(("query", "reason"), BAD.items())
def test_a_query_that_means_nothing_is_refused_with_the_reason(query: str, reason: str) -> None:
    with pytest.raises(QueryError) as caught:
        matcher(query)
    assert reason in str(caught.value)


async def test_an_unknown_operator_is_a_400_that_names_it(x: Api) -> None:
    for path in (SEARCH, "/2/tweets/counts/recent"):
        answer = await x.get(path, query="python near:graz")
        assert answer.status_code == 400
        [finding] = answer.json()["errors"]
        assert finding["parameters"] == {"query": ["python near:graz"]}
        assert "near:" in finding["message"]


async def test_results_come_newest_first_and_spans_are_kept(x: Api) -> None:
    ids = [post["id"] for post in (await x.json(SEARCH, query="python", max_results=100))["data"]]
    assert ids == sorted(ids, key=int, reverse=True)
    newer = await x.json(SEARCH, query="python", since_id=ids[10], max_results=100)
    assert [post["id"] for post in newer["data"]] == ids[:10]
    older = await x.json(SEARCH, query="python", until_id=ids[10], max_results=10)
    assert [post["id"] for post in older["data"]] == ids[11:21]
    assert (older["meta"]["newest_id"], older["meta"]["oldest_id"]) == (ids[11], ids[20])


async def test_times_include_their_start_and_exclude_their_end(x: Api) -> None:
    told = await x.json(SEARCH, query="python", max_results=100, post_fields="created_at")
    start, end = (f"{told['data'][place]['created_at'][:19]}Z" for place in (30, 10))
    within = await x.json(
        SEARCH, query="python", max_results=100, post_fields="created_at", start_time=start, end_time=end
    )
    times = [post["created_at"] for post in told["data"]]
    assert [post["created_at"] for post in within["data"]] == [time for time in times if start[:19] <= time < end[:19]]
    answer = await x.get(SEARCH, query="python", start_time=end, end_time=start)
    assert answer.status_code == 400


async def test_relevancy_puts_what_is_liked_first(x: Api) -> None:
    told = await x.json(SEARCH, query="python", sort_order="relevancy", post_fields="public_metrics")
    weights = [
        post["public_metrics"]["like_count"] + 2 * post["public_metrics"]["repost_count"] for post in told["data"]
    ]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > weights[-1]


async def test_a_search_that_finds_nothing_has_no_data(x: Api) -> None:
    assert await x.json(SEARCH, query="xyzzy") == {"meta": {"result_count": 0}}


def crowd() -> Store:
    """Posts around one of Ann's, by people of different standing."""
    store = small_store()
    store.users["7"].verified_type = "blue"
    store.users["7"].description = "Paints boats"
    store.users["8"].location = "Graz"
    store.places["p1"] = Place("p1", "Graz", "Graz, Austria", "Austria", "AT", "city", (15.0, 47.0, 15.5, 47.1))
    store.lists["4"] = List("4", "Painters", "8", 0)
    store.members.add("4", "7")
    store.follows.add("8", "7")
    store.add_post(
        post_in(
            store,
            "Boats! https://www.example.org/harbour/News $BOAT",
            id="10",
            conversation_id="10",
            place_id="p1",
            topic="Sea",
        )
    )
    store.add_post(post_in(store, "RT @Ann: Boats!", id="11", author_id="8", references=(("retweeted", "10"),)))
    store.add_post(post_in(store, "look", id="12", author_id="8", references=(("quoted", "10"),)))
    answer = post_in(store, "nice", id="13", author_id="8", references=(("replied_to", "10"),), conversation_id="10")
    answer.in_reply_to_user_id = "7"
    store.add_post(answer)
    return store


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("retweets_of:Ann", {"11"}),
        ("retweets_of_tweet_id:10", {"11"}),
        ("quotes_of_tweet_id:10", {"12"}),
        ("in_reply_to_tweet_id:10", {"13"}),
        ("conversation_id:10", {"10", "13"}),
        ("to:ann", {"13"}),
        ("$boat", {"10"}),
        ("url:example.org", {"10"}),
        ('url:"harbour/news"', {"10"}),
        ('url_title:"example.org"', {"10"}),
        ("place:graz", {"10"}),
        ('place:"Graz, Austria"', {"10"}),
        ("place:p1", {"10"}),
        ("place_country:at", {"10"}),
        (f"context:131.{topic_id('Sea')}", {"10"}),
        ("context:131.*", {"10"}),
        ("context:*.*", {"10"}),
        ("entity:sea", {"10"}),
        ('entity:"Sea"', {"10"}),
        ("list:4", {"10"}),
        ("from:ann OR from:bob_b", {"10", "11", "12", "13"}),
        ("(from:ann OR from:bob_b) is:verified", {"10"}),
        ("(from:ann OR from:bob_b) -is:verified -is:retweet -is:quote", {"13"}),
        ("(from:ann OR from:bob_b) has:geo", {"10"}),
        ("(from:ann OR from:bob_b) has:cashtags", {"10"}),
        ('(from:ann OR from:bob_b) bio:"paints boats"', {"10"}),
        ("(from:ann OR from:bob_b) bio_location:graz -is:reply", {"11", "12"}),
        ("(from:ann OR from:bob_b) followers_count:1", {"10"}),
        ("(from:ann OR from:bob_b) followers_count:0..0 is:quote", {"12"}),
        ("(from:ann OR from:bob_b) tweets_count:2..9 is:reply", {"13"}),
        ("(from:ann OR from:bob_b) listed_count:1..3", {"10"}),
        ("(from:ann OR from:bob_b) following_count:1 is:reply", {"13"}),
        ("boats -@ann", {"10"}),
        ("from:bob_b sample:100", {"11", "12", "13"}),
        ("FROM:ANN Has:Links", {"10"}),
    ],
)
def test_every_operator_finds_what_it_names(query: str, ids: set[str]) -> None:
    store = crowd()
    matches = matcher(query)
    assert {post.id for post in store.newest_first() if matches(store, post)} == ids


async def test_search_counts_and_rules_share_one_meaning(x: Api) -> None:
    """Also of what is refused: with the same words in all three."""
    for query in ("is:retweet", "python near:here", "(python", "python lang:english!"):
        messages = [
            (await x.get(path, query=query)).json()["errors"][0]["message"]
            for path in (SEARCH, "/2/tweets/search/all", "/2/tweets/counts/recent", "/2/tweets/counts/all")
        ]
        refused = (await x.rules(query))["errors"][0]
        assert {*messages} == {refused["detail"]}
        assert refused["type"].endswith("/invalid-rules")
    id = await x.say("xyzzy https://example.com/xyzzy")
    query = "xyzzy url:example.com -is:retweet"
    assert [post["id"] for post in (await x.json(SEARCH, query=query))["data"]] == [id]
    assert (await x.json("/2/tweets/counts/recent", query=query))["meta"]["total_post_count"] == 1


async def test_a_query_has_a_length(x: Api) -> None:
    answer = await x.get(SEARCH, query="x" * 4097)
    assert answer.status_code == 400
