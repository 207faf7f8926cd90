"""The members of Direct Messages and encrypted chat: how each follows from what is stored. None is left out."""

from __future__ import annotations

from xdk_async.sandbox.clock import iso
from xdk_async.sandbox.invent import invented
from xdk_async.sandbox.member import Members, Scene, plain_links
from xdk_async.sandbox.record_talk import ChatConversation, ChatEvent, DmEvent, PublicKey

DM_EVENT: Members[DmEvent] = {
    "id": lambda _, event: event.id,
    "event_type": lambda _, event: event.type,
    "text": lambda _, event: event.text if event.type == "MessageCreate" else None,
    "attachments": lambda _, event: {"media_keys": [*event.media_keys]} if event.media_keys else None,
    "created_at": lambda _, event: iso(event.ms),
    "dm_conversation_id": lambda _, event: event.conversation_id,
    "entities": lambda _, event: plain_links(event.entities) or None,
    "participant_ids": lambda _, event: [*event.participant_ids] or None,
    "referenced_posts": lambda _, event: [{"id": id} for id in event.post_ids] or None,
    "sender_id": lambda _, event: event.sender_id,
}
CHAT_CONVERSATION: Members[ChatConversation] = {
    "id": lambda _, chat: chat.id,
    "type": lambda _, chat: "group" if chat.group else "direct",
    "admin_ids": lambda _, chat: [*chat.admins] or None,
    "created_at": lambda _, chat: iso(chat.created_ms),
    "group_avatar_url": lambda _, chat: chat.avatar_url,
    "group_name": lambda _, chat: chat.name,
    "is_muted": lambda _, _chat: False,
    "member_ids": lambda _, chat: [*chat.members] if chat.group else None,
    "message_ttl_ms": lambda _, chat: chat.ttl_ms,
    "participant_ids": lambda _, chat: [*chat.members],
    "screen_capture_blocking_enabled": lambda _, _chat: False,
    "screen_capture_detection_enabled": lambda _, _chat: False,
    "updated_at": lambda _, chat: iso(chat.updated_ms),
}


def _signature(_: Scene, event: ChatEvent) -> dict[str, str] | None:
    if event.signature is None:
        return None
    return {"signature": event.signature, "signature_version": "1", "public_key_version": "1"}


CHAT_EVENT: Members[ChatEvent] = {
    "id": lambda _, event: event.id,
    "encoded_event": lambda _, event: event.encoded,
    "conversation_id": lambda _, event: event.conversation_id,
    "conversation_token": lambda _, event: event.token,
    "created_at": lambda _, event: iso(event.ms),
    "is_trusted": lambda _, _event: True,
    "message_event_signature": _signature,
    "previous_id": lambda _, event: event.previous_id,
    "sender_id": lambda _, event: event.sender_id,
}
PUBLIC_KEY: Members[PublicKey] = {
    "public_key_version": lambda _, key: key.version,
    "public_key": lambda _, key: key.public_key,
    "signing_public_key": lambda _, key: key.signing_public_key,
    "identity_public_key_signature": lambda _, key: key.identity_public_key_signature,
    "juicebox_config": lambda _, key: invented("ChatJuiceboxConfig", key.user_id),
}
