"""What the signed-in user does, and how it shows."""

from __future__ import annotations

from typing import Any

from tests.sandbox.api import Api, Serve, whole
from xdk_async.api import models
from xdk_async.sandbox import Sandbox


async def shown(x: Api, id: str, **query: Any) -> dict[str, Any]:
    """A post with much of what it has."""
    query = query or {
        "post_fields": "public_metrics,conversation_id,entities,attachments,created_at,geo",
        "expansions": "referenced_posts",
    }
    data: dict[str, Any] = (await x.json(f"/2/tweets/{id}", user=True, **query))["data"]
    return data


async def test_a_post_can_be_read_searched_and_deleted(x: Api) -> None:
    answer = await x.call("POST", "/2/tweets", {"text": "Xyzzy with #tag for @sandbox"}, user=True)
    assert answer.status_code == 201
    made = whole(answer, models.Envelope[models.CreatePostsResponseData]).data
    assert made
    assert made.id
    assert made.edit_history_post_ids == [made.id]
    post = await shown(x, made.id)
    assert post["conversation_id"] == made.id
    assert [each["tag"] for each in post["entities"]["hashtags"]] == ["tag"]
    assert [each["id"] for each in post["entities"]["mentions"]] == [x.me]
    assert (await x.json("/2/tweets/search/recent", query="xyzzy"))["meta"]["newest_id"] == made.id
    assert await x.do("DELETE", f"/2/tweets/{made.id}") == {"deleted": True}
    assert "data" not in await x.json(f"/2/tweets/{made.id}")
    again = await x.call("DELETE", f"/2/tweets/{made.id}", user=True)
    assert again.status_code == 404


async def test_links_are_shortened_as_x_does(x: Api) -> None:
    post = await shown(x, await x.say("See https://example.com/some/long/path?a=1#b."))
    [link] = post["entities"]["urls"]
    assert link["expanded_url"] == "https://example.com/some/long/path?a=1#b"
    assert post["text"] == f"See {link['url']}."
    assert link["url"].startswith("https://t.co/")


async def test_a_reply_joins_the_conversation(x: Api) -> None:
    start = await x.say("a start")
    reply = await shown(x, await x.say("a reply", reply={"in_reply_to_tweet_id": start}))
    assert reply["conversation_id"] == start
    assert reply["referenced_posts"] == [{"type": "replied_to", "id": start}]
    assert (await shown(x, start))["public_metrics"]["reply_count"] == 1
    missing = await x.call("POST", "/2/tweets", {"text": "a", "reply": {"in_reply_to_tweet_id": "1"}}, user=True)
    assert missing.status_code == 403


async def test_a_quote_shows_at_the_quoted_post(x: Api) -> None:
    start = await x.say("a start")
    quote = await x.say("a quote", quote_tweet_id=start)
    assert (await shown(x, start))["public_metrics"]["quote_count"] == 1
    assert [each["id"] for each in (await x.json(f"/2/tweets/{start}/quote_tweets"))["data"]] == [quote]


async def test_a_post_can_carry_a_poll_media_and_a_place(x: Api) -> None:
    poll = await x.say("which?", poll={"options": ["a", "b"], "duration_minutes": 5})
    body = await x.json(
        f"/2/tweets/{poll}", expansions="attachments.poll_ids", poll_fields="voting_status,duration_minutes"
    )
    assert body["includes"]["polls"][0]["options"][1] == {"position": 2, "label": "b", "votes": 0}
    assert body["includes"]["polls"][0]["voting_status"] == "open"
    key = next(key for key, media in x.store.media.items() if media.type == "photo")
    place = next(iter(x.store.places))
    post = await shown(x, await x.say("look", media={"media_ids": [key.split("_")[1]]}, geo={"place_id": place}))
    assert post["attachments"] == {"media_keys": [key]}
    assert post["geo"] == {"place_id": place}


async def test_a_long_text_is_cut_and_kept_whole_in_the_note(x: Api) -> None:
    text = "word " * 100 + "end"
    id = await x.say(text)
    post = await shown(x, id, post_fields="note_post")
    assert len(post["text"]) <= 280
    assert post["note_post"]["text"] == text
    assert (await shown(x, id, tweet_fields="note_tweet"))["note_tweet"]["text"] == text


