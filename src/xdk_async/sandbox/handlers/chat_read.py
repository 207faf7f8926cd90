"""Reading encrypted conversations, and the public keys of their members."""

from __future__ import annotations

from typing import Any

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.chat_write import chat_of
from xdk_async.sandbox.handlers.common import myself, user_of
from xdk_async.sandbox.invent import invented
from xdk_async.sandbox.problem import forbidden, unknown
from xdk_async.sandbox.record_talk import ChatConversation, PublicKey
from xdk_async.sandbox.shape import one, page, whole_list


@handles("chat.get_conversations")
def get_conversations(ask: Ask) -> Reply:
    """Conversations of the signed-in user, the latest first."""
    own = [chat for chat in ask.store.chats.values() if ask.me in chat.members]
    own.sort(key=lambda chat: chat.updated_ms, reverse=True)
    return _paged(page(ask, "chat_conversation", own, 10, previous=False), has_message_requests=False)


@handles("chat.get_conversation")
def get_conversation(ask: Ask) -> Reply:
    """One conversation."""
    chat = _seen(ask)
    return one(ask, "chat_conversation", chat, "id", chat.id)


@handles("chat.get_conversation_events")
def get_events(ask: Ask) -> Reply:
    """What happened in a conversation, newest first; changes of its keys stand beside it."""
    chat = _seen(ask)
    events = [ask.store.chat_events[id] for id in reversed(chat.events)]
    shown = [event for event in events if not event.key_change and ask.me not in event.hidden_from]
    changes = [event.encoded for event in events if event.key_change and event.encoded]
    more = {"conversation_key_events": changes} if changes else {}
    return _paged(page(ask, "chat_message_event", shown, 50, previous=False), **more)


@handles("chat.add_user_public_key")
def add_key(ask: Ask) -> Reply:
    """Register the signed-in user's public keys."""
    me = myself(ask)
    body = ask.body(models.AddUserPublicKeyRequest)
    given = body.public_key
    assert isinstance(given, models.AddUserPublicKeyPublicKey)
    version = ask.store.ids.next(ask.now_ms) if body.generate_version else body.version
    key = PublicKey(version, me, given.public_key, given.signing_public_key, given.identity_public_key_signature)
    ask.store.public_keys[f"{me} {version}"] = key
    told = {"public_key_version": version, "juicebox_config": invented("ChatJuiceboxConfig", me)}
    return Reply(told)


@handles("users.get_public_key")
def get_key(ask: Ask) -> Reply:
    """The public keys of a user, latest first."""
    return whole_list(ask, "public_key", _keys(ask, user_of(ask).id), counted=False)


@handles("users.get_public_keys")
def get_keys(ask: Ask) -> Reply:
    """The latest public keys of several users."""
    keys = [key for id in ask.names("ids") for key in _keys(ask, id)[:1]]
    return whole_list(ask, "public_key", keys, counted=False)


def _keys(ask: Ask, user_id: str) -> list[PublicKey]:
    return [key for key in reversed(ask.store.public_keys.values()) if key.user_id == user_id]


def _seen(ask: Ask) -> ChatConversation:
    id, chat = chat_of(ask)
    if chat is None:
        raise unknown("chat_conversation", "id", id)
    if ask.me not in chat.members:
        raise forbidden(f"The signed-in user does not take part in the conversation [{chat.id}].")
    return chat


def _paged(reply: Reply, **more: Any) -> Reply:
    reply.meta = {**reply.meta, "has_more": "next_token" in reply.meta, **more}
    return reply
