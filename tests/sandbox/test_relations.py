"""Mutes, blocks, protected users, bookmark folders, and Lists as their readers see them."""

from __future__ import annotations

from typing import Any

from tests.sandbox.api import Api
from xdk_async import AsyncClient


async def status(x: Api, id: str) -> list[str]:
    told = await x.json(f"/2/users/{id}", user=True, user_fields="connection_status")
    found: list[str] = told["data"]["connection_status"]
    return found


async def test_who_is_muted_leaves_the_timeline_and_comes_back(x: Api) -> None:
    path = f"/2/users/{x.me}/timelines/reverse_chronological"
    told = await x.json(path, user=True, expansions="author_id")
    loud = next(post["author_id"] for post in told["data"] if post["author_id"] != x.me)
    assert await x.do("POST", f"/2/users/{x.me}/muting", {"target_user_id": loud}) == {"muting": True}
    assert "muting" in await status(x, loud)
    muted = (await x.json(f"/2/users/{x.me}/muting", user=True))["data"]
    assert muted[0]["id"] == loud
    quieter = await x.json(path, user=True, expansions="author_id")
    assert loud not in {post["author_id"] for post in quieter["data"]}
    assert await x.do("DELETE", f"/2/users/{x.me}/muting/{loud}") == {"muting": False}
    again = await x.json(path, user=True, expansions="author_id")
    assert loud in {post["author_id"] for post in again["data"]}
    own = await x.call("POST", f"/2/users/{x.me}/muting", {"target_user_id": x.me}, user=True)
    assert own.status_code == 403


async def test_blocks_are_told(x: Api) -> None:
    blocked = (await x.json(f"/2/users/{x.me}/blocking", user=True))["data"]
    assert [each["id"] for each in blocked] == x.store.blocks.of(x.me)
    assert "blocking" in await status(x, blocked[0]["id"])


async def test_what_a_protected_user_writes_is_for_the_followers(x: Api) -> None:
    user = next(user for user in x.store.users.values() if user.protected)
    post = next(post for post in x.store.posts_by(user.id) if not post.refers("retweeted"))
    x.store.follows.remove(x.me, user.id)
    for path in (f"/2/tweets/{post.id}", f"/2/tweets?ids={post.id}", f"/2/users/{user.id}/tweets"):
        answer = await x.client.get(path, headers=x.headers(user=True))
        assert answer.status_code == 200
        assert "data" not in answer.json()
        assert answer.json()["errors"][0]["type"].endswith("/not-authorized-for-resource")
    quote = await x.call("POST", "/2/tweets", {"text": "hm", "quote_tweet_id": post.id}, user=True)
    assert quote.status_code == 403
    pinned = await x.json(f"/2/users/{user.id}", user_fields="pinned_tweet_id", expansions="pinned_tweet_id")
    assert "includes" not in pinned
    assert [each["type"].rsplit("/", 1)[1] for each in pinned.get("errors", ())] in (
        [],
        ["not-authorized-for-resource"],
    )
    assert "data" not in await x.json(f"/2/tweets/{post.id}/liking_users", user=True)
    search: dict[str, Any] = {"query": f"from:{user.username}"}
    assert "data" not in await x.json("/2/tweets/search/all", **search)
    asked = await x.do("POST", f"/2/users/{x.me}/following", {"target_user_id": user.id})
    assert asked == {"following": False, "pending_follow": True}
    assert "follow_request_sent" in await status(x, user.id)
    x.store.follows.add(x.me, user.id)
    assert (await x.json(f"/2/tweets/{post.id}", user=True))["data"]["id"] == post.id
    assert (await x.json(f"/2/users/{user.id}/tweets", user=True))["data"]


async def test_bookmarks_go_into_folders(x: Api) -> None:
    folder = await x.do("POST", f"/2/users/{x.me}/bookmarks/folders", {"name": "Later"})
    listed = (await x.json(f"/2/users/{x.me}/bookmarks/folders", user=True))["data"]
    assert listed[0] == folder == {"id": folder["id"], "name": "Later"}
    id = await x.say("worth keeping")
    await x.do("POST", f"/2/users/{x.me}/bookmarks", {"tweet_id": id, "folder_id": folder["id"]})
    path = f"/2/users/{x.me}/bookmarks/folders/{folder['id']}"
    assert (await x.json(path, user=True))["data"] == [{"id": id}]
    assert (await x.json(f"/2/users/{x.me}/bookmarks", user=True))["data"][0]["id"] == id
    await x.do("DELETE", f"/2/users/{x.me}/bookmarks/{id}")
    assert "data" not in await x.json(path, user=True)
    again = await x.call("POST", f"/2/users/{x.me}/bookmarks/folders", {"name": "Later"}, user=True)
    assert again.status_code == 403
    nowhere = {"tweet_id": id, "folder_id": "1"}
    assert (await x.call("POST", f"/2/users/{x.me}/bookmarks", nowhere, user=True)).status_code == 404


