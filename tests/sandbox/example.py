"""A good call of every operation, on a sandbox that nothing was done to yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sandbox.api import Api
from tests.sandbox.example_hook import HOOKS
from tests.sandbox.example_media import MEDIA
from tests.sandbox.example_world import Example, World, do
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.clock import iso
from xdk_async.sandbox.compose import write
from xdk_async.sandbox.record import Job, Post, Rule, Session
from xdk_async.sandbox.record_show import Article

HOUR = 3_600_000


def example(x: Api, name: str) -> Example:
    """A call of an operation that is answered with all it can tell."""
    world = World(x)
    found = EXAMPLES[name](world) if name in EXAMPLES else Example()
    partition = any(param.name == "partition" for param in OPERATIONS[name].params)
    query = {**found.query, **({"partition": "1"} if partition else {})}
    return Example({**world.path(name), **found.path}, query, found.body)


def _participant_keys(world: World) -> list[dict[str, str]]:
    return [{"user_id": world.other, "public_key_version": "1", "encrypted_conversation_key": "a2V5"}]


def _members(world: World) -> Example:
    group = next(iter(world.store.chats.values()))
    group.group, group.admins, group.id = True, [world.me], "g123456789012345678"
    world.store.chats[group.id] = group
    return do({"user_ids": [world.other]}, {"id": group.id})


def _rule(world: World) -> Example:
    world.store.rules["3"] = Rule("3", "python", "tag")
    return do()


def _session(world: World) -> Example:
    world.store.sessions["s"] = Session("s", "stream.posts", "127.0.0.1", world.now_ms - HOUR, world.now_ms, "over")
    return do(status="all")


def _space_post(world: World) -> Example:
    done = write(world.store, f"Join us: https://x.com/i/spaces/{world.space.id}")
    id = world.store.ids.next(world.now_ms)
    world.store.add_post(Post(id, world.now_ms, world.other, done.text, id, done.entities, history=(id,)))
    return do()


def _job(world: World) -> Example:
    world.store.jobs["77"] = Job("77", "tweets", world.now_ms, "SECRET-job", "named")
    return do(None, {"id": "77"})


def _analytics(world: World, **query: str) -> Example:
    start, end = _iso(world.now_ms - 48 * HOUR), _iso(world.now_ms)
    return Example({}, {"start_time": start, "end_time": end, "granularity": "daily", **query})


def _iso(ms: int) -> str:
    return f"{iso(ms)[:19]}Z"


def _draft(world: World) -> Example:
    world.store.articles["55"] = Article("55", world.me, "Title", {"blocks": [], "entities": []})
    return do(None, {"article_id": "55"})


def _own_media(world: World) -> str:
    post = next(post for post in world.store.posts_by(world.me) if post.media_keys)
    return post.media_keys[0]


def _schedule(world: World, **more: str) -> dict[str, Any]:
    start = world.now_ms + 5 * HOUR
    return {"scheduled_start_ms": str(start), "scheduled_end_ms": str(start + HOUR), **more}


SIGNATURE = {
    "message_id": "m",
    "encoded_message_event_detail": "ZQ==",
    "message_event_signature": {"public_key_version": "1", "signature": "cw==", "signature_version": "1"},
}
NOTE: dict[str, Any] = {
    "text": "See https://example.org/a",
    "classification": "not_misleading",
    "misleading_tags": [],
    "trustworthy_sources": True,
}
BLOCK = {"text": "Hello", "type": "unstyled"}
EXAMPLES: dict[str, Callable[[World], Example]] = {
    **HOOKS,
    **MEDIA,
    "articles.article_create_draft": lambda w: do(
        {"title": "A title", "content_state": {"blocks": [BLOCK], "entities": []}}
    ),
    "articles.article_publish": _draft,
    "broadcasts.create_scheduled_broadcast": lambda w: do(
        _schedule(w, source_id="s", title="t", description="d", locale="en")
    ),
    "broadcasts.update_scheduled_broadcast": lambda w: do(
        _schedule(w, scheduled_broadcast_id=w.waiting.scheduled_id),
        {"id": w.waiting.scheduled_id},
    ),
    **{
        name: lambda w: do(None, {"id": w.waiting.scheduled_id})
        for name in (
            "broadcasts.get_scheduled_broadcast",
            "broadcasts.delete_scheduled_broadcast",
            "broadcasts.go_live_scheduled_broadcast",
        )
    },
    "broadcasts.delete_broadcast_chat_message": lambda w: do(
        None,
        {"message_id": next(id for id, m in w.store.broadcast_messages.items() if m.broadcast_id == w.running.id)},
    ),
    "broadcasts.send_broadcast_chat": lambda w: do({"text": "hello"}),
    "broadcasts.mute_broadcast_chat_user": lambda w: do({"user_id": w.other}),
    "chat.create_conversation": lambda w: do(
        {
            "conversation_id": "g987654321098765432",
            "conversation_key_version": "1",
            "conversation_participant_keys": _participant_keys(w),
            "group_members": [w.other],
            "group_name": "Us",
        },
    ),
    "chat.add_group_members": _members,
    "chat.add_conversation_keys": lambda w: do(
        {"conversation_key_version": "2", "conversation_participant_keys": _participant_keys(w)},
    ),
    "chat.add_user_public_key": lambda w: do({"version": "2", "public_key": {"public_key": "cA=="}}, {"id": w.me}),
    "chat.send_message": lambda w: do({"message_id": "m", "encoded_message_create_event": "ZQ=="}),
    "chat.mark_conversation_read": lambda w: do({"seen_until_sequence_id": w.chat.events[-1]}),
    "chat.delete_messages": lambda w: do(
        {
            "action_signatures": [SIGNATURE],
            "delete_message_action": "delete_for_self",
            "sequence_ids": [w.chat.events[1]],
        },
    ),
    "communities.search": lambda w: do(query="people"),
    "community_notes.create": lambda w: do({"post_id": w.liked, "test_mode": True, "info": NOTE}),
    "community_notes.evaluate": lambda w: do({"post_id": w.liked, "note_text": "It is so."}),
    "community_notes.search_written": lambda w: do(test_mode="true"),
    "community_notes.search_eligible_posts": lambda w: do(test_mode="true", max_results="100"),
    "compliance.create_jobs": lambda w: do({"type": "tweets", "name": "n"}),
    "compliance.get_jobs": lambda w: Example(_job(w).path, {"type": "tweets"}),
    "compliance.get_jobs_by_id": _job,
    "connections.delete_by_uuids": lambda w: do({"uuids": ["nobody"]}),
    "direct_messages.create_by_conversation_id": lambda w: do({"text": "hello"}),
    "direct_messages.create_by_participant_id": lambda w: do({"text": "hello"}),
    "direct_messages.create_conversation": lambda w: do(
        {
            "conversation_type": "Group",
            "participant_ids": [*w.store.users][1:4],
            "message": {"text": "hello all"},
        },
    ),
    "lists.create": lambda w: do({"name": "mine", "description": "d"}),
    "lists.update": lambda w: do({"name": "other"}),
    "lists.add_member": lambda w: do({"user_id": w.other}),
    "media.get_analytics": lambda w: _analytics(w, media_keys=_own_media(w)),
    "media.get_by_keys": lambda w: do(media_keys=",".join([*w.store.media][:20])),
    "news.search": lambda w: do(query="python"),
    "posts.create": lambda w: do({"text": "hello"}),
    "posts.delete": lambda w: do(None, {"id": w.own}),
    "posts.get_analytics": lambda w: _analytics(w, ids=w.own),
    "posts.get_by_ids": lambda w: do(ids=f"{w.liked},{w.quoted},{w.own}"),
    "posts.get_counts_all": lambda w: do(query="python"),
    "posts.get_counts_recent": lambda w: do(query="python"),
    "posts.get_quoted": lambda w: do(None, {"id": w.quoted}),
    "posts.hide_reply": lambda w: do({"hidden": True}, {"tweet_id": w.reply()}),
    "posts.search_all": lambda w: do(query="python OR coffee", max_results="500"),
    "posts.search_recent": lambda w: do(query="python", max_results="100"),
    "spaces.get_by_creator_ids": lambda w: do(user_ids=w.me),
    "spaces.get_by_ids": lambda w: do(ids=",".join(w.store.spaces)),
    "spaces.search": lambda w: do(query="hour"),
    "spaces.get_posts": _space_post,
    "stream.get_rules": _rule,
    "connections.get_connection_history": _session,
    "stream.update_rules": lambda w: do({"add": [{"value": "python", "tag": "t"}]}),
    "users.block_dms": lambda w: do(None, {"id": w.other}),
    "users.unblock_dms": lambda w: do(None, {"id": w.other}),
    "users.create_bookmark": lambda w: do({"tweet_id": w.liked}),
    "users.create_bookmark_folder": lambda w: do({"name": "New"}),
    "users.follow_list": lambda w: do({"list_id": w.foreign_list}),
    "users.pin_list": lambda w: do({"list_id": w.list}),
    "users.follow_user": lambda w: do({"target_user_id": w.other}),
    "users.mute_user": lambda w: do({"target_user_id": w.other}),
    "users.like_post": lambda w: do({"tweet_id": w.liked}),
    "users.repost_post": lambda w: do({"tweet_id": w.quoted}),
    "users.get_affiliates": lambda w: do(
        None,
        {"id": next(user.affiliation_id for user in w.store.users.values() if user.affiliation_id)},
    ),
    "users.get_by_ids": lambda w: do(ids=",".join([*w.store.users][:30])),
    "users.get_by_usernames": lambda w: do(usernames="sandbox"),
    "users.get_public_keys": lambda w: do(ids=f"{w.me},{w.other}"),
    "users.search": lambda w: do(query="ki"),
}
