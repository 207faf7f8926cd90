"""Following."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import myself, target_user, user_of, users_page
from xdk_async.sandbox.problem import forbidden


@handles("users.get_followers")
def get_followers(ask: Ask) -> Reply:
    """Who follows a user, latest first."""
    return users_page(ask, ask.store.follows.to(user_of(ask).id))


@handles("users.get_following")
def get_following(ask: Ask) -> Reply:
    """Whom a user follows, latest first."""
    return users_page(ask, ask.store.follows.of(user_of(ask).id))


@handles("users.get_affiliates")
def get_affiliates(ask: Ask) -> Reply:
    """Who is affiliated with an organization."""
    organization = user_of(ask)
    return users_page(ask, (user.id for user in ask.store.users.values() if user.affiliation_id == organization.id))


@handles("users.follow_user")
def follow(ask: Ask) -> Reply:
    """Follow somebody; a protected account has to agree, which no one in the sandbox does."""
    me = myself(ask)
    user = target_user(ask, "target_user_id", ask.body(models.FollowUserRequest).target_user_id)
    if user.id == me:
        raise forbidden("Nobody can follow themselves.")
    if ask.store.blocks.has(user.id, me):
        raise forbidden(f"@{user.username} has blocked the signed-in user.")
    already = ask.store.follows.has(me, user.id)
    (ask.store.requests if user.protected and not already else ask.store.follows).add(me, user.id)
    if not already and not user.protected:
        ask.sandbox.activity.between("follow.follow", me, user.id)
    return Reply({"following": already or not user.protected, "pending_follow": user.protected and not already})


@handles("users.unfollow_user")
def unfollow(ask: Ask) -> Reply:
    """Stop following somebody."""
    me = myself(ask, "source_user_id")
    user = target_user(ask, "target_user_id", ask.path["target_user_id"])
    if ask.store.follows.has(me, user.id):
        ask.store.follows.remove(me, user.id)
        ask.sandbox.activity.between("follow.unfollow", me, user.id)
    ask.store.requests.remove(me, user.id)
    return Reply({"following": False})