async def test_folders_come_in_pages(x: Api) -> None:
    async with AsyncClient(base_url=x.url, access_token=x.sandbox.user_token) as client:
        for number in range(5):
            await client.users.create_bookmark_folder(x.me, {"name": f"folder {number}"})
        pages = client.users.get_bookmark_folders(x.me, max_results=3)
        names = [folder.name async for folder in pages.items()]
    assert names[:5] == [f"folder {number}" for number in (4, 3, 2, 1, 0)]
    assert len(names) == 7


async def test_a_list_is_followed_and_pinned(x: Api) -> None:
    foreign = next(made for made in x.store.lists.values() if made.owner_id != x.me)
    before = len(x.store.list_followers.of(foreign.id))
    await x.do("DELETE", f"/2/users/{x.me}/followed_lists/{foreign.id}")
    body = {"list_id": foreign.id}
    shown = await x.json(f"/2/lists/{foreign.id}", list_fields="follower_count")
    assert shown["data"]["follower_count"] == before - 1
    assert await x.do("POST", f"/2/users/{x.me}/followed_lists", body) == {"following": True}
    assert (await x.json(f"/2/lists/{foreign.id}/followers"))["data"][0]["id"] == x.me
    assert (await x.json(f"/2/users/{x.me}/followed_lists"))["data"][0]["id"] == foreign.id
    assert await x.do("DELETE", f"/2/users/{x.me}/pinned_lists/{foreign.id}") == {"pinned": False}
    assert await x.do("POST", f"/2/users/{x.me}/pinned_lists", body) == {"pinned": True}
    pinned = await x.json(f"/2/users/{x.me}/pinned_lists", user=True)
    assert pinned["data"][0]["id"] == foreign.id
    assert pinned["meta"] == {"result_count": len(pinned["data"])}


async def test_private_lists_are_for_their_owner(x: Api) -> None:
    private = next(made for made in x.store.lists.values() if made.private)
    member = x.store.members.of(private.id)[0]
    shown = await x.json(f"/2/users/{member}/list_memberships")
    assert private.id not in {made["id"] for made in shown.get("data", ())}
    own = await x.json(f"/2/users/{member}/list_memberships", user=True)
    assert private.id in {made["id"] for made in own["data"]}
    theirs = {"authorization": f"Bearer {x.sandbox.sign_in(member)['access_token']}"}
    answer = await x.client.post(f"/2/users/{member}/followed_lists", headers=theirs, json={"list_id": private.id})
    assert answer.status_code == 404
    await x.do("DELETE", f"/2/lists/{private.id}")
    assert private.id not in {made["id"] for made in (await x.json(f"/2/users/{x.me}/pinned_lists", user=True))["data"]}


async def test_own_posts_that_were_reposted(x: Api) -> None:
    id = await x.say("pass it on")
    before = {post["id"] for post in (await x.json("/2/users/reposts_of_me", user=True, max_results=100))["data"]}
    assert id not in before
    other = [*x.store.users][1]
    theirs = {"authorization": f"Bearer {x.sandbox.sign_in(other)['access_token']}"}
    await x.client.post(f"/2/users/{other}/retweets", headers=theirs, json={"tweet_id": id})
    assert (await x.json("/2/users/reposts_of_me", user=True))["data"][0]["id"] == id


async def test_an_organization_names_its_affiliates(x: Api) -> None:
    affiliated = next(user for user in x.store.users.values() if user.affiliation_id)
    told = await x.json(f"/2/users/{affiliated.affiliation_id}/affiliates", user_fields="affiliation")
    assert affiliated.id in {user["id"] for user in told["data"]}
    assert all(user["affiliation"]["user_id"] == [affiliated.affiliation_id] for user in told["data"])
