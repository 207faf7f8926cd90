"""Names of events: today's, and those they had before. Pure."""

from __future__ import annotations

from xdk_async._core.nearest import nearest
from xdk_async.errors import InvalidArgument

# X's changelog of 2026-03-18
RENAMED = {
    "ProfileBioUpdate": "profile.update.bio",
    "ProfilePictureUpdate": "profile.update.profile_picture",
    "ProfileBannerPictureUpdate": "profile.update.banner_picture",
    "ProfileBannerUpdate": "profile.update.banner_picture",
    "ProfileScreennameUpdate": "profile.update.screenname",
    "ProfileGeoUpdate": "profile.update.geo",
    "ProfileUrlUpdate": "profile.update.url",
    "ProfileVerifiedBadgeUpdate": "profile.update.verified_badge",
    "ProfileAffiliateBadgeUpdate": "profile.update.affiliate_badge",
    "ProfileHandleUpdate": "profile.update.handle",
    "FollowFollow": "follow.follow",
    "FollowUnfollow": "follow.unfollow",
    "NewsNew": "news.new",
    "SpacesStart": "spaces.start",
    "SpacesEnd": "spaces.end",
    "ChatReceived": "chat.received",
    "ChatSent": "chat.sent",
    "ChatConversationJoin": "chat.conversation.join",
    "chat.conversation_join": "chat.conversation.join",
    "DmSent": "dm.sent",
    "DmReceived": "dm.received",
    "DmIndicateTyping": "dm.indicate_typing",
    "DmRead": "dm.read",
    "PostCreate": "post.create",
    "PostDelete": "post.delete",
    "PostMentionCreate": "post.mention.create",
    "LikeCreate": "like.create",
}
POSTS = ("post.create", "post.mention.create", "post.reply.create", "post.quote.create", "post.repost.create")
RELATIONS = ("follow.follow", "follow.unfollow", "mute.mute", "mute.unmute", "block.block", "block.unblock")
LIVE = ("spaces.start", "spaces.end", "broadcast.start", "broadcast.end")
ACTIVITY = frozenset(
    {
        *RENAMED.values(), *POSTS, *RELATIONS, *LIVE, "broadcast.chat", "oauth.revoke",
        "chat.conversation.member_added", "chat.conversation.member_removed", "chat.conversation.admin_added",
        "chat.conversation.admin_removed", "chat.update.group_name", "chat.update.restrictions",
    }
)  # fmt: skip
ACCOUNT = (
    "tweet_create_events",
    "tweet_delete_events",
    "favorite_events",
    "follow_events",
    "unfollow_events",
    "block_events",
    "unblock_events",
    "mute_events",
    "unmute_events",
    "user_event",
    "direct_message_events",
    "direct_message_indicate_typing_events",
    "direct_message_mark_read_events",
    "spaces_events",
)
STREAM_POST = "stream.post"
REPLAY = "replay_job_status"
UNKNOWN = "unknown"
ALL = frozenset({*ACTIVITY, *ACCOUNT, STREAM_POST, REPLAY, UNKNOWN})


def canonical(name: str) -> str:
    """Today's name of an event type; one that is not known stays as it is."""
    return RENAMED.get(name, name)


def pattern(name: str) -> str:
    """The name, `family.*` or `*` that a handler is for.

    Raises:
        InvalidArgument: no event is called so, and the handler would never be called.
    """
    found = canonical(name)
    family = found.removesuffix("*")
    if found in ALL or found == "*":
        return found
    if found.endswith(".*") and any(each.startswith(family) for each in ALL):
        return found
    raise InvalidArgument(
        f"no event is called {name!r}{nearest(found, sorted(ALL))}; '*' gets all, also those of types that are new"
    )


def matches(wanted: str, type: str) -> bool:
    """Whether an event of that type is wanted."""
    return wanted in (type, "*") or (wanted.endswith(".*") and type.startswith(wanted[:-1]))
