"""Likes."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox import notice
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import (
    myself,
    post_of,
    posts_page,
    target_post,
    user_of,
    users_page,
)
from xdk_async.sandbox.record import Like


@handles("users.get_liked_posts")
def get_liked(ask: Ask) -> Reply:
    """What a user likes, latest like first."""
    return posts_page(ask, ask.store.likes.of(user_of(ask).id), 100)


@handles("posts.get_liking_users")
def get_liking(ask: Ask) -> Reply:
    """Who likes a post, latest like first."""
    return users_page(ask, ask.store.likes.to(post_of(ask).id))


@handles("users.like_post")
def like(ask: Ask) -> Reply:
    """Like a post."""
    me = myself(ask)
    post = target_post(ask, "tweet_id", ask.body(models.LikePostRequest).tweet_id)
    if not ask.store.likes.has(me, post.id):
        ask.sandbox.publish(Like(f"{me}_{post.id}", ask.now_ms, me, post.id))
    return Reply({"liked": True})


@handles("users.unlike_post")
def unlike(ask: Ask) -> Reply:
    """Like it no more."""
    me = myself(ask)
    post = target_post(ask, "tweet_id", ask.path["tweet_id"])
    if ask.store.unlike(me, post.id):
        ask.sandbox.publish(notice.unliked(me, post.id, ask.now_ms))
    return Reply({"liked": False})
