"""Spaces."""

from __future__ import annotations

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.compose import links
from xdk_async.sandbox.handlers.common import shown_posts, users_page
from xdk_async.sandbox.operator import found
from xdk_async.sandbox.problem import forbidden, unknown
from xdk_async.sandbox.record_show import Space
from xdk_async.sandbox.shape import one, page, several, whole_list


@handles("spaces.get_by_id")
def get_space(ask: Ask) -> Reply:
    """A Space by id."""
    return one(ask, "space", ask.store.spaces.get(ask.path["id"]), "id", ask.path["id"])


@handles("spaces.get_by_ids")
def get_spaces(ask: Ask) -> Reply:
    """Spaces by id."""
    return several(ask, "space", "ids", ask.store.spaces.get)


@handles("spaces.get_by_creator_ids")
def get_by_creators(ask: Ask) -> Reply:
    """Spaces of these users that are live or announced."""
    creators = ask.names("user_ids")
    spaces = [each for each in ask.store.spaces.values() if each.creator_id in creators and each.state != "ended"]
    return whole_list(ask, "space", spaces)


@handles("spaces.search")
def search(ask: Ask) -> Reply:
    """Spaces that are live or announced, in whose title the query occurs."""
    wanted, state = ask.query["query"].casefold(), ask.query.get("state", "all")
    spaces = [
        each
        for each in ask.store.spaces.values()
        if wanted in each.title.casefold() and each.state != "ended" and state in ("all", each.state)
    ]
    return whole_list(ask, "space", spaces[: ask.number("max_results", 100)])


@handles("spaces.get_posts")
def get_posts(ask: Ask) -> Reply:
    """Posts that link to a Space, newest first."""
    address = f"https://x.com/i/spaces/{_space(ask).id}"
    posts = (post for post in shown_posts(ask) if address in links({"urls": found(post, "urls")}))
    return page(ask, "post", posts, 100)


@handles("spaces.get_buyers")
def get_buyers(ask: Ask) -> Reply:
    """Who bought a ticket to a Space of the signed-in user."""
    space = _space(ask)
    if space.creator_id != ask.me:
        raise forbidden(f"The buyers of the Space [{space.id}] are for its creator.")
    return users_page(ask, reversed(space.buyer_ids))


def _space(ask: Ask) -> Space:
    space = ask.store.spaces.get(ask.path["id"])
    if space is None:
        raise unknown("space", "id", ask.path["id"])
    return space
