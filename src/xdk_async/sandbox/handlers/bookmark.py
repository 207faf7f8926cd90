"""Bookmarks."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import myself, target_post
from xdk_async.sandbox.problem import blank
from xdk_async.sandbox.shape import page


@handles("users.get_bookmarks")
def get_bookmarks(ask: Ask) -> Reply:
    """The signed-in user's bookmarks, latest first."""
    ids = ask.store.bookmarks.of(myself(ask))
    return page(ask, "post", (ask.store.posts[id] for id in ids), 100)


@handles("users.create_bookmark")
def create_bookmark(ask: Ask) -> Reply:
    """Bookmark a post."""
    me = myself(ask)
    body = ask.body(models.CreateUsersBookmarkRequest)
    if body.folder_id is not None:
        raise blank(501, "Not Implemented", "This sandbox has no bookmark folders yet: leave `folder_id` out.")
    post = target_post(ask, "tweet_id", body.tweet_id)
    ask.store.bookmarks.add(me, post.id)
    return Reply({"bookmarked": True})


@handles("users.delete_bookmark")
def delete_bookmark(ask: Ask) -> Reply:
    """Remove a bookmark."""
    me = myself(ask)
    post = target_post(ask, "tweet_id", ask.path["tweet_id"])
    ask.store.bookmarks.remove(me, post.id)
    return Reply({"bookmarked": False})
