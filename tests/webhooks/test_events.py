"""Messages of webhooks become typed events: every kind X documents, and whatever else comes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async import models
from xdk_async._core import activity_type
from xdk_async._core.event_reader import read_message
from xdk_async.api.models.activity import CreateActivitySubscriptionRequest
from xdk_async.events import (
    AccountActivityEvent,
    ActivityEvent,
    BroadcastChatEvent,
    ChatEvent,
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
    activity_event,
)

USER = {"data": {"id": "7", "username": "ann", "name": "Ann", "pinned_tweet_id": "5"}}
OTHER = {"data": {"id": "8", "username": "bob", "name": "Bob"}}
POST = {"id": "5", "text": "hi", "author_id": "7", "edit_history_tweet_ids": ["5"]}
MESSAGE = {
    "type": "message_create",
    "id": "99",
    "created_timestamp": "1784928224372",
    "message_create": {"target": {"recipient_id": "8"}, "sender_id": "7", "message_data": {"text": "hello!"}},
}


def activity(event_type: str, payload: Any, **more: Any) -> dict[str, Any]:
    return {
        "data": {"event_uuid": "-5", "filter": {"user_id": "7"}, "event_type": event_type, "payload": payload, **more}
    }


def one(message: dict[str, Any]) -> Event:
    [event] = read_message(message)
    return event


def test_posts_come_with_those_they_include() -> None:
    includes = {"users": [USER["data"]], "tweets": [POST]}
    event = one(activity("post.create", POST, includes=includes, tag="mine"))
    assert isinstance(event, PostEvent)
    assert (event.post.text, event.post.edit_history_post_ids, event.tag) == ("hi", ["5"], "mine")
    assert event.author is not None
    assert (event.author.username, event.author.pinned_post_id) == ("ann", "5")
    assert event.filter == models.ActivitySubscriptionFilter(user_id="7")
    assert (event.event_uuid, event.undecoded) == ("-5", ())
    for other in ("post.mention.create", "post.reply.create", "post.quote.create", "post.repost.create"):
        assert isinstance(one(activity(other, POST)), PostEvent)


def test_users_are_unwrapped_wherever_x_wraps_them() -> None:
    event = one(activity("follow.follow", {"source": USER, "target": OTHER}))
    assert isinstance(event, RelationEvent)
    assert event.source is not None
    assert event.target is not None
    assert (event.source.username, event.target.username) == ("ann", "bob")
    deleted = one(activity("post.delete", {"id": "5", "author_id": "7"}, includes={"users": [USER]}))
    assert isinstance(deleted, PostDeleteEvent)
    assert (deleted.post_id, deleted.author_id, deleted.undecoded) == ("5", "7", ())
    assert [user.username for user in deleted.includes.users] == ["ann"]
    live = one(activity("spaces.start", {"user": USER, "broadcast_id": "1q", "event_type": "spaces_start"}))
    assert isinstance(live, LiveEvent)
    assert live.user is not None
    assert (live.user.id, live.broadcast_id) == ("7", "1q")
    talk = one(activity("broadcast.chat", {"author": USER, "broadcast_id": "1", "message_id": "2", "message": "test"}))
    assert isinstance(talk, BroadcastChatEvent)
    assert (talk.message, talk.author and talk.author.id) == ("test", "7")


def test_every_other_kind_has_its_facts() -> None:
    bio = one(activity("profile.update.bio", {"before": "a", "after": "b"}))
    assert isinstance(bio, ProfileUpdateEvent)
    assert (bio.before, bio.after) == ("a", "b")
    like = one(activity("like.create", {"id": "1", "liked_tweet_id": "5", "tweet_author_id": "7", "timestamp_ms": 3}))
    assert isinstance(like, LikeEvent)
    assert (like.like.liked_tweet_id, like.like.timestamp_ms) == ("5", 3)
    dm = one(activity("dm.received", {"direct_message_events": [MESSAGE], "users": {"7": USER, "8": OTHER}}))
    assert isinstance(dm, DirectMessageEvent)
    [message] = dm.messages
    assert (message.text, message.sender_id, message.recipient_id) == ("hello!", "7", "8")
    assert dm.users["8"].username == "bob"
    chat = one(
        activity("chat.received", {"conversation_id": "7:8", "sender_id": "8", "encoded_event": "Cw", "id": "e"})
    )
    assert isinstance(chat, ChatEvent)
    assert (chat.conversation_id, chat.encoded_event, chat.message_id) == ("7:8", "Cw", "e")
    for payload in ({"headline": "Rain"}, {"name": "Rain"}):
        news = one(activity("news.new", {"category": "News", **payload}))
        assert isinstance(news, NewsEvent)
        assert (news.headline, news.category) == ("Rain", "News")
    revoke = one(activity("oauth.revoke", {"user_id": "7", "app_id": "1", "date_time": "…"}))
    assert isinstance(revoke, RevokeEvent)
    assert (revoke.user_id, revoke.app_id) == ("7", "1")
    typing = one(activity("dm.indicate_typing", {"anything": 1}))
    assert type(typing) is ActivityEvent
    assert typing.payload == {"anything": 1}


@pytest.mark.parametrize(("older", "newer"), activity_type.RENAMED.items())
def test_both_spellings_are_one_event(older: str, newer: str) -> None:
    first, second = one(activity(older, {})), one(activity(newer, {}))
    assert (first.type, first.id) == (second.type, second.id)


def test_every_type_that_can_be_subscribed_to_is_known() -> None:
    hint = CreateActivitySubscriptionRequest.__annotations__["event_type"]
    names = [part.strip("\"' ") for part in hint.removeprefix("Literal[").removesuffix("]").split(",")]
    assert len(names) > 40
    assert {activity_type.canonical(name) for name in names} <= activity_type.ACTIVITY


def test_account_activity_gives_each_of_its_items() -> None:
    message = {"for_user_id": "7", "tweet_create_events": [{"id": 5, "id_str": "5"}, {"id": 6, "id_str": "6"}]}
    first, second = read_message(message)
    assert isinstance(first, AccountActivityEvent)
    assert (first.type, first.for_user_id, first.item["id_str"]) == ("tweet_create_events", "7", "5")
    assert first.id != second.id
    assert read_message({**message, "for_user_id": "8"})[0].id != first.id
    [follow] = read_message({"for_user_id": "7", "follow_events": [{"type": "follow", "created_timestamp": "1"}]})
    [unfollow] = read_message({"for_user_id": "7", "follow_events": [{"type": "unfollow", "created_timestamp": "1"}]})
    assert (follow.type, unfollow.type) == ("follow_events", "follow_events")
    assert follow.id != unfollow.id
    [revoked] = read_message({"user_event": {"revoke": {"source": {"user_id": "7"}}}})
    assert revoked.type == "user_event"


def test_the_filtered_stream_and_replays_are_told_apart() -> None:
    post = one({"data": POST, "includes": {"users": [USER["data"]]}, "matching_rules": [{"id": "1", "tag": "rain"}]})
    assert isinstance(post, FilteredPostEvent)
    assert (post.type, post.post.text, post.matching_rules[0].tag) == ("stream.post", "hi", "rain")
    done = one({"replay_job_status": {"webhook_id": "1", "job_state": "Complete", "job_id": "2"}})
    assert isinstance(done, ReplayEvent)
    assert (done.type, done.state, done.job_id) == ("replay_job_status", "Complete", "2")


def test_a_shape_that_does_not_fit_is_told_and_breaks_nothing() -> None:
    event = one(activity("post.create", {**POST, "id": 5, "public_metrics": "many"}))
    assert isinstance(event, PostEvent)
    assert (event.post.id, event.post.public_metrics, event.undecoded) == ("5", None, ("payload.public_metrics",))
    payloads: list[Any] = [None, [], "text", 7]
    for payload in payloads:
        assert isinstance(one(activity("post.create", payload)), PostEvent)
    odd = one(activity("profile.update.bio", {"before": ["a"], "after": 7}))
    assert isinstance(odd, ProfileUpdateEvent)
    assert (odd.before, odd.after, odd.undecoded) == (None, "7", ("payload.before",))


def test_repeats_have_the_same_id_and_other_events_another() -> None:
    message = activity("post.create", POST)
    shuffled = {"data": dict(reversed(message["data"].items()))}
    assert one(message).id == one(shuffled).id
    later = activity("post.create", {**POST, "public_metrics": {"like_count": 3}})
    assert one(message).id == one(later).id  # the same event, delivered again with newer counts
    assert one(message).id != one(activity("post.create", POST, tag="other")).id
    no_uuid = {"data": {"event_type": "profile.update.bio", "payload": {"before": "a", "after": "b"}}}
    assert one(no_uuid).id == one(no_uuid).id


def test_what_the_activity_stream_yields_becomes_the_same() -> None:
    message = activity("follow.follow", {"source": USER, "target": OTHER})
    struct = msgspec.convert(message["data"], models.ActivityStreamResponseData)
    event = activity_event(struct)
    assert isinstance(event, RelationEvent)
    assert event.source is not None
    assert (event.source.username, event.id) == ("ann", one(message).id)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(
    ["data", "event_type", "payload", "includes", "filter", "matching_rules", "for_user_id", *activity_type.ACCOUNT]
)


@given(st.dictionaries(KEYS | st.text(max_size=5), JSON, max_size=5))
def test_any_object_gives_at_least_one_event(message: dict[str, Any]) -> None:
    found = read_message(message)
    assert found
    assert all(isinstance(event.type, str) and event.id for event in found)


@given(st.sampled_from(sorted(activity_type.ALL)), JSON, JSON)
def test_any_payload_of_any_type_is_read(event_type: str, payload: Any, includes: Any) -> None:
    assert isinstance(one(activity(event_type, payload, includes=includes)), ActivityEvent)


def test_something_new_arrives_untyped() -> None:
    event = one({"brand_new": 1})
    assert isinstance(event, UnknownEvent)
    assert event.raw == {"brand_new": 1}
    new = one(activity("bot.beep", {"x": 1}))
    assert type(new) is ActivityEvent
    assert (new.type, new.payload) == ("bot.beep", {"x": 1})
