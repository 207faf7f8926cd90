"""Likes."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import myself, post_of, target_post, user_of
from xdk_async.sandbox.shape import page


@handles("users.get_liked_posts")
def get_liked(ask: Ask) -> Reply:
    """What a user likes, latest like first."""
    ids = ask.store.likes.of(user_of(ask).id)
    return page(ask, "post", (ask.store.posts[id] for id in ids), 100)


@handles("posts.get_liking_users")
def get_liking(ask: Ask) -> Reply:
    """Who likes a post, latest like first."""
    ids = ask.store.likes.to(post_of(ask).id)
    return page(ask, "user", (ask.store.users[id] for id in ids), 100)


@handles("users.like_post")
def like(ask: Ask) -> Reply:
    """Like a post."""
    me = myself(ask)
    post = target_post(ask, "tweet_id", ask.body(models.LikePostRequest).tweet_id)
    ask.store.likes.add(me, post.id)
    return Reply({"liked": True})


@handles("users.unlike_post")
def unlike(ask: Ask) -> Reply:
    """Like it no more."""
    me = myself(ask)
    post = target_post(ask, "tweet_id", ask.path["tweet_id"])
    ask.store.likes.remove(me, post.id)
    return Reply({"liked": False})
