"""Sending and deleting Direct Messages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.compose import links, write
from xdk_async.sandbox.handlers.common import target_user
from xdk_async.sandbox.handlers.media import is_usable
from xdk_async.sandbox.problem import blank, finding, forbidden, invalid, missing, wrong
from xdk_async.sandbox.record_talk import DmConversation, DmEvent

LONGEST = 10_000  # characters
MOST = 49  # others in a group
STATUS = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/\w+/status/(?P<id>\d+)")


@handles("direct_messages.create_by_participant_id")
def create_by_participant(ask: Ask) -> Reply:
    """Write to one user."""
    other = target_user(ask, "participant_id", ask.path["participant_id"])
    body = ask.body(models.CreateDirectMessagesByParticipantIdRequest)
    return _send(ask, pair(ask, other.id), body.text, body.attachments)


@handles("direct_messages.create_by_conversation_id")
def create_by_conversation(ask: Ask) -> Reply:
    """Write to a conversation that the signed-in user takes part in."""
    id = ask.path["dm_conversation_id"]
    body = ask.body(models.CreateDirectMessagesByConversationIdRequest)
    conversation = ask.store.dm_conversations.get(id)
    if conversation is None:
        first, hyphen, second = id.partition("-")
        if not hyphen or ask.me not in (first, second):
            raise missing("dm_conversation", "dm_conversation_id", id)
        other = target_user(ask, "dm_conversation_id", second if ask.me == first else first)
        conversation = pair(ask, other.id)
    if ask.me not in conversation.participants:
        raise forbidden(f"The signed-in user does not take part in the conversation [{id}].")
    return _send(ask, conversation, body.text, body.attachments)


@handles("direct_messages.create_conversation")
def create_conversation(ask: Ask) -> Reply:
    """Begin a group with a message."""
    body = ask.body(models.CreateDirectMessagesConversationRequest)
    message = body.message
    assert isinstance(message, models.CreateDirectMessagesConversationMessage)
    others = [*dict.fromkeys(id for id in body.participant_ids if id != ask.me)]
    if not 2 <= len(others) <= MOST:
        given = ",".join(body.participant_ids)
        raise wrong("participant_ids", given, f"A group is of 2 to {MOST} other users.")
    for id in others:
        target_user(ask, "participant_ids", id)
    _checked(ask, message.text, message.attachments)
    group = DmConversation(ask.store.ids.next(ask.now_ms), [ask.me, *others], group=True)
    _may_write(ask, group)
    _add(ask, group, DmEvent("", 0, group.id, "ParticipantsJoin", ask.me, [*group.participants]))
    return _send(ask, group, message.text, message.attachments)


@handles("direct_messages.delete_events")
def delete(ask: Ask) -> Reply:
    """Delete a message for the signed-in user; the others keep it."""
    event = seen_event(ask, ask.path["event_id"])
    if event is None:
        raise missing("dm_event", "event_id", ask.path["event_id"])
    if event.type != "MessageCreate":
        raise forbidden(f"[{event.id}] is no message.")
    event.hidden_from.append(ask.me)
    return Reply({"deleted": True})


def seen_event(ask: Ask, id: str) -> DmEvent | None:
    """An event that the signed-in user can see."""
    event = ask.store.dm_events.get(id)
    if event is None or ask.me in event.hidden_from:
        return None
    return event if ask.me in ask.store.dm_conversations[event.conversation_id].participants else None


def pair_id(one: str, other: str) -> str:
    """The id of the conversation of two users: theirs, the lower first."""
    low, high = sorted((one, other), key=int)
    return f"{low}-{high}"


def pair(ask: Ask, other: str) -> DmConversation:
    """The conversation of the signed-in user with another, which may not have begun yet."""
    id = pair_id(ask.me, other)
    return ask.store.dm_conversations.get(id) or DmConversation(id, [ask.me, other])


def _send(
    ask: Ask, conversation: DmConversation, text: str | None, attachments: Sequence[models.DmAttachmentLike] | None
) -> Reply:
    keys = _checked(ask, text, attachments)
    _may_write(ask, conversation)
    done = write(ask.store, text or "")
    posts = [match["id"] for link in links(done.entities) if (match := STATUS.match(link))]
    found = [id for id in posts if id in ask.store.posts]
    whole, entities = (done.note, done.note_entities) if done.note is not None else (done.text, done.entities)
    event = DmEvent("", 0, conversation.id, "MessageCreate", ask.me, [], whole, entities, keys, found)
    _add(ask, conversation, event)
    ask.sandbox.activity.messaged(conversation, event)
    return Reply({"dm_conversation_id": conversation.id, "dm_event_id": event.id}, status=201)


def _add(ask: Ask, conversation: DmConversation, event: DmEvent) -> None:
    event.id, event.ms = ask.store.ids.next(ask.now_ms), ask.now_ms
    ask.store.dm_conversations[conversation.id] = conversation
    ask.store.dm_events[event.id] = event
    conversation.events.append(event.id)


def _checked(ask: Ask, text: str | None, attachments: Sequence[models.DmAttachmentLike] | None) -> list[str]:
    """The media keys of the attachments, of a message that has something in it."""
    if not text and not attachments:
        raise invalid([finding("A message has `text` or `attachments`.", {"text": [], "attachments": []})])
    if text and len(text) > LONGEST:
        raise wrong("text", f"{text[:40]}…", f"The text has {len(text)} characters of {LONGEST}.")
    keys: list[str] = []
    for each in attachments or ():
        assert isinstance(each, models.DmAttachment)
        media = ask.store.media_with_id(each.media_id)
        if media is None:
            raise wrong("attachments.media_id", each.media_id, "There is no media with this id.")
        if not is_usable(ask, each.media_id):
            raise wrong("attachments.media_id", each.media_id, "The media is not ready, or is somebody else's.")
        keys.append(media.key)
    if len(keys) > 1:
        raise wrong("attachments", str(len(keys)), "A message takes one attachment.")
    return keys


def _may_write(ask: Ask, conversation: DmConversation) -> None:
    others = [id for id in conversation.participants if id != ask.me]
    if not conversation.group and not all(ask.store.takes_dms(id, ask.me) for id in others):
        raise blank(403, "Forbidden", f"The user [{others[0]}] takes no Direct Messages from the signed-in user.")
