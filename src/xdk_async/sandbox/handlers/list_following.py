"""Lists as seen by users: who follows and pins them, and who is on which."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import myself, user_of, users_page
from xdk_async.sandbox.handlers.lists import visible, visible_list
from xdk_async.sandbox.problem import missing
from xdk_async.sandbox.record import List
from xdk_async.sandbox.shape import page, whole_list


@handles("lists.get_followers")
def get_followers(ask: Ask) -> Reply:
    """Who follows a List, latest first."""
    return users_page(ask, ask.store.list_followers.of(visible_list(ask).id))


@handles("users.get_followed_lists")
def get_followed(ask: Ask) -> Reply:
    """Lists that a user follows, latest first."""
    return page(ask, "list", _seen(ask, ask.store.list_followers.to(user_of(ask).id)), 100)


@handles("users.get_list_memberships")
def get_memberships(ask: Ask) -> Reply:
    """Lists that a user is on, latest first."""
    return page(ask, "list", _seen(ask, ask.store.members.to(user_of(ask).id)), 100)


@handles("users.get_pinned_lists")
def get_pinned(ask: Ask) -> Reply:
    """Lists that the signed-in user has pinned, latest first."""
    return whole_list(ask, "list", _seen(ask, ask.store.pinned_lists.of(myself(ask))))


@handles("users.follow_list")
def follow_list(ask: Ask) -> Reply:
    """Follow a List."""
    me = myself(ask)
    made = _target(ask, ask.body(models.FollowListRequest).list_id)
    ask.store.list_followers.add(made.id, me)
    return Reply({"following": True})


@handles("users.unfollow_list")
def unfollow_list(ask: Ask) -> Reply:
    """Follow a List no more."""
    me = myself(ask)
    made = _target(ask, ask.path["list_id"])
    ask.store.list_followers.remove(made.id, me)
    return Reply({"following": False})


@handles("users.pin_list")
def pin_list(ask: Ask) -> Reply:
    """Pin a List."""
    me = myself(ask)
    made = _target(ask, ask.body(models.PinListRequest).list_id)
    ask.store.pinned_lists.add(me, made.id)
    return Reply({"pinned": True})


@handles("users.unpin_list")
def unpin_list(ask: Ask) -> Reply:
    """Pin a List no more."""
    me = myself(ask)
    made = _target(ask, ask.path["list_id"])
    ask.store.pinned_lists.remove(me, made.id)
    return Reply({"pinned": False})


def _seen(ask: Ask, ids: list[str]) -> list[List]:
    return [made for id in ids if visible(ask, made := ask.store.lists[id])]


def _target(ask: Ask, id: str) -> List:
    made = ask.store.lists.get(id)
    if made is None or not visible(ask, made):
        raise missing("list", "list_id", id)
    return made
