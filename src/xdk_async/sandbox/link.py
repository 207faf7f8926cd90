"""Expansions: which member of an object names others, and which those are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xdk_async.sandbox.record import Like, List, Post, User
from xdk_async.sandbox.record_show import BroadcastMessage, Space
from xdk_async.sandbox.record_talk import ChatConversation, DmEvent
from xdk_async.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Link:
    """An expansion: the member that names the linked objects, their kind, and their ids."""

    member: str
    kind: str
    ids: Callable[[Store, Any], Iterable[str]]


def _mentioned(found: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    return [each["id"] for each in found.get("mentions", ())]


def _author(_: Store, post: Post) -> list[str]:
    return [post.author_id]


def _replied_to(_: Store, post: Post) -> list[str]:
    return [post.in_reply_to_user_id] if post.in_reply_to_user_id else []


def _latest(store: Store, user: User) -> list[str]:
    return [post.id for post, _ in zip(store.posts_by(user.id), range(1), strict=False)]


def _owner(_: Store, made: List) -> list[str]:
    return [made.owner_id]


POST: Mapping[str, Link] = {
    "author_id": Link("author_id", "user", _author),
    "username": Link("username", "user", _author),
    "in_reply_to_user_id": Link("in_reply_to_user_id", "user", _replied_to),
    "entities.mentions.username": Link("entities", "user", lambda _, post: _mentioned(post.entities)),
    "entities.note.mentions.username": Link("note_post", "user", lambda _, post: _mentioned(post.note_entities)),
    "attachments.media_keys": Link("attachments", "media", lambda _, post: post.media_keys),
    "attachments.poll_ids": Link("attachments", "poll", lambda _, post: [post.poll_id] if post.poll_id else []),
    "geo.place_id": Link("geo", "place", lambda _, post: [post.place_id] if post.place_id else []),
    "referenced_posts": Link("referenced_posts", "post", lambda _, post: [id for _kind, id in post.references]),
    "edit_history_post_ids": Link("edit_history_post_ids", "post", lambda _, post: post.history),
}
USER: Mapping[str, Link] = {
    "pinned_post_id": Link("pinned_post_id", "post", lambda _, u: [u.pinned_post_id] if u.pinned_post_id else []),
    "most_recent_post_id": Link("most_recent_post_id", "post", _latest),
    "affiliation": Link("affiliation", "user", lambda _, user: [user.affiliation_id] if user.affiliation_id else []),
}


def _sender(_: Store, event: DmEvent) -> list[str]:
    return [event.sender_id]


DM_EVENT: Mapping[str, Link] = {
    "sender_id": Link("sender_id", "user", _sender),
    "participant_ids": Link("participant_ids", "user", lambda _, event: event.participant_ids),
    "attachments.media_keys": Link("attachments", "media", lambda _, event: event.media_keys),
    "referenced_posts": Link("referenced_posts", "post", lambda _, event: event.post_ids),
}


def _creator(_: Store, space: Space) -> list[str]:
    return [space.creator_id]


SPACE: Mapping[str, Link] = {
    "creator_id": Link("creator_id", "user", _creator),
    "host_ids": Link("host_ids", "user", lambda _, space: space.host_ids),
    "invited_user_ids": Link("invited_user_ids", "user", lambda _, space: space.invited_user_ids),
    "speaker_ids": Link("speaker_ids", "user", lambda _, space: space.speaker_ids),
    "topic_ids": Link("topic_ids", "topic", lambda _, space: space.topic_ids),
}


def _members(_: Store, chat: ChatConversation) -> list[str]:
    return chat.members


CHAT: Mapping[str, Link] = {
    "admin_ids": Link("admin_ids", "user", lambda _, chat: chat.admins),
    "member_ids": Link("member_ids", "user", _members),
    "participant_ids": Link("participant_ids", "user", _members),
}


def _liked(store: Store, like: Like) -> list[Post]:
    post = store.posts.get(like.post_id)
    return [post] if post else []


LIKE: Mapping[str, Link] = {
    "liked_tweet_id": Link("liked_tweet_id", "post", lambda _, like: [like.post_id]),
    "liked_tweet_author_id": Link(
        "tweet_author_id", "user", lambda store, like: [post.author_id for post in _liked(store, like)]
    ),
    "attachments.media_keys": Link(
        "liked_tweet_id", "media", lambda store, like: [key for post in _liked(store, like) for key in post.media_keys]
    ),
}


def _writer(_: Store, message: BroadcastMessage) -> list[str]:
    return [message.author_id]


LINKS: Mapping[str, Mapping[str, Link]] = {
    "post": POST,
    "user": USER,
    "list": {"owner_id": Link("owner_id", "user", _owner)},
    "dm_event": DM_EVENT,
    "space": SPACE,
    "chat_conversation": CHAT,
    "like": LIKE,
    "broadcast_chat_message": {"author_id": Link("author_id", "user", _writer)},
}
"""By the kind of the object, then by the name of the expansion."""
