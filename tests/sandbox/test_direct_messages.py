"""Direct Messages: conversations of two and of many, attachments, blocks, deleting."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.api import Api
from xdk_async import AsyncClient


def stranger(x: Api) -> str:
    """Somebody with whom there is no conversation yet."""
    known = {id for each in x.store.dm_conversations.values() for id in each.participants}
    return next(id for id in x.store.users if id not in known and not x.store.dm_blocks.has(id, x.me))


async def send(x: Api, to: str, **body: Any) -> dict[str, str]:
    sent: dict[str, str] = await x.do("POST", f"/2/dm_conversations/with/{to}/messages", body)
    return sent


async def events(x: Api, path: str, **query: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = (await x.json(path, user=True, **query)).get("data", [])
    return told


async def test_a_message_begins_a_conversation_that_either_side_finds(x: Api) -> None:
    other = stranger(x)
    sent = await send(x, other, text="Hello #you, see https://example.com/a")
    low, high = sorted((x.me, other), key=int)
    assert sent["dm_conversation_id"] == f"{low}-{high}"
    again = await x.do("POST", f"/2/dm_conversations/{sent['dm_conversation_id']}/messages", {"text": "Again"})
    assert again["dm_conversation_id"] == sent["dm_conversation_id"]
    for path in (f"/2/dm_conversations/with/{other}/dm_events", f"/2/dm_conversations/{low}-{high}/dm_events"):
        shown = await events(x, path)
        assert [each["id"] for each in shown] == [again["dm_event_id"], sent["dm_event_id"]]
        assert set(shown[0]) == {"id", "event_type", "text"}
    theirs = x.sandbox.sign_in(other)["access_token"]
    headers = {"authorization": f"Bearer {theirs}"}
    answer = await x.client.get(f"/2/dm_conversations/with/{x.me}/dm_events", headers=headers)
    assert [each["text"] for each in answer.json()["data"]][:1] == ["Again"]
    [newest, *_] = await events(x, "/2/dm_events", max_results=1)
    assert newest["id"] == again["dm_event_id"]


async def test_who_takes_no_part_sees_nothing(x: Api) -> None:
    sent = await send(x, stranger(x), text="secret")
    outsider = next(id for id in x.store.users if id not in sent["dm_conversation_id"].split("-"))
    headers = {"authorization": f"Bearer {x.sandbox.sign_in(outsider)['access_token']}"}
    one = await x.client.get(f"/2/dm_events/{sent['dm_event_id']}", headers=headers)
    assert "data" not in one.json()
    assert one.json()["errors"][0]["type"].endswith("/resource-not-found")
    every = await x.client.get(f"/2/dm_conversations/{sent['dm_conversation_id']}/dm_events", headers=headers)
    assert every.status_code == 403
    write = await x.client.post(
        f"/2/dm_conversations/{sent['dm_conversation_id']}/messages", headers=headers, json={"text": "let me in"}
    )
    assert write.status_code == 403


async def test_a_group_begins_with_its_members_and_a_message(x: Api) -> None:
    others = [*x.store.users][1:4]
    body = {"conversation_type": "Group", "participant_ids": others, "message": {"text": "All here?"}}
    sent = await x.do("POST", "/2/dm_conversations", body)
    path = f"/2/dm_conversations/{sent['dm_conversation_id']}/dm_events"
    shown = await events(x, path, expansions="participant_ids,sender_id", dm_event_fields="created_at")
    assert [each["event_type"] for each in shown] == ["MessageCreate", "ParticipantsJoin"]
    assert shown[1]["participant_ids"] == [x.me, *others]
    only = await events(x, path, event_types="ParticipantsJoin")
    assert [each["event_type"] for each in only] == ["ParticipantsJoin"]
    two = {**body, "participant_ids": others[:1]}
    assert (await x.call("POST", "/2/dm_conversations", two, user=True)).status_code == 400


async def test_media_and_posts_come_with_a_message(x: Api) -> None:
    key = next(iter(x.store.media))
    post = await x.say("look at this")
    text = f"Seen? https://x.com/sandbox/status/{post}"
    sent = await send(x, stranger(x), text=text, attachments=[{"media_id": key.partition("_")[2]}])
    body = await x.json(
        f"/2/dm_events/{sent['dm_event_id']}", user=True, expansions="attachments.media_keys,referenced_posts,sender_id"
    )
    assert body["data"]["attachments"] == {"media_keys": [key]}
    assert [each["id"] for each in body["includes"]["posts"]] == [post]
    assert [each["id"] for each in body["includes"]["users"]] == [x.me]
    assert [each["media_key"] for each in body["includes"]["media"]] == [key]


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"attachments": [{"media_id": "1"}]}, {"text": "x" * 10_001}])
async def test_a_message_without_anything_in_it_is_refused(x: Api, body: dict[str, Any]) -> None:
    path = f"/2/dm_conversations/with/{stranger(x)}/messages"
    assert (await x.call("POST", path, body, user=True)).status_code == 400


async def test_who_is_blocked_cannot_write(x: Api) -> None:
    other = stranger(x)
    theirs = {"authorization": f"Bearer {x.sandbox.sign_in(other)['access_token']}"}
    assert await x.do("POST", f"/2/users/{other}/dm/block") == {"blocked": True}
    path = f"/2/dm_conversations/with/{x.me}/messages"
    assert (await x.client.post(path, headers=theirs, json={"text": "hi"})).status_code == 403
    me = await x.client.get(f"/2/users/{x.me}?user.fields=receives_your_dm", headers=theirs)
    assert me.json()["data"]["receives_your_dm"] is False
    assert await x.do("POST", f"/2/users/{other}/dm/unblock") == {"blocked": False}
    assert (await x.client.post(path, headers=theirs, json={"text": "hi"})).status_code == 201
    [blocker] = x.store.dm_blocks.to(x.me)
    assert (
        await x.call("POST", f"/2/dm_conversations/with/{blocker}/messages", {"text": "hi"}, user=True)
    ).status_code == 403


async def test_a_deleted_message_is_gone_for_one_side_only(x: Api) -> None:
    other = stranger(x)
    sent = await send(x, other, text="oops")
    assert await x.do("DELETE", f"/2/dm_events/{sent['dm_event_id']}") == {"deleted": True}
    assert await events(x, f"/2/dm_conversations/with/{other}/dm_events") == []
    theirs = {"authorization": f"Bearer {x.sandbox.sign_in(other)['access_token']}"}
    answer = await x.client.get(f"/2/dm_events/{sent['dm_event_id']}", headers=theirs)
    assert answer.json()["data"]["text"] == "oops"
    assert (await x.call("DELETE", f"/2/dm_events/{sent['dm_event_id']}", user=True)).status_code == 404


async def test_events_come_in_pages(x: Api) -> None:
    other = stranger(x)
    ids = [(await send(x, other, text=str(number)))["dm_event_id"] for number in range(7)]
    async with AsyncClient(base_url=x.url, access_token=x.sandbox.user_token) as client:
        found = [event.id async for event in client.direct_messages.get_events(max_results=2).items(limit=7)]
    assert found == ids[::-1]
