"""How objects refer to what an answer's includes hold: one table, for the shape of what is written and for its values."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from xdk_async._core.lenient import is_list, is_object
from xdk_async.api import models
from xdk_async.sink.shape import JSON, TEXT, Many, Node, Object, shape_of


class Link(NamedTuple):
    """A member that is put beside a reference: the object that is meant, or the objects."""

    name: str
    """Of the new member."""
    path: tuple[str, ...]
    """Where the reference stands."""
    kind: str
    """The list of includes that is looked into."""
    many: bool = False
    key: str = "id"
    """The member by which the list's objects are known."""
    whole: bool = False
    """Whether it is one column, as JSON: it is rarely asked for, and would be fifty."""


LINKS = (
    Link("author", ("author_id",), "users"),
    Link("in_reply_to_user", ("in_reply_to_user_id",), "users", whole=True),
    Link("media", ("attachments", "media_keys"), "media", many=True, key="media_key"),
    Link("mentioned", ("entities", "mentions", "username"), "users", many=True, key="username"),
    Link("place", ("geo", "place_id"), "places"),
    Link("poll", ("attachments", "poll_ids"), "polls"),
    Link("referenced", ("referenced_posts", "id"), "posts", many=True),
    Link("pinned_post", ("pinned_post_id",), "posts", whole=True),
    Link("most_recent_post", ("most_recent_post_id",), "posts", whole=True),
    Link("owner", ("owner_id",), "users"),
    Link("creator", ("creator_id",), "users"),
    Link("sender", ("sender_id",), "users"),
    Link("participants", ("participant_ids",), "users", many=True),
)
BELOW = ("author", "media")  # the links of linked posts, which go no deeper
MODELS: dict[str, str] = {"users": "User", "posts": "Post", "media": "Media", "places": "Place", "polls": "Poll"}
STREAMED = "matching_rules"


def has(shape: Node, path: tuple[str, ...]) -> bool:
    """Whether there is something at a path; lists are looked into."""
    for step in path:
        while isinstance(shape, Many):
            shape = shape.of
        if not isinstance(shape, Object) or step not in shape.members:
            return False
        shape = shape.members[step]
    return True


@functools.cache
def links_of(model: type, *, below: bool = False) -> tuple[Link, ...]:
    """The links of a model; of a post that is linked itself with `below`."""
    shape = shape_of(model)
    return tuple(
        link
        for link in LINKS
        if has(shape, link.path) and link.name not in shape.members and (not below or link.name in BELOW)
    )


def model_of(kind: str) -> type:
    """What a list of includes holds."""
    found: type = getattr(models, MODELS[kind])
    return found


@functools.cache
def linked_shape(model: type, *, streamed: bool = False, below: bool = False) -> Object:
    """The tree of a model with all that is linked to it."""
    members: dict[str, Node] = dict(shape_of(model).members)
    for link in links_of(model, below=below):
        target = model_of(link.kind)
        part = linked_shape(target, below=True) if link.kind == "posts" and not below else shape_of(target)
        if link.name == "referenced":
            part = Object({"type": TEXT, **part.members}, part.older)
        members[link.name] = Many(part) if link.many else JSON if link.whole else part
    if streamed:
        members[STREAMED] = Many(shape_of(models.MatchingRule))
    return Object(members, shape_of(model).older)


def references(plain: Any, path: tuple[str, ...]) -> Iterator[str]:
    """The ids at a path of an object, in order."""
    if is_list(plain):
        for each in plain:
            yield from references(each, path)
    elif not path:
        if isinstance(plain, str):
            yield plain
    elif is_object(plain):
        yield from references(plain.get(path[0]), path[1:])
