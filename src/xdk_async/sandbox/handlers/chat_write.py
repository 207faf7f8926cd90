"""Encrypted conversations: groups, keys, messages. What is encrypted is kept as it comes."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import target_user
from xdk_async.sandbox.handlers.dm_write import pair_id
from xdk_async.sandbox.problem import forbidden, missing, wrong
from xdk_async.sandbox.record_talk import ChatConversation, ChatEvent


@handles("chat.initialize_group")
def initialize_group(ask: Ask) -> Reply:
    """The id of a group that is about to be made."""
    return Reply({"conversation_id": f"g{ask.store.ids.next(ask.now_ms)}"})


@handles("chat.create_conversation")
def create(ask: Ask) -> Reply:
    """Make a group under an id that was given out before."""
    body = ask.body(models.CreateChatConversationRequest)
    if not body.conversation_id.startswith("g"):
        raise wrong("conversation_id", body.conversation_id, "Ask for an id first: POST .../group/initialize.")
    if body.conversation_id in ask.store.chats:
        raise forbidden(f"The group [{body.conversation_id}] exists already.")
    members = [*dict.fromkeys((ask.me, *(target_user(ask, "group_members", id).id for id in body.group_members)))]
    chat = ChatConversation(
        id=body.conversation_id,
        created_ms=ask.now_ms,
        updated_ms=ask.now_ms,
        members=members,
        admins=[*dict.fromkeys((ask.me, *(body.group_admins or ())))],
        group=True,
        name=body.group_name,
        avatar_url=body.group_avatar_url,
        ttl_ms=_ttl(body.ttl_msec),
        key_version=body.conversation_key_version,
    )
    ask.store.chats[chat.id] = chat
    change = _add(ask, chat, body.base64_encoded_key_rotation or "", key_change=True)
    told = {"conversation_id": chat.id, "conversation_key_change_sequence_id": change.id}
    return Reply(told, status=201)


@handles("chat.add_group_members")
def add_members(ask: Ask) -> Reply:
    """Take users into a group, by one of its admins."""
    chat = _own(ask)
    body = ask.body(models.AddChatGroupMembersRequest)
    if not chat.group or ask.me not in chat.admins:
        raise forbidden("Only the admins of a group take others in.")
    for id in body.user_ids:
        if target_user(ask, "user_ids", id).id not in chat.members:
            chat.members.append(id)
    chat.key_version = body.conversation_key_version or chat.key_version
    change = _add(ask, chat, "", key_change=True)
    told = {"conversation_key_change_sequence_id": change.id, "current_member_ids": [*chat.members]}
    return Reply(told)


@handles("chat.add_conversation_keys")
def add_keys(ask: Ask) -> Reply:
    """Put new keys on a conversation."""
    body = ask.body(models.AddConversationKeysRequest)
    chat = _own(ask, begin=True)
    chat.key_version = body.conversation_key_version
    change = _add(ask, chat, body.base64_encoded_key_rotation or "", key_change=True)
    return Reply({"conversation_id": chat.id, "sequence_id": change.id})


@handles("chat.send_message")
def send(ask: Ask) -> Reply:
    """Send a message that is encrypted already; the same one twice is sent once."""
    body = ask.body(models.SendChatMessageRequest)
    chat = _own(ask, begin=True)
    events = (ask.store.chat_events[id] for id in chat.events)
    event = next((each for each in events if each.message_id == body.message_id), None)
    if event is None:
        event = _add(ask, chat, body.encoded_message_create_event)
        event.message_id, event.token = body.message_id, body.conversation_token
        event.signature = body.encoded_message_event_signature
    return Reply({"encoded_message_event": event.encoded}, status=201)


@handles("chat.delete_messages")
def delete(ask: Ask) -> Reply:
    """Delete messages: own ones for everybody, any for oneself."""
    body = ask.body(models.DeleteChatMessagesRequest)
    chat = _own(ask)
    everybody = body.delete_message_action == "delete_for_all"
    doomed: list[ChatEvent] = []
    for id in body.sequence_ids:
        event = ask.store.chat_events.get(id)
        if event is None or event.conversation_id != chat.id:
            raise missing("chat_message_event", "sequence_ids", id)
        if everybody and event.sender_id != ask.me:
            raise forbidden(f"The message [{id}] is somebody else's.")
        doomed.append(event)
    for event in doomed:
        if everybody:
            chat.events.remove(event.id)
            del ask.store.chat_events[event.id]
        else:
            event.hidden_from.append(ask.me)
    return Reply({"deleted": True})


@handles("chat.mark_conversation_read")
def mark_read(ask: Ask) -> Reply:
    """Remember up to which event the signed-in user has seen a conversation."""
    chat = _own(ask)
    chat.read[ask.me] = ask.body(models.MarkChatConversationReadRequest).seen_until_sequence_id
    return Reply({"success": True})


@handles("chat.send_typing_indicator")
def typing(ask: Ask) -> Reply:
    """Show the others that the signed-in user is typing."""
    _own(ask).typing_ms[ask.me] = ask.now_ms
    return Reply({"success": True})


def chat_of(ask: Ask) -> tuple[str, ChatConversation | None]:
    """The id of the conversation that the path names, by a user's id too, and the conversation itself."""
    given = ask.path["id"]
    first, _, second = given.partition("-")
    id = given if given.startswith("g") else pair_id(first, second or ask.me)
    return id, ask.store.chats.get(id)


def _own(ask: Ask, *, begin: bool = False) -> ChatConversation:
    """The conversation that the path names; one of two begins when it is first written to."""
    id, chat = chat_of(ask)
    if chat is None and begin and not id.startswith("g") and ask.me in id.split("-"):
        members = [target_user(ask, "id", each).id for each in id.split("-")]
        chat = ask.store.chats[id] = ChatConversation(id, ask.now_ms, ask.now_ms, members)
    if chat is None:
        raise missing("chat_conversation", "id", ask.path["id"])
    if ask.me not in chat.members:
        raise forbidden(f"The signed-in user does not take part in the conversation [{chat.id}].")
    return chat


def _add(ask: Ask, chat: ChatConversation, encoded: str, *, key_change: bool = False) -> ChatEvent:
    id = ask.store.ids.next(ask.now_ms)
    previous = chat.events[-1] if chat.events else None
    event = ChatEvent(id, ask.now_ms, chat.id, ask.me, encoded, previous_id=previous, key_change=key_change)
    ask.store.chat_events[id] = event
    chat.events.append(id)
    chat.updated_ms = ask.now_ms
    return event


def _ttl(value: str | None) -> int | None:
    if value is not None and not value.isdecimal():
        raise wrong("ttl_msec", value, "The time to live is a whole number of milliseconds.")
    return None if value is None else int(value)
