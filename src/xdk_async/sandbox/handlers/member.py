"""Who is on a List, and what they post."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import shown_posts, target_user, users_page
from xdk_async.sandbox.handlers.lists import own_list, visible_list
from xdk_async.sandbox.shape import page


@handles("lists.get_members")
def get_members(ask: Ask) -> Reply:
    """Users on a List, latest first."""
    return users_page(ask, ask.store.members.of(visible_list(ask).id))


@handles("lists.get_posts")
def get_posts(ask: Ask) -> Reply:
    """Posts of the users on a List, newest first."""
    ids = {*ask.store.members.of(visible_list(ask).id)}
    return page(ask, "post", (post for post in shown_posts(ask) if post.author_id in ids), 100)


@handles("lists.add_member")
def add_member(ask: Ask) -> Reply:
    """Put a user on an own List."""
    made = own_list(ask)
    user = target_user(ask, "user_id", ask.body(models.AddListsMemberRequest).user_id)
    ask.store.members.add(made.id, user.id)
    return Reply({"is_member": True})


@handles("lists.remove_member_by_user_id")
def remove_member(ask: Ask) -> Reply:
    """Take a user off an own List."""
    made = own_list(ask)
    user = target_user(ask, "user_id", ask.path["user_id"])
    ask.store.members.remove(made.id, user.id)
    return Reply({"is_member": False})
