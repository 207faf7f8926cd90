"""Users and posts by id or name."""

from __future__ import annotations

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import may_see, post_of
from xdk_async.sandbox.shape import one, page, several


@handles("users.get_me")
def get_me(ask: Ask) -> Reply:
    """The signed-in user."""
    return one(ask, "user", ask.store.users.get(ask.me), "id", ask.me)


@handles("users.get_by_id")
def get_user(ask: Ask) -> Reply:
    """A user by id."""
    return one(ask, "user", ask.store.users.get(ask.path["id"]), "id", ask.path["id"])


@handles("users.get_by_ids")
def get_users(ask: Ask) -> Reply:
    """Users by id."""
    return several(ask, "user", "ids", ask.store.users.get)


@handles("users.get_by_username")
def get_user_named(ask: Ask) -> Reply:
    """A user by handle."""
    name = ask.path["username"]
    return one(ask, "user", ask.store.user_named(name), "username", name)


@handles("users.get_by_usernames")
def get_users_named(ask: Ask) -> Reply:
    """Users by handle."""
    return several(ask, "user", "usernames", ask.store.user_named)


@handles("users.search")
def search_users(ask: Ask) -> Reply:
    """Users in whose name, handle or bio the query occurs."""
    wanted = ask.query["query"].casefold()
    users = ask.store.users.values()
    found = [user for user in users if wanted in f"{user.username}\n{user.name}\n{user.description}".casefold()]
    return page(ask, "user", found, 100)


@handles("posts.get_by_id")
def get_post(ask: Ask) -> Reply:
    """A post by id."""
    return one(ask, "post", post_of(ask), "id", ask.path["id"])


@handles("posts.get_by_ids")
def get_posts(ask: Ask) -> Reply:
    """Posts by id."""
    return several(ask, "post", "ids", ask.store.posts.get, lambda post: may_see(ask, post))
