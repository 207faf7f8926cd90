"""Events as Account Activity, which X has deprecated, tells them: in the words of version 1.1 of the API."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from xdk_async.sandbox.clock import SECOND
from xdk_async.sandbox.event import Event
from xdk_async.sandbox.record import Post, User
from xdk_async.sandbox.store import Store


def message(store: Store, event: Event, user_id: str, now_ms: int) -> dict[str, Any] | None:
    """What a webhook gets of an event for the account of a user; None if it is not the user's, or of no known kind."""
    tell = KINDS.get(event.event_type)
    if tell is None or user_id not in (event.source, event.target):
        return None
    if event.event_type == "post.create" and user_id != event.source:
        return None
    return {"for_user_id": user_id, **tell(store, event, now_ms)}


def _old_time(ms: int) -> str:
    return datetime.fromtimestamp(ms / SECOND, UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")


def _user(user: User) -> dict[str, Any]:
    return {
        "id": int(user.id),
        "id_str": user.id,
        "name": user.name,
        "screen_name": user.username,
        "location": user.location,
        "description": user.description,
        "protected": user.protected,
        "verified": user.verified_type != "none",
        "created_at": _old_time(user.created_ms),
    }


def _post(store: Store, post: Post) -> dict[str, Any]:
    replied, author = post.refers("replied_to"), store.users[post.author_id]
    return {
        "created_at": _old_time(post.ms),
        "id": int(post.id),
        "id_str": post.id,
        "text": post.text,
        "in_reply_to_status_id_str": replied,
        "in_reply_to_user_id_str": post.in_reply_to_user_id,
        "user": _user(author),
        "lang": post.lang,
        "timestamp_ms": str(post.ms),
    }


def _created(store: Store, event: Event, _: int) -> dict[str, Any]:
    return {"tweet_create_events": [_post(store, store.posts[event.payload["id"]])]}


def _deleted(_: Store, event: Event, now_ms: int) -> dict[str, Any]:
    status = {"id": event.payload["id"], "user_id": event.payload["author_id"]}
    return {"tweet_delete_events": [{"status": status, "timestamp_ms": str(now_ms)}]}


def _liked(store: Store, event: Event, now_ms: int) -> dict[str, Any]:
    assert event.source is not None
    told = {
        "id": hashlib.md5(event.payload["id"].encode(), usedforsecurity=False).hexdigest(),
        "created_at": _old_time(now_ms),
        "timestamp_ms": now_ms,
        "favorited_status": _post(store, store.posts[event.payload["liked_tweet_id"]]),
        "user": _user(store.users[event.source]),
    }
    return {"favorite_events": [told]}


def _pair(name: str, kind: str) -> Callable[[Store, Event, int], dict[str, Any]]:
    def tell(store: Store, event: Event, now_ms: int) -> dict[str, Any]:
        assert event.source is not None
        assert event.target is not None
        source, target = _user(store.users[event.source]), _user(store.users[event.target])
        return {name: [{"type": kind, "created_timestamp": str(now_ms), "source": source, "target": target}]}

    return tell


def _messaged(_: Store, event: Event, __: int) -> dict[str, Any]:
    return {"direct_message_events": event.payload["direct_message_events"]}


KINDS: Mapping[str, Callable[[Store, Event, int], dict[str, Any]]] = {
    "post.create": _created,
    "post.mention.create": _created,
    "post.reply.create": _created,
    "post.delete": _deleted,
    "like.create": _liked,
    "follow.follow": _pair("follow_events", "follow"),
    "follow.unfollow": _pair("follow_events", "unfollow"),
    "dm.sent": _messaged,
    "dm.received": _messaged,
    "mute.mute": _pair("mute_events", "mute"),
    "mute.unmute": _pair("mute_events", "unmute"),
}