async def test_an_edit_makes_a_new_version(x: Api) -> None:
    first = await x.say("xyzzy one")
    second = await x.say("xyzzy two", edit_options={"previous_post_id": first})
    found = await x.json("/2/tweets/search/recent", query="xyzzy", tweet_fields="edit_controls")
    assert [each["id"] for each in found["data"]] == [second]
    assert found["data"][0]["edit_history_tweet_ids"] == [first, second]
    assert found["data"][0]["edit_controls"]["edits_remaining"] == 4


async def test_what_belongs_to_others_cannot_be_changed(x: Api) -> None:
    other = next(post.id for post in x.store.posts.values() if post.author_id != x.me)
    assert (await x.call("DELETE", f"/2/tweets/{other}", user=True)).status_code == 403
    foreign = next(made.id for made in x.store.lists.values() if made.owner_id != x.me)
    assert (await x.call("PUT", f"/2/lists/{foreign}", {"name": "mine"}, user=True)).status_code == 403
    someone = [*x.store.users][1]
    for path, body in (
        (f"/2/users/{someone}/likes", {"tweet_id": other}),
        (f"/2/users/{someone}/following", {"target_user_id": x.me}),
    ):
        answer = await x.call("POST", path, body, user=True)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["parameters"] == {"id": [someone]}


async def test_what_excludes_each_other_is_refused(x: Api) -> None:
    together = {"text": "a", "quote_tweet_id": await x.say("b"), "poll": {"options": ["a", "b"], "duration_minutes": 5}}
    assert (await x.call("POST", "/2/tweets", together, user=True)).status_code == 400


async def test_following_and_unfollowing(x: Api) -> None:
    stranger = next(
        id
        for id, user in x.store.users.items()
        if id != x.me and not x.store.follows.has(x.me, id) and not user.protected
    )
    followed = await x.do("POST", f"/2/users/{x.me}/following", {"target_user_id": stranger})
    assert followed == {"following": True, "pending_follow": False}
    body = await x.json(f"/2/users/{x.me}/following", user=True, user_fields="connection_status")
    assert body["data"][0]["id"] == stranger
    assert "following" in body["data"][0]["connection_status"]
    assert (await x.json(f"/2/users/{stranger}/followers"))["data"][0]["id"] == x.me
    assert await x.do("DELETE", f"/2/users/{x.me}/following/{stranger}") == {"following": False}
    assert not x.store.follows.has(x.me, stranger)
    protected = next(id for id, user in x.store.users.items() if user.protected and not x.store.follows.has(x.me, id))
    assert (await x.do("POST", f"/2/users/{x.me}/following", {"target_user_id": protected}))["pending_follow"] is True
    missing = await x.call("POST", f"/2/users/{x.me}/following", {"target_user_id": "1"}, user=True)
    assert missing.status_code == 404


async def test_liking_and_unliking(x: Api) -> None:
    id = await x.say("likeable")
    assert await x.do("POST", f"/2/users/{x.me}/likes", {"tweet_id": id}) == {"liked": True}
    assert (await shown(x, id))["public_metrics"]["like_count"] == 1
    assert (await x.json(f"/2/users/{x.me}/liked_tweets", user=True))["data"][0]["id"] == id
    assert [each["id"] for each in (await x.json(f"/2/tweets/{id}/liking_users", user=True))["data"]] == [x.me]
    assert await x.do("DELETE", f"/2/users/{x.me}/likes/{id}") == {"liked": False}
    assert (await shown(x, id))["public_metrics"]["like_count"] == 0


async def test_reposting_makes_a_post_and_taking_it_back_removes_it(x: Api) -> None:
    target = next(
        post for post in reversed(x.store.posts.values()) if post.author_id != x.me and not post.refers("retweeted")
    )
    before = (await shown(x, target.id))["public_metrics"]["repost_count"]
    made = await x.do("POST", f"/2/users/{x.me}/retweets", {"tweet_id": target.id})
    assert made["retweeted"] is True
    repost = await shown(x, made["rest_id"])
    assert repost["text"].startswith(f"RT @{x.store.users[target.author_id].username}: ")
    assert repost["referenced_posts"] == [{"type": "retweeted", "id": target.id}]
    assert (await x.do("POST", f"/2/users/{x.me}/retweets", {"tweet_id": target.id})) == made
    assert (await shown(x, target.id))["public_metrics"]["repost_count"] == before + 1
    assert (await x.json(f"/2/tweets/{target.id}/retweets"))["data"][0]["id"] == made["rest_id"]
    assert (await x.json(f"/2/tweets/{target.id}/retweeted_by"))["data"][0]["id"] == x.me
    assert await x.do("DELETE", f"/2/users/{x.me}/retweets/{target.id}") == {"retweeted": False}
    assert made["rest_id"] not in x.store.posts


