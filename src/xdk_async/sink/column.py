"""Columns: the members of an object, those of objects in it joined by `_`, and a last one for what fits nowhere. Pure."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import msgspec

from xdk_async._core.lenient import is_list, is_object
from xdk_async.sink.link import linked_shape
from xdk_async.sink.shape import Leaf, Many, Node, Object

EXTRA = "extra"  # JSON of what has no column: members that X added since, and values that do not fit
FIRST = ("id", "media_key", "event_uuid")  # what tells items apart; the first one that a model has is its key
LONGEST = 2**63
Way: TypeAlias = "int | dict[str, Way]"  # a member's column, or those of the members below it
NOTHING = object()


class Column(NamedTuple):
    """A column."""

    name: str
    node: Node
    """What it holds: a single value, or a list."""


class Table:
    """The columns of an object, in a stable order, and how an object becomes a row of them."""

    def __init__(self, name: str, shape: Object) -> None:
        self.name: str = name
        """What a table of them is called."""
        self.columns: list[Column] = []
        self.key: str | None = next((name for name in FIRST if name in shape.members), None)
        """The column that tells rows apart; None if the model has none."""
        self._at: dict[str, int] = {}
        first = [self.key] if self.key else []
        order = [*first, *(name for name in shape.members if name != self.key)]
        members = {name: shape.members[name] for name in order}
        alone = {name: part for name, part in members.items() if not isinstance(part, Object)}
        ways = {name: self._way(part, (name,)) for name, part in alone.items()}
        ways.update({name: self._way(part, (name,)) for name, part in members.items() if name not in alone})
        self._ways: dict[str, Way] = ways
        self.columns.append(Column(EXTRA, Leaf("json")))

    @classmethod
    def none(cls) -> Table:
        """Of items of which nothing is known."""
        return cls("items", Object({}))

    def _way(self, part: Node, path: tuple[str, ...]) -> Way:
        if isinstance(part, Object):
            return {name: self._way(each, (*path, name)) for name, each in part.members.items()}
        name = "_".join(path)
        if name in self._at and path[-1] == "id":
            return self._at[name]  # `author_id` is the id of `author`
        while name in self._at or name == EXTRA:
            name = "__".join(path) if "__" not in name else f"{name}_"
        self._at[name] = len(self.columns)
        self.columns.append(Column(name, part))
        return self._at[name]

    def row(self, plain: Mapping[str, Any]) -> list[Any]:
        """The values of an object, None where it has none; what fits nowhere is in the last one, as an object."""
        row: list[Any] = [None] * len(self.columns)
        rest: dict[str, Any] = {}
        self._fill(row, plain, self._ways, rest)
        row[-1] = rest or None
        return row

    def _fill(self, row: list[Any], plain: Mapping[str, Any], ways: dict[str, Way], rest: dict[str, Any]) -> None:
        for name, value in plain.items():
            way = ways.get(name)
            if isinstance(way, int):
                found, whole = fitting(value, self.columns[way].node)
                row[way] = found
                if not whole:
                    rest[name] = value
            elif isinstance(way, dict) and is_object(value):
                below: dict[str, Any] = {}
                self._fill(row, value, way, below)
                if below:
                    rest[name] = below
            elif value is not None:
                rest[name] = value


@functools.cache
def table_of(model: type, streamed: bool) -> Table:
    """The table for a model's items, with what is linked to them; `streamed` with the rules that they matched."""
    return Table(table_name(model.__name__), linked_shape(model, streamed=streamed))


def table_name(model: str) -> str:
    """What a table of a model is called: `posts`, `users`, `post_counts`."""
    for ending in ("ResponseData", "Schema", "Data"):
        model = model.removesuffix(ending)
    words = "".join(f"_{each.lower()}" if each.isupper() else each for each in model).strip("_")
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return words if words.endswith("media") else f"{words}s"


def fitting(value: Any, node: Node) -> tuple[Any, bool]:
    """What of a value a column of its kind can hold, and whether that is all of it."""
    if value is None:
        return None, True
    if isinstance(node, Leaf):
        found = single(value, node.kind)
        return (None, False) if found is NOTHING else (found, True)
    if isinstance(node, Many):
        if not is_list(value):
            return None, False
        parts = [fitting(each, node.of) for each in value]
        return [part for part, _ in parts], all(whole for _, whole in parts)
    if not is_object(value):
        return None, False
    members: dict[str, Any] = {}
    whole = True
    for name, each in value.items():
        known = node.members.get(name)
        part, fits = (None, each is None) if known is None else fitting(each, known)
        whole = whole and fits
        if part is not None:
            members[name] = part
    return members, whole


def single(value: Any, kind: str) -> Any:
    """A single value, if a column of its kind can hold it."""
    match kind:
        case "text":
            return value if isinstance(value, str) else NOTHING
        case "int":
            return value if type(value) is int and -LONGEST <= value < LONGEST else NOTHING
        case "float":
            is_one = type(value) is float or (type(value) is int and abs(value) < LONGEST)
            return float(value) if is_one else NOTHING
        case "bool":
            return value if isinstance(value, bool) else NOTHING
        case "time":
            return value if isinstance(value, datetime) else NOTHING
        case _:
            return value


def as_json(value: Any) -> str:
    """Anything as JSON."""
    return msgspec.json.encode(value).decode()


def as_json_or_text(value: Any) -> str:
    """Text as it is, anything else as JSON."""
    return value if isinstance(value, str) else as_json(value)
