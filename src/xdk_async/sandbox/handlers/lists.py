"""Lists themselves."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import user_of
from xdk_async.sandbox.problem import forbidden, missing, unknown, wrong
from xdk_async.sandbox.record import List
from xdk_async.sandbox.shape import one, page

NAME, DESCRIPTION = 25, 100  # characters at the most


@handles("users.get_owned_lists")
def get_owned(ask: Ask) -> Reply:
    """A user's Lists, newest first; private ones only for their owner."""
    owner = user_of(ask)
    found = [made for made in reversed(ask.store.lists.values()) if made.owner_id == owner.id and visible(ask, made)]
    return page(ask, "list", found, 100)


@handles("lists.get_by_id")
def get_list(ask: Ask) -> Reply:
    """A List by id."""
    made = ask.store.lists.get(ask.path["id"])
    return one(ask, "list", made if made and visible(ask, made) else None, "id", ask.path["id"])


@handles("lists.create")
def create_list(ask: Ask) -> Reply:
    """Make a List."""
    body = ask.body(models.CreateListsRequest)
    _check(body.name, body.description)
    id = ask.store.ids.next(ask.now_ms)
    made = List(id, body.name, ask.me, ask.now_ms, body.description or "", bool(body.private))
    ask.store.lists[id] = made
    return Reply({"id": id, "name": made.name}, status=201)


@handles("lists.update")
def update_list(ask: Ask) -> Reply:
    """Change an own List."""
    made = own_list(ask)
    body = ask.body(models.UpdateListsRequest)
    _check(body.name, body.description)
    made.name = body.name if body.name is not None else made.name
    made.description = body.description if body.description is not None else made.description
    made.private = body.private if body.private is not None else made.private
    return Reply({"updated": True})


@handles("lists.delete")
def delete_list(ask: Ask) -> Reply:
    """Delete an own List."""
    made = own_list(ask)
    for relation in (ask.store.members, ask.store.list_followers, ask.store.pinned_lists):
        relation.forget(made.id)
    del ask.store.lists[made.id]
    return Reply({"deleted": True})


def visible_list(ask: Ask) -> List:
    """The List that the path names, to be read."""
    made = ask.store.lists.get(ask.path["id"])
    if made is None or not visible(ask, made):
        raise unknown("list", "id", ask.path["id"])
    return made


def own_list(ask: Ask) -> List:
    """The List that the path names, to be changed."""
    made = ask.store.lists.get(ask.path["id"])
    if made is None or not visible(ask, made):
        raise missing("list", "id", ask.path["id"])
    if made.owner_id != ask.me:
        raise forbidden(f"The List [{made.id}] is somebody else's.")
    return made


def visible(ask: Ask, made: List) -> bool:
    """Whether the caller may see a List."""
    return not made.private or made.owner_id == ask.me


def _check(name: str | None, description: str | None) -> None:
    if name is not None and not 1 <= len(name) <= NAME:
        raise wrong("name", name, f"The name of a List has 1 to {NAME} characters.")
    if description is not None and len(description) > DESCRIPTION:
        raise wrong("description", description, f"The description of a List has up to {DESCRIPTION} characters.")