async def test_bookmarks(x: Api) -> None:
    id = await x.say("worth keeping")
    assert await x.do("POST", f"/2/users/{x.me}/bookmarks", {"tweet_id": id}) == {"bookmarked": True}
    assert (await x.json(f"/2/users/{x.me}/bookmarks", user=True))["data"][0]["id"] == id
    assert await x.do("DELETE", f"/2/users/{x.me}/bookmarks/{id}") == {"bookmarked": False}
    assert (await x.json(f"/2/users/{x.me}/bookmarks", user=True))["data"][0]["id"] != id


async def test_a_reply_in_an_own_conversation_can_be_hidden(x: Api) -> None:
    start = await x.say("a start")
    reply = await x.say("a reply", reply={"in_reply_to_tweet_id": start})
    assert await x.do("PUT", f"/2/tweets/{reply}/hidden", {"hidden": True}) == {"hidden": True}
    assert x.store.posts[reply].hidden
    assert (await x.call("PUT", f"/2/tweets/{start}/hidden", {"hidden": True}, user=True)).status_code == 403


async def test_a_reply_to_a_deleted_post_points_nowhere_and_says_so(x: Api) -> None:
    start = await x.say("a start")
    reply = await x.say("a reply", reply={"in_reply_to_tweet_id": start})
    await x.do("DELETE", f"/2/tweets/{start}")
    for expansion in ("referenced_posts", "referenced_tweets.id"):
        body = await x.json(f"/2/tweets/{reply}", expansions=expansion)
        assert "includes" not in body
        assert [(each["resource_id"], each["parameter"], each["section"]) for each in body["errors"]] == [
            (start, expansion, "includes")
        ]


async def test_writes_speak_the_vocabulary_of_the_sandbox(served: Serve) -> None:
    async with served(Sandbox(vocabulary="2.166")) as x:
        made = await x.do("POST", "/2/tweets", {"text": "a"})
        assert set(made) == {"id", "text", "edit_history_tweet_ids"}
        post = next(post.id for post in x.store.posts.values() if post.author_id != x.me)
        assert set(await x.do("POST", f"/2/users/{x.me}/retweets", {"tweet_id": post})) == {"id", "retweeted"}
        plain = await x.json(f"/2/tweets/{made['id']}")
        assert set(plain["data"]) == {"id", "text", "edit_history_tweet_ids"}


async def test_lists_are_made_filled_changed_and_deleted(x: Api) -> None:
    made = await x.do("POST", "/2/lists", {"name": "Mine", "description": "of mine", "private": True})
    path, someone = f"/2/lists/{made['id']}", [*x.store.users][1]
    assert await x.do("POST", f"{path}/members", {"user_id": someone}) == {"is_member": True}
    assert [each["id"] for each in (await x.json(f"{path}/members", user=True))["data"]] == [someone]
    posts = await x.json(f"{path}/tweets", user=True, expansions="author_id")
    assert {each["author_id"] for each in posts["data"]} == {someone}
    assert "data" not in await x.json(path), "private: an app does not see it"
    assert await x.do("PUT", path, {"private": False, "name": "Ours"}) == {"updated": True}
    told = await x.json(path, list_fields="member_count,private", expansions="owner_id")
    assert told["data"] == {"id": made["id"], "name": "Ours", "member_count": 1, "private": False, "owner_id": x.me}
    assert told["includes"]["users"][0]["id"] == x.me
    assert (await x.json(f"/2/users/{x.me}/owned_lists"))["data"][0]["id"] == made["id"]
    assert await x.do("DELETE", f"{path}/members/{someone}") == {"is_member": False}
    assert await x.do("DELETE", path) == {"deleted": True}
    assert "data" not in await x.json(path, user=True)
