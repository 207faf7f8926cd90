"""Types of what happens on X; public in `xdk_async.events`, which shows the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xdk_async._core.includes import Includes
from xdk_async.api import models


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened."""

    type: str
    """What, such as `post.create`."""
    id: str
    """The same for every delivery of the same event, whatever else X changes."""
    raw: Mapping[str, Any] = field(repr=False)
    """The event as X sent it, decoded."""
    undecoded: tuple[str, ...] = ()
    """Paths of what came in a shape that does not fit; it is None, or left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityEvent(Event):
    """An event of the X Activity API."""

    event_uuid: str | None = None
    """X's number for it, maybe negative. Several events about one post share it."""
    filter: models.ActivitySubscriptionFilter | None = None
    """The filter of the subscription that matched."""
    tag: str | None = None
    """The subscription's label."""
    payload: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """What happened, as X sent it; the subclasses hold it typed."""
    includes: Includes = field(default_factory=lambda: Includes(models.Expansions()), repr=False)
    """Objects that the event refers to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEvent(ActivityEvent):
    """A post was written: by the user, or one that mentions, answers, quotes or reposts the user."""

    post: models.Post

    @property
    def author(self) -> models.User | None:
        """Who wrote it, if X included the user."""
        return self.includes.author(self.post)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDeleteEvent(ActivityEvent):
    """A post was deleted."""

    post_id: str | None
    author_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeEvent(ActivityEvent):
    """A post was liked."""

    like: models.LikeWithPostAuthor


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationEvent(ActivityEvent):
    """Somebody follows, mutes or blocks somebody, or does so no more."""

    source: models.User | None
    """Who does it."""
    target: models.User | None
    """To whom it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileUpdateEvent(ActivityEvent):
    """A part of a profile changed; `type` says which."""

    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMessageEvent(ActivityEvent):
    """Unencrypted Direct Messages were sent or received."""

    messages: list[DirectMessage]
    users: dict[str, models.User]
    """Everybody who takes part, by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMessage:
    """One Direct Message."""

    id: str | None
    sender_id: str | None
    recipient_id: str | None
    text: str | None
    created_timestamp: str | None
    """Milliseconds since the epoch."""
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEvent(ActivityEvent):
    """Something in an encrypted conversation."""

    conversation_id: str | None
    sender_id: str | None
    message_id: str | None
    encoded_event: str | None = field(repr=False)
    """The encrypted content, for X's chat libraries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEvent(ActivityEvent):
    """A Space or a broadcast began or ended."""

    user: models.User | None
    """The host."""
    broadcast_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastChatEvent(ActivityEvent):
    """Somebody wrote in the chat of the user's broadcast."""

    author: models.User | None
    broadcast_id: str | None
    message_id: str | None
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsEvent(ActivityEvent):
    """A story on the keyword."""

    headline: str | None
    category: str | None
    hook: str | None
    summary: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeEvent(ActivityEvent):
    """A user took the app's access back: forget the user's tokens."""

    user_id: str | None
    app_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredPostEvent(Event):
    """A post that a rule of the filtered stream matched, delivered to a webhook that is linked to the stream."""

    post: models.Post
    includes: Includes = field(repr=False)
    matching_rules: list[models.MatchingRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountActivityEvent(Event):
    """An event of the Account Activity API, whose objects are those of version 1.1."""

    for_user_id: str | None
    """Whose account it concerns."""
    item: Mapping[str, Any]
    """What happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayEvent(Event):
    """A replay that `webhooks.create_webhook_replay_job` or `webhooks.ensure` asked for is over."""

    job_id: str | None
    webhook_id: str | None
    state: str | None
    """`Complete`, or `Incomplete` if it has to be asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(Event):
    """An event of a shape that this version of the library does not know."""
