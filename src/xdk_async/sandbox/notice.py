"""What compliance streams tell, in the words of both versions."""

from __future__ import annotations

from typing import Any

from xdk_async.sandbox.clock import iso
from xdk_async.sandbox.record import Notice, Post


def _post(post: Post) -> dict[str, str]:
    return {"id": post.id, "author_id": post.author_id}


def deleted(post: Post, ms: int) -> Notice:
    """A post was deleted."""
    quoted = post.refers("quoted")
    told: dict[str, Any] = {"tweet": _post(post), "event_at": iso(ms), **({"quote_tweet_id": quoted} if quoted else {})}
    return Notice("stream.posts_compliance", ms, post.id, {"delete": told})


def edited(post: Post, ms: int) -> Notice:
    """A post was replaced by a newer version, which is given."""
    told = {
        "tweet": {"id": post.id},
        "event_at": iso(ms),
        "initial_tweet_id": post.history[0],
        "edit_tweet_ids": [*post.history],
    }
    return Notice("stream.posts_compliance", ms, post.id, {"tweet_edit": told})


def unliked(user_id: str, post_id: str, ms: int) -> Notice:
    """A like was taken back."""
    told = {"favorite": {"id": post_id, "user_id": user_id}, "event_at": iso(ms)}
    return Notice("stream.likes_compliance", ms, post_id, {"delete": told})


def user(kind: str, user_id: str, ms: int, **more: str) -> Notice:
    """Something happened to an account: `user_protect`, `user_unprotect`, `user_profile_modification` and the like."""
    return Notice(
        "stream.users_compliance", ms, user_id, {kind: {"user": {"id": user_id}, "event_at": iso(ms), **more}}
    )


def labelled(post: Post, title: str, details: str, ms: int) -> Notice:
    """A label was put on a post."""
    told = {
        "tweet": _post(post),
        "event_at": iso(ms),
        "event_type": "set",
        "application": "sandbox",
        "label_title": title,
        "details": details,
    }
    return Notice("stream.labels_compliance", ms, post.id, {"public_tweet_notice": told})
