"""What happens on X, as the activity stream and webhooks tell it: one set of types for both.

    Event                          anything; `type`, `id` and `raw` are always there
    ├── ActivityEvent              of the X Activity API; also stands for types without a class of their own
    │   ├── PostEvent              post.create, post.mention.create, post.reply.create, post.quote.create, post.repost.create
    │   ├── PostDeleteEvent        post.delete
    │   ├── LikeEvent              like.create
    │   ├── RelationEvent          follow.follow, follow.unfollow, mute.mute, mute.unmute, block.block, block.unblock
    │   ├── ProfileUpdateEvent     profile.update.*
    │   ├── DirectMessageEvent     dm.sent, dm.received
    │   ├── ChatEvent              chat.received, chat.sent, …: encrypted
    │   ├── LiveEvent              spaces.start, spaces.end, broadcast.start, broadcast.end
    │   ├── BroadcastChatEvent     broadcast.chat
    │   ├── NewsEvent              news.new
    │   └── RevokeEvent            oauth.revoke
    ├── FilteredPostEvent          stream.post: a post that a rule of the filtered stream matched
    ├── AccountActivityEvent       tweet_create_events, favorite_events, …: Account Activity, which X has deprecated
    ├── ReplayEvent                replay_job_status: a replay is over
    └── UnknownEvent               anything else

Payloads: https://docs.x.com/x-api/activity/event-payloads. Names of before 2026-03-18, such as `ProfileBioUpdate`, arrive as
today's. `activity_event` gives what `client.stream.activity` yields these types.
"""

from __future__ import annotations

from xdk_async._core.activity import (
    AccountActivityEvent,
    ActivityEvent,
    BroadcastChatEvent,
    ChatEvent,
    DirectMessage,
    DirectMessageEvent,
    Event,
    FilteredPostEvent,
    LikeEvent,
    LiveEvent,
    NewsEvent,
    PostDeleteEvent,
    PostEvent,
    ProfileUpdateEvent,
    RelationEvent,
    ReplayEvent,
    RevokeEvent,
    UnknownEvent,
)
from xdk_async._core.event_reader import activity_event

__all__ = [
    "AccountActivityEvent",
    "ActivityEvent",
    "BroadcastChatEvent",
    "ChatEvent",
    "DirectMessage",
    "DirectMessageEvent",
    "Event",
    "FilteredPostEvent",
    "LikeEvent",
    "LiveEvent",
    "NewsEvent",
    "PostDeleteEvent",
    "PostEvent",
    "ProfileUpdateEvent",
    "RelationEvent",
    "ReplayEvent",
    "RevokeEvent",
    "UnknownEvent",
    "activity_event",
]
