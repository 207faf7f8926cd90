"""Reposts and quotes."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.author import repost
from xdk_async.sandbox.handlers.common import myself, post_of, target_post, without
from xdk_async.sandbox.problem import forbidden
from xdk_async.sandbox.record import Post
from xdk_async.sandbox.shape import page


def _reposts(ask: Ask) -> list[Post]:
    return [ask.store.posts[id] for id in ask.store.referring("retweeted", post_of(ask).id)]


@handles("posts.get_reposts")
def get_reposts(ask: Ask) -> Reply:
    """The reposts of a post, newest first."""
    return page(ask, "post", _reposts(ask), 100)


@handles("posts.get_reposted_by")
def get_reposted_by(ask: Ask) -> Reply:
    """Who reposted a post, latest first."""
    return page(ask, "user", (ask.store.users[post.author_id] for post in _reposts(ask)), 100)


@handles("users.get_reposts_of_me")
def get_reposts_of_me(ask: Ask) -> Reply:
    """The signed-in user's posts that were reposted, newest first."""
    store = ask.store
    found = (post for post in store.posts_by(ask.me) if store.count_referring("retweeted", post.id))
    return page(ask, "post", found, 100)


@handles("posts.get_quoted")
def get_quotes(ask: Ask) -> Reply:
    """The posts that quote a post, newest first."""
    ids = ask.store.referring("quoted", post_of(ask).id)
    return page(ask, "post", without(ask, (ask.store.posts[id] for id in ids)), 10, previous=False)


@handles("users.repost_post")
def create_repost(ask: Ask) -> Reply:
    """Repost a post; a second time changes nothing."""
    me = myself(ask)
    post = target_post(ask, "tweet_id", ask.body(models.RepostPostRequest).tweet_id)
    if ask.store.users[post.author_id].protected and post.author_id != me:
        raise forbidden(f"The author of the post [{post.id}] is protected.")
    made = ask.store.repost_by(me, post.id)
    if made is None:
        made = repost(ask.store, me, post, ask.store.ids.next(ask.now_ms), ask.now_ms)
        ask.sandbox.publish(made)
    name = "rest_id" if ask.selection.vocabulary == "2.167" else "id"
    return Reply({name: made.id, "retweeted": True})


@handles("users.unrepost_post")
def delete_repost(ask: Ask) -> Reply:
    """Take a repost back."""
    me = myself(ask)
    post = target_post(ask, "source_tweet_id", ask.path["source_tweet_id"])
    made = ask.store.repost_by(me, post.id)
    if made is not None:
        ask.store.remove_post(made)
    return Reply({"retweeted": False})
