"""Spaces, Communities, broadcasts with their chat."""

from __future__ import annotations

from typing import Any

from tests.sandbox.api import Api, Serve
from tests.sandbox.sign_in import Time
from xdk_async import AsyncClient
from xdk_async.sandbox import Sandbox

HOUR = 3_600_000


async def test_spaces_are_found_by_id_creator_and_title(x: Api) -> None:
    mine = next(space for space in x.store.spaces.values() if space.creator_id == x.me)
    assert await x.json(f"/2/spaces/{mine.id}") == {"data": {"id": mine.id, "state": mine.state}}
    told = await x.json("/2/spaces", ids=f"{mine.id},nowhere")
    assert ([each["id"] for each in told["data"]], told["errors"][0]["value"]) == ([mine.id], "nowhere")
    by_creator = await x.json("/2/spaces/by/creator_ids", user_ids=x.me, expansions="creator_id,host_ids")
    assert by_creator["includes"]["users"][0]["id"] == x.me
    assert by_creator["meta"] == {"result_count": len(by_creator["data"])}
    found = await x.json("/2/spaces/search", query="hour", state="scheduled", space_fields="title,scheduled_start")
    assert found["data"]
    assert all(each["state"] == "scheduled" and "scheduled_start" in each for each in found["data"])
    assert "data" not in await x.json("/2/spaces/search", query="xyzzy")


async def test_topics_are_ids_in_one_version_and_whole_in_the_other(x: Api) -> None:
    space = next(iter(x.store.spaces.values()))
    newer = await x.json(f"/2/spaces/{space.id}", expansions="topic_ids")
    assert newer["data"]["topic_ids"] == [topic["id"] for topic in newer["includes"]["topics"]]
    older = await x.json(f"/2/spaces/{space.id}", space_fields="topic_ids,creator_id")
    assert [topic["id"] for topic in older["data"]["topics"]] == space.topic_ids
    assert "topic_ids" not in older["data"]


async def test_posts_and_buyers_of_a_space(x: Api) -> None:
    mine = next(space for space in x.store.spaces.values() if space.creator_id == x.me)
    other = next(space for space in x.store.spaces.values() if space.creator_id != x.me)
    id = await x.say(f"Come in: https://x.com/i/spaces/{mine.id}")
    assert [post["id"] for post in (await x.json(f"/2/spaces/{mine.id}/tweets"))["data"]] == [id]
    buyers = await x.json(f"/2/spaces/{mine.id}/buyers", user=True)
    assert {each["id"] for each in buyers["data"]} == set(mine.buyer_ids)
    assert (await x.get(f"/2/spaces/{other.id}/buyers", user=True)).status_code == 403
    assert (await x.get("/2/spaces/not-an-id")).status_code == 400


async def test_communities_are_found_and_counted(x: Api) -> None:
    first = next(iter(x.store.communities.values()))
    told = await x.json(f"/2/communities/{first.id}", community_fields="member_count,access,description")
    assert told["data"]["member_count"] == x.store.joined.count_of(first.id) > 10
    assert set(told["data"]) == {"id", "name", "member_count", "access", "description"}
    found = await x.json("/2/communities/search", user=True, query=first.name, max_results=10)
    assert [each["id"] for each in found["data"]] == [first.id]


async def scheduled(x: Api, **more: Any) -> dict[str, Any]:
    start = x.sandbox.clock.ms() + HOUR
    body = {"scheduled_start_ms": str(start), "scheduled_end_ms": str(start + HOUR), "source_id": "cam", **more}
    made: dict[str, Any] = await x.do("POST", "/2/broadcasts/scheduled", body)
    return made


