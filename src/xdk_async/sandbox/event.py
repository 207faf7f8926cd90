"""What concerns people, as subscriptions to activity tell it; posts are told of in `activity.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from xdk_async.sandbox.clock import iso
from xdk_async.sandbox.record import Like, Post, User
from xdk_async.sandbox.record_talk import DmConversation, DmEvent
from xdk_async.sandbox.store import Store

Between: TypeAlias = Literal["follow.follow", "follow.unfollow", "mute.mute", "mute.unmute"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that somebody did, maybe to somebody."""

    event_type: str
    source: str | None
    target: str | None
    payload: Mapping[str, Any]
    includes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    uuid: str = ""  # of events about posts, the post's id


def user_told(user: User) -> dict[str, Any]:
    """A user as events show one: wrapped in `data`."""
    known = {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "created_at": iso(user.created_ms),
        "description": user.description,
        "location": user.location,
        "protected": user.protected,
        "verified_type": user.verified_type,
    }
    return {"data": known}


def between(store: Store, event_type: Between, source: str, target: str) -> Event:
    """Something done by one user to another."""
    payload = {"source": user_told(store.users[source]), "target": user_told(store.users[target])}
    return Event(event_type, source, target, payload)


def liked(store: Store, like: Like) -> Event:
    """A new like."""
    author = store.posts[like.post_id].author_id
    payload = {
        "id": like.id,
        "created_at": iso(like.ms),
        "liked_tweet_id": like.post_id,
        "timestamp_ms": like.ms,
        "tweet_author_id": author,
    }
    return Event("like.create", like.user_id, author, payload)


def deleted(store: Store, post: Post) -> Event:
    """A post that is there no more."""
    payload = {"id": post.id, "author_id": post.author_id}
    return Event("post.delete", post.author_id, None, payload, {"users": [user_told(store.users[post.author_id])]})


def messaged(store: Store, conversation: DmConversation, event: DmEvent) -> Iterator[Event]:
    """A Direct Message: sent by one, received by each of the others."""
    others = [id for id in conversation.participants if id != event.sender_id] or [event.sender_id]  # notes to oneself
    users = {id: user_told(store.users[id]) for id in (event.sender_id, *others)}
    told = [{"direct_message_events": [_message(event, id)], "users": users} for id in others]
    yield Event("dm.sent", event.sender_id, None, told[0])
    for id, payload in zip(others, told, strict=True):
        yield Event("dm.received", None, id, payload)


def _message(event: DmEvent, recipient_id: str) -> dict[str, Any]:
    return {
        "type": "message_create",
        "id": event.id,
        "created_timestamp": str(event.ms),
        "message_create": {
            "target": {"recipient_id": recipient_id},
            "sender_id": event.sender_id,
            "message_data": {"text": event.text},
        },
    }
