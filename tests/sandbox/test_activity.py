"""What people do is told to webhooks that subscribed; it is told once, and survives a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.media.files import png
from tests.sandbox.api import Api, Serve, opened
from tests.sandbox.hook import Hook
from xdk_async.sandbox import Sandbox

URL = "https://example.org/hook"


async def subscribed(x: Api, *event_types: str) -> None:
    answer = await x.call("POST", "/2/webhooks", {"url": URL})
    id = answer.json()["data"]["id"]
    for event_type in event_types:
        wanted = {"event_type": event_type, "filter": {"user_id": x.me}, "webhook_id": id}
        await x.do("POST", "/2/activity/subscriptions", wanted)


async def told(x: Api, hook: Hook) -> list[dict[str, Any]]:
    await x.sandbox.courier.idle()
    return [each["data"] for each in hook.received]


def stranger(x: Api) -> str:
    store = x.store
    return next(
        id
        for id, user in store.users.items()
        if id != x.me and not user.protected and not store.follows.has(x.me, id) and store.takes_dms(id, x.me)
    )


@pytest.mark.parametrize(
    ("path", "undo", "names"),
    [
        ("following", "following", ["follow.follow", "follow.unfollow"]),
        ("muting", "muting", ["mute.mute", "mute.unmute"]),
    ],
)
async def test_what_is_done_to_others_is_told_once(path: str, undo: str, names: list[str]) -> None:
    hook = Hook()
    async with opened(Sandbox(webhook_transport=hook)) as x:
        await subscribed(x, *names)
        other = stranger(x)
        for _ in range(2):
            await x.do("POST", f"/2/users/{x.me}/{path}", {"target_user_id": other})
        for _ in range(2):
            await x.do("DELETE", f"/2/users/{x.me}/{undo}/{other}")
        events = await told(x, hook)
    assert sorted(each["event_type"] for each in events) == names
    assert {each["payload"]["target"]["data"]["id"] for each in events} == {other}


async def test_a_like_is_told_once() -> None:
    hook = Hook()
    async with opened(Sandbox(webhook_transport=hook)) as x:
        await subscribed(x, "like.create")
        post = next(post.id for post in x.store.posts.values() if not x.store.likes.has(x.me, post.id))
        for _ in range(2):
            await x.do("POST", f"/2/users/{x.me}/likes", {"tweet_id": post})
        [event] = await told(x, hook)
    assert event["payload"]["liked_tweet_id"] == post


async def test_a_message_is_told_with_its_id_and_its_file_is_for_those_who_take_part() -> None:
    hook = Hook()
    async with opened(Sandbox(webhook_transport=hook)) as x:
        await subscribed(x, "dm.sent")
        other = stranger(x)
        headers = x.headers(user=True)
        form = {"media_category": "dm_image"}
        answer = await x.client.post("/2/media/upload", data=form, files={"media": png()}, headers=headers)
        media = answer.json()["data"]["id"]
        body = {"text": "Look", "attachments": [{"media_id": media}]}
        sent = await x.do("POST", f"/2/dm_conversations/with/{other}/messages", body)
        [event] = await told(x, hook)
        [message] = event["payload"]["direct_message_events"]
        assert (message["id"], message["message_create"]["target"]) == (sent["dm_event_id"], {"recipient_id": other})

        path = f"/2/dm_conversations/media/{sent['dm_event_id']}/{media}/a"
        outsider = next(id for id in x.store.users if id not in (x.me, other))
        for who, status in ((other, 200), (x.me, 200), (outsider, 403)):
            token = x.sandbox.sign_in(who)["access_token"]
            got = await x.client.get(path, headers={"authorization": f"Bearer {token}"})
            assert got.status_code == status, who
            assert (got.content == png()) is (status == 200)


async def test_processing_follows_the_clock(served: Serve) -> None:
    async with served(Sandbox(media_processing=30)) as x:
        x.sandbox.clock.freeze()
        gif = b"GIF89a\x03\x00\x02\x00\x00\x00;"
        form = {"media_category": "tweet_gif"}
        answer = await x.client.post("/2/media/upload", data=form, files={"media": gif}, headers=x.headers(user=True))
        id = answer.json()["data"]["id"]
        states: list[str] = []
        for seconds in (0, 10, 20):
            x.sandbox.clock.advance(seconds)
            shown = await x.json("/2/media/upload", user=True, media_id=id, command="STATUS")
            states.append(shown["data"]["processing_info"]["state"])
    assert states == ["pending", "in_progress", "succeeded"]


async def test_what_was_not_delivered_is_after_a_restart(served: Serve, tmp_path: Path) -> None:
    hook = Hook()
    with Sandbox(path=tmp_path / "x.db", webhook_transport=hook) as sandbox:
        async with served(sandbox) as x:
            await subscribed(x, "post.create")
            hook.statuses = [503]
            sandbox.clock.freeze()
            id = await x.say("to be told later")
            while hook.statuses:
                await x.json("/2/users/me", user=True)
    assert len(hook.received) == 1, "which was refused"
    with Sandbox(path=tmp_path / "x.db", webhook_transport=hook) as sandbox:
        async with served(sandbox) as x:
            events = await told(x, hook)
    assert [each["payload"]["id"] for each in events] == [id, id]
