"""Encrypted chat: groups, keys, messages, and what each member sees."""

from __future__ import annotations

from typing import Any

from tests.sandbox.api import Api

CHAT = "/2/chat/conversations"
SIGNATURE = {
    "message_id": "m",
    "encoded_message_event_detail": "ZQ==",
    "message_event_signature": {"public_key_version": "1", "signature": "cw==", "signature_version": "1"},
}


async def send(x: Api, id: str, text: str, message_id: str) -> str:
    body = {"message_id": message_id, "encoded_message_create_event": text}
    told: dict[str, str] = await x.do("POST", f"{CHAT}/{id}/messages", body)
    return told["encoded_message_event"]


async def group(x: Api, members: list[str]) -> str:
    id = (await x.do("POST", f"{CHAT}/group/initialize"))["conversation_id"]
    keys = [{"user_id": each, "public_key_version": "1", "encrypted_conversation_key": "a2V5"} for each in members]
    body = {
        "conversation_id": id,
        "conversation_key_version": "1",
        "conversation_participant_keys": keys,
        "group_members": members,
        "group_name": "Us",
        "base64_encoded_key_rotation": "cm90YXRl",
        "ttl_msec": "60000",
    }
    made = await x.do("POST", f"{CHAT}/group", body)
    assert made["conversation_id"] == id
    assert (await x.call("POST", f"{CHAT}/group", body, user=True)).status_code == 403
    return str(id)


async def shown(x: Api, id: str, user: str, **query: Any) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {x.sandbox.sign_in(user)['access_token']}"}
    answer = await x.client.get(f"{CHAT}/{id}/events", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_group_is_made_grows_and_talks(x: Api) -> None:
    one, two, late = [*x.store.users][1:4]
    id = await group(x, [one, two])
    told = await x.json(f"{CHAT}/{id}", user=True, expansions="member_ids,admin_ids")
    assert told["data"]["member_ids"] == [x.me, one, two]
    assert told["data"]["admin_ids"] == [x.me]
    for query, name in (({"chat_conversation_fields": "message_ttl_ms"}, "message_ttl_ms"),
                        ({"chat_conversation_fields": "message_ttl_msec"}, "message_ttl_msec")):  # fmt: skip
        assert (await x.json(f"{CHAT}/{id}", user=True, **query))["data"][name] == 60000
    added = await x.do("POST", f"{CHAT}/{id}/members", {"user_ids": [late]})
    assert added["current_member_ids"] == [x.me, one, two, late]
    assert await send(x, id, "aGVsbG8=", "1") == "aGVsbG8="
    await send(x, id, "aGVsbG8=", "1")
    seen = await shown(x, id, late)
    assert [each["encoded_event"] for each in seen["data"]] == ["aGVsbG8="]
    assert seen["meta"]["conversation_key_events"] == ["cm90YXRl"]
    assert seen["meta"]["has_more"] is False
    outsider = [*x.store.users][5]
    headers = {"authorization": f"Bearer {x.sandbox.sign_in(outsider)['access_token']}"}
    assert (await x.client.get(f"{CHAT}/{id}/events", headers=headers)).status_code == 403


async def test_a_conversation_of_two_begins_with_the_first_message(x: Api) -> None:
    other = [*x.store.users][7]
    await send(x, other, "Zmlyc3Q=", "1")
    low, high = sorted((x.me, other), key=int)
    conversations = (await x.json(CHAT, user=True))["data"]
    assert conversations[0] == {"id": f"{low}-{high}", "type": "direct"}
    await send(x, f"{low}-{high}", "c2Vjb25k", "2")
    first = await shown(x, x.me, other, max_results=1)
    rest = await shown(x, x.me, other, max_results=1, pagination_token=first["meta"]["next_token"])
    assert [first["data"][0]["encoded_event"], rest["data"][0]["encoded_event"]] == ["c2Vjb25k", "Zmlyc3Q="]
    assert await x.do("POST", f"{CHAT}/{other}/typing") == {"success": True}
    seen = {"seen_until_sequence_id": first["data"][0]["id"]}
    assert await x.do("POST", f"{CHAT}/{other}/read", seen) == {"success": True}


async def test_messages_are_deleted_for_one_or_for_all(x: Api) -> None:
    other = [*x.store.users][7]
    for number in ("1", "2"):
        await send(x, other, f"bWVzc2FnZQ=={number}", number)
    second, first = [each["id"] for each in (await shown(x, other, x.me))["data"]]
    body = {"action_signatures": [SIGNATURE], "delete_message_action": "delete_for_self", "sequence_ids": [first]}
    await x.do("POST", f"{CHAT}/{other}/messages/delete", body)
    assert [each["id"] for each in (await shown(x, other, x.me))["data"]] == [second]
    assert [each["id"] for each in (await shown(x, x.me, other))["data"]] == [second, first]
    await x.do(
        "POST",
        f"{CHAT}/{other}/messages/delete",
        {**body, "delete_message_action": "delete_for_all", "sequence_ids": [second]},
    )
    assert [each["id"] for each in (await shown(x, x.me, other))["data"]] == [first]


async def test_events_have_the_older_names_too(x: Api) -> None:
    other = [*x.store.users][7]
    for number in ("1", "2"):
        await send(x, other, "bWVzc2FnZQ==", number)
    path = f"{CHAT}/{other}/events"
    newer = (await x.json(path, user=True, chat_message_event_fields="created_at,previous_id"))["data"][0]
    older = (await x.json(path, user=True, chat_message_event_fields="created_at_msec,previous_id"))["data"][0]
    assert newer["previous_id"] == older["previous_sequence_id"]
    assert older["sequence_id"] == newer["id"]
    assert older["created_at_msec"].isdecimal()


async def test_public_keys_are_registered_and_found(x: Api) -> None:
    key = {"public_key": "cHVibGlj", "signing_public_key": "c2lnbg=="}
    made = await x.do("POST", f"/2/users/{x.me}/public_keys", {"version": "7", "public_key": key})
    assert made["public_key_version"] == "7"
    [latest, *_] = (await x.json(f"/2/users/{x.me}/public_keys", user=True))["data"]
    assert latest == {"public_key_version": "7", "public_key": "cHVibGlj"}
    several = await x.json("/2/users/public_keys", user=True, ids=x.me, public_key_fields="signing_public_key")
    assert several["data"][0]["signing_public_key"] == "c2lnbg=="
