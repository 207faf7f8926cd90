"""What X lets people post: how long, how often, to whom, in which language."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.api import Api, Serve
from tests.sandbox.sign_in import Time
from xdk_async.sandbox import Sandbox
from xdk_async.sandbox.language import language
from xdk_async.sandbox.weight import weight

POSTS = "/2/tweets"
WEIGHTS = {
    "": 0,
    "hello": 5,
    "naïve": 5,
    "nai\u0308ve": 5,
    "日本語": 6,
    "привет": 6,
    "🙂": 2,
    "👩‍👩‍👧‍👦": 2,
    "👍🏽": 2,
    "🇦🇹🇵🇹": 4,
    "1️⃣": 2,
    "❤️": 2,
    "a\u2028b": 4,
    "“quoted”": 8,
    "see https://example.com/a/very/long/path?with=a&query=too now": 31,
    "https://a.example https://b.example": 47,
}


@pytest.mark.parametrize(("text", "expected"), WEIGHTS.items())
def test_characters_weigh_what_x_says(text: str, expected: int) -> None:
    assert weight(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The quick brown fox", "en"),
        ("hoy está muy lejos", "es"),
        ("eu não sou muito alto, mas você é", "pt"),
        ("das ist nicht mein Hund", "de"),
        ("je ne suis pas un chat", "fr"),
        ("今日は桜がきれいでした", "ja"),
        ("안녕하세요", "ko"),
        ("你好", "zh"),
        ("привет", "ru"),
        ("@sandbox #tag https://example.com", "zxx"),
        ("🙂🙂", "zxx"),
    ],
)
def test_the_language_of_a_text_is_guessed(text: str, code: str) -> None:
    assert language(text) == code


def headers(x: Api, user: str) -> dict[str, str]:
    return {"authorization": f"Bearer {x.sandbox.sign_in(user)['access_token']}"}


def other(x: Api, **attributes: Any) -> str:
    """Somebody else of that kind."""
    return next(
        user.id
        for user in x.store.users.values()
        if user.id != x.me
        and not user.protected
        and all(getattr(user, name) == each for name, each in attributes.items())
    )


async def test_who_does_not_pay_has_280_characters_as_x_counts_them(x: Api) -> None:
    theirs = headers(x, other(x, subscription_type="None"))
    for text, status in (("x" * 280, 201), ("y" * 281, 400), ("語" * 140, 201), ("語" * 141, 400)):
        answer = await x.client.post(POSTS, headers=theirs, json={"text": text})
        assert answer.status_code == status, text[:3]
    assert "280" in answer.json()["errors"][0]["message"]
    link = "https://example.com/" + "z" * 400
    assert (await x.client.post(POSTS, headers=theirs, json={"text": f"{'w' * 250} {link}"})).status_code == 201


async def test_who_pays_has_25_000(x: Api) -> None:
    assert (await x.call("POST", POSTS, {"text": "x" * 25_000}, user=True)).status_code == 201
    assert (await x.call("POST", POSTS, {"text": "y" * 25_001}, user=True)).status_code == 400


async def test_what_was_just_said_is_refused_as_a_duplicate(served: Serve) -> None:
    time = Time()
    async with served(Sandbox(clock=time)) as x:
        first = await x.say("the same thing")
        answer = await x.call("POST", POSTS, {"text": "the same thing"}, user=True)
        assert answer.status_code == 403
        assert "duplicate content" in answer.json()["detail"]
        assert answer.headers["content-type"] == "application/problem+json"
        await x.say("the same thing", reply={"in_reply_to_tweet_id": first})
        await x.do("DELETE", f"{POSTS}/{first}")
        await x.say("the same thing")
        time.now += 25 * 3600
        await x.say("the same thing")


async def test_what_was_written_is_found_by_its_language(x: Api) -> None:
    id = await x.say("今日は xyzzy の日です")
    told = await x.json(f"{POSTS}/search/recent", query="xyzzy lang:ja", post_fields="lang")
    assert [(each["id"], each["lang"]) for each in told["data"]] == [(id, "ja")]


@pytest.mark.parametrize(
    ("settings", "allowed"),
    [("mentionedUsers", False), ("following", True), ("verified", False), ("subscribers", False)],
)
async def test_authors_decide_who_may_reply(x: Api, settings: str, allowed: bool) -> None:
    theirs = other(x, verified_type="none")
    for relation in (x.store.follows, x.store.blocks):
        relation.remove(x.me, theirs)
    x.store.follows.add(x.me, theirs)
    id = await x.say(f"only some, {settings}", reply_settings=settings)
    body = {"text": "me too", "reply": {"in_reply_to_tweet_id": id}}
    answer = await x.client.post(POSTS, headers=headers(x, theirs), json=body)
    assert answer.status_code == (201 if allowed else 403)
    named = await x.say(f"@{x.store.users[theirs].username} may, {settings}", reply_settings=settings)
    body = {"text": "thanks", "reply": {"in_reply_to_tweet_id": named}}
    assert (await x.client.post(POSTS, headers=headers(x, theirs), json=body)).status_code == 201


async def test_who_blocks_is_neither_answered_nor_followed_nor_quoted(x: Api) -> None:
    [blocker] = x.store.blocks.to(x.me)
    id = next(post.id for post in x.store.posts_by(blocker) if not post.refers("retweeted"))
    reply = {"text": "hey", "reply": {"in_reply_to_tweet_id": id}}
    assert (await x.call("POST", POSTS, reply, user=True)).status_code == 403
    assert (await x.call("POST", POSTS, {"text": "hm", "quote_tweet_id": id}, user=True)).status_code == 403
    follow = {"target_user_id": blocker}
    assert (await x.call("POST", f"/2/users/{x.me}/following", follow, user=True)).status_code == 403


async def test_what_one_may_not_see_cannot_be_liked_bookmarked_or_reposted(x: Api) -> None:
    [blocker] = x.store.blocks.to(x.me)
    protected = next(user.id for user in x.store.users.values() if user.protected)
    x.store.follows.remove(x.me, protected)
    for author in (blocker, protected):
        body = {"tweet_id": next(post.id for post in x.store.posts_by(author) if not post.refers("retweeted"))}
        for what in ("likes", "bookmarks", "retweets"):
            answer = await x.call("POST", f"/2/users/{x.me}/{what}", body, user=True)
            assert answer.status_code == 403
            assert answer.json()["type"].endswith("/not-authorized-for-resource")
    x.store.follows.add(x.me, protected)
    body = {"tweet_id": next(post.id for post in x.store.posts_by(protected) if not post.refers("retweeted"))}
    assert await x.do("POST", f"/2/users/{x.me}/likes", body) == {"liked": True}
    assert (await x.call("POST", f"/2/users/{x.me}/retweets", body, user=True)).status_code == 403


async def test_a_hidden_promotion_is_found_by_its_id_alone(x: Api) -> None:
    id = await x.say("xyzzy for sale", nullcast=True)
    assert (await x.json(f"{POSTS}/{id}"))["data"]["id"] == id
    assert "data" not in await x.json(f"{POSTS}/search/recent", query="xyzzy")
    assert id not in {post["id"] for post in (await x.json(f"/2/users/{x.me}/tweets", max_results=100))["data"]}


async def test_posts_to_a_community_come_from_its_members(x: Api) -> None:
    inside = next(id for id in x.store.communities if x.store.joined.has(id, x.me))
    outside = next(id for id in x.store.communities if not x.store.joined.has(id, x.me))
    id = await x.say("hello people", community_id=inside)
    assert (await x.json(f"{POSTS}/{id}", post_fields="community_id"))["data"]["community_id"] == inside
    body = {"text": "hello others", "community_id": outside}
    assert (await x.call("POST", POSTS, body, user=True)).status_code == 403


async def test_an_edit_keeps_the_conversation_and_the_replies_count(x: Api) -> None:
    start = await x.say("a start")
    first = await x.say("frist", reply={"in_reply_to_tweet_id": start})
    second = await x.say("first", edit_options={"previous_post_id": first})
    told = await x.json(
        f"{POSTS}/search/recent", query=f"conversation_id:{start} in_reply_to_tweet_id:{start}", max_results=10
    )
    assert [each["id"] for each in told["data"]] == [second]
    shown = await x.json(f"{POSTS}/{start}", post_fields="public_metrics")
    assert shown["data"]["public_metrics"]["reply_count"] == 1
    for version in (first, second):
        history = await x.json(f"{POSTS}/{version}", expansions="edit_history_post_ids")
        assert history["data"]["edit_history_post_ids"] == [first, second]
    assert (
        await x.call("POST", POSTS, {"text": "1st", "edit_options": {"previous_post_id": first}}, user=True)
    ).status_code == 403
