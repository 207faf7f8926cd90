"""What a user wrote, is mentioned in, or sees."""

from __future__ import annotations

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import hidden, myself, shown_posts, spanned, user_of, without
from xdk_async.sandbox.shape import page


@handles("users.get_posts")
def get_posts(ask: Ask) -> Reply:
    """A user's own posts."""
    user = user_of(ask)
    if not ask.store.may_read(ask.me, user):
        raise hidden("user", "id", user.id)
    own = (post for post in ask.store.posts_by(user.id) if not post.nullcast)
    return page(ask, "post", spanned(ask, without(ask, own)), 10, ends=True)


@handles("users.get_mentions")
def get_mentions(ask: Ask) -> Reply:
    """Posts that mention a user; reposts of them do not count."""
    user = user_of(ask)
    found = (
        post
        for post in shown_posts(ask)
        if not post.refers("retweeted") and any(each["id"] == user.id for each in post.entities.get("mentions", ()))
    )
    return page(ask, "post", spanned(ask, found), 10, ends=True)


@handles("users.get_timeline")
def get_timeline(ask: Ask) -> Reply:
    """What the signed-in user and those whom they follow post."""
    me = myself(ask)
    seen = {me, *ask.store.follows.of(me)}.difference(ask.store.mutes.of(me), ask.store.blocks.of(me))
    found = (post for post in shown_posts(ask) if post.author_id in seen)
    return page(ask, "post", spanned(ask, without(ask, found)), 100, ends=True)
