"""Reading Direct Messages."""

from __future__ import annotations

from collections.abc import Iterable

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import target_user
from xdk_async.sandbox.handlers.dm_write import pair, seen_event
from xdk_async.sandbox.problem import forbidden, unknown
from xdk_async.sandbox.shape import one, page


@handles("direct_messages.get_events")
def get_events(ask: Ask) -> Reply:
    """What happened in all conversations of the signed-in user, newest first."""
    conversations = ask.store.dm_conversations.values()
    ids = [id for each in conversations if ask.me in each.participants for id in each.events]
    return _page(ask, sorted(ids, key=int))


@handles("direct_messages.get_events_by_conversation_id")
def get_by_conversation(ask: Ask) -> Reply:
    """What happened in one conversation, newest first."""
    id = ask.path["id"]
    conversation = ask.store.dm_conversations.get(id)
    if conversation is None:
        raise unknown("dm_conversation", "id", id)
    if ask.me not in conversation.participants:
        raise forbidden(f"The signed-in user does not take part in the conversation [{id}].")
    return _page(ask, conversation.events)


@handles("direct_messages.get_events_by_participant_id")
def get_by_participant(ask: Ask) -> Reply:
    """What happened in the conversation with one user, newest first."""
    other = target_user(ask, "participant_id", ask.path["participant_id"])
    return _page(ask, pair(ask, other.id).events)


@handles("direct_messages.get_events_by_id")
def get_event(ask: Ask) -> Reply:
    """One event."""
    id = ask.path["event_id"]
    return one(ask, "dm_event", seen_event(ask, id), "event_id", id)


def _page(ask: Ask, ids: Iterable[str]) -> Reply:
    types = ask.names("event_types")
    events = [ask.store.dm_events[id] for id in ids]
    shown = [each for each in events if ask.me not in each.hidden_from and (not types or each.type in types)]
    return page(ask, "dm_event", reversed(shown), 100)