async def test_a_broadcast_is_announced_changed_and_called_off(x: Api) -> None:
    made = await scheduled(x, title="Morning")
    id = made["scheduled_broadcast_id"]
    path = f"/2/broadcasts/scheduled/{id}"
    assert (await x.json(path, user=True))["data"] == made
    start = int(made["scheduled_start_ms"]) + HOUR
    changes = {"scheduled_broadcast_id": id, "scheduled_start_ms": str(start), "scheduled_end_ms": str(start + 1)}
    changed = await x.do("PUT", path, {**changes, "title": "Noon"})
    assert (changed["title"], changed["source_id"], changed["scheduled_start_ms"]) == ("Noon", "cam", str(start))
    listed = await x.json("/2/broadcasts/scheduled", user=True)
    assert id in {each["scheduled_broadcast_id"] for each in listed["data"]}
    later = await x.json("/2/broadcasts/scheduled", user=True, oldest_start_time=str(start + 1))
    assert id not in {each["scheduled_broadcast_id"] for each in later["data"]}
    assert await x.do("DELETE", path) == {"deleted": True}
    assert "data" not in await x.json(path, user=True)
    past = {**changes, "scheduled_start_ms": "1", "scheduled_end_ms": "2", "source_id": "cam"}
    past.pop("scheduled_broadcast_id")
    assert (await x.call("POST", "/2/broadcasts/scheduled", past, user=True)).status_code == 400


async def test_a_recurring_broadcast_can_skip_a_time(x: Api) -> None:
    made = await scheduled(x, recurrence={"frequency": "Daily", "repeats": "1"})
    assert made["recurring_schedule_id"]
    path = f"/2/broadcasts/scheduled/{made['scheduled_broadcast_id']}"
    await x.do("DELETE", path, roll_forward="true")
    rolled = (await x.json(path, user=True))["data"]
    assert int(rolled["scheduled_start_ms"]) == int(made["scheduled_start_ms"]) + 24 * HOUR
    await x.do("DELETE", path, roll_forward="true")
    assert "data" not in await x.json(path, user=True)


async def test_a_broadcast_on_air_has_a_chat(x: Api) -> None:
    made = await scheduled(x, title="Now")
    id = made["broadcast_id"]
    chat = f"/2/broadcasts/{id}/chat"
    assert (await x.call("POST", chat, {"text": "too early"}, user=True)).status_code == 403
    live = await x.do("POST", f"/2/broadcasts/scheduled/{made['scheduled_broadcast_id']}/live")
    assert live["state"] == "Running"
    assert (await x.json(f"/2/broadcasts/{id}", user=True))["data"] == {"id": id, "state": "Running", "title": "Now"}
    guest = [*x.store.users][1]
    theirs = {"authorization": f"Bearer {x.sandbox.sign_in(guest)['access_token']}"}
    assert (await x.client.post(chat, headers=theirs, json={"text": "hello"})).json()["data"]["success"] is True
    await x.do("POST", chat, {"text": "welcome"})
    shown = await x.json(chat, user=True, expansions="author_id")
    assert [(each["text"], each["author_id"]) for each in shown["data"]] == [("welcome", x.me), ("hello", guest)]
    assert await x.do("POST", f"{chat}/mutes", {"user_id": guest}) == {"muted": True}
    assert (await x.client.post(chat, headers=theirs, json={"text": "and?"})).status_code == 403
    assert await x.do("DELETE", f"{chat}/mutes/{guest}") == {"muted": False}
    message = shown["data"][0]["id"]
    assert (await x.client.delete(f"{chat}/{message}", headers=theirs)).status_code == 403
    assert await x.do("DELETE", f"{chat}/{message}") == {"deleted": True}
    again = await x.call("POST", f"/2/broadcasts/scheduled/{made['scheduled_broadcast_id']}/live", user=True)
    assert again.status_code == 403


async def test_the_package_client_pages_through_a_chat(served: Serve) -> None:
    async with served(Sandbox(clock=Time())) as x:
        running = next(each for each in x.store.broadcasts.values() if each.state == "Running")
        async with AsyncClient(base_url=x.url, access_token=x.sandbox.user_token) as client:
            for number in range(5):
                await client.broadcasts.send_broadcast_chat(running.id, {"text": f"{number}"})
            pages = client.broadcasts.get_broadcast_chat(running.id, max_results=2)
            texts = [message.text async for message in pages.items(limit=5)]
    assert texts == ["4", "3", "2", "1", "0"]
