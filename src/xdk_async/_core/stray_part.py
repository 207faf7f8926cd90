"""What to say of an attribute that an answer or a struct lacks: loaded when somebody asks for one."""

from __future__ import annotations

from typing import cast, get_args

import msgspec
from msgspec import structs

from xdk_async._core.nearest import close_to

PARTS = ("data", "meta", "includes")
ITEMS = ("items", "posts", "tweets", "users", "lists", "spaces", "results")
LINKED = ("author", "media", "poll", "place", "referenced", "mentioned")


class StrayPart(AttributeError):
    """An attribute that an answer or a struct lacks, though one of its parts may have it.

    Most are asked for with a default, and nobody reads the message: it is made for whoever does.

    Args:
        holder: An answer, or a struct of X's.
        name: The attribute.
    """

    def __init__(self, holder: object, name: str) -> None:
        super().__init__(holder, name, name=name)

    def __str__(self) -> str:
        holder: object = self.args[0]
        name: str = self.args[1]
        return f"{type(holder).__name__!r} has no attribute {name!r}{hint_of(holder, name)}"


def hint_of(holder: object, name: str) -> str:
    """Where it is, or what may have been meant."""
    kind = type(holder)
    if name.startswith("_") or name in PARTS:
        return ""
    hint = linked(kind, name) or within(holder, name)
    close = "" if hint else close_to(name, [each for each in dir(kind) if not each.startswith("_")])
    return f"; did you mean {close!r}?" if close else hint


def no_item(holder: object, key: object) -> TypeError:
    """The error for what is asked for as of a dict or a list."""
    kind = type(holder).__name__
    if not isinstance(key, str):
        return TypeError(f"{kind!r} is no list{f': it is .data[{key}]' if hasattr(holder, 'data') else ''}")
    place = f"it is .{key}" if hasattr(holder, key) else "its values are attributes"
    return TypeError(f"{kind!r} is no dict: {place}; .to_dict() makes one")


def within(holder: object, name: str) -> str:
    """Which parts have it; of those, the ones that X sent."""
    kinds: dict[str, tuple[object, ...]]
    if isinstance(holder, msgspec.Struct):
        kinds = {each.name: (each.type, *get_args(each.type)) for each in structs.fields(holder)}
    else:
        kinds = {each: (type(getattr(holder, each, None)),) for each in PARTS}
    items = getattr(holder, "data", None)
    if name in ITEMS and isinstance(items, list):
        return ": what X found is in .data"
    if isinstance(items, list) and any(has(type(each), name) for each in cast("list[object]", items[:1])):
        return ": each of its items has it; `.items()` of the call goes through them one by one"
    found = [part for part, types in kinds.items() if any(has(each, name) for each in types)]
    there = [part for part in found if getattr(holder, part, None) is not None]
    places = " or ".join(f".{part}.{name}" for part in there or found)
    return f": it is {places}" if places else ""


def has(kind: object, name: str) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and hasattr(kind, name)


def linked(kind: type, name: str) -> str:
    """What a post refers to came beside it."""
    if kind.__name__ != "Post" or name not in LINKED:
        return ""
    return (
        f": what it refers to is in the includes; `.linked()` of pages joins them, as page.includes.{name}(post) does"
    )
