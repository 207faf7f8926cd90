"""What a model holds, as a tree: the one description that files, tables and the completion of answers share. Pure."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import inspect

from xdk_async._core.lenient import is_list, is_object

Kind: TypeAlias = Literal["text", "int", "float", "bool", "time", "json"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value; `json` is anything."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    of: Node


@dataclass(frozen=True, slots=True)
class Object:
    """An object, by the names on the wire."""

    members: Mapping[str, Node]
    older: frozenset[str] = field(default=frozenset())
    """Names that the older version of X's API has for members."""


Node: TypeAlias = Leaf | Many | Object
TEXT, JSON = Leaf("text"), Leaf("json")


@functools.cache
def shape_of(model: type) -> Object:
    """The tree of a struct's type."""
    if not issubclass(model, msgspec.Struct):
        return Object({})
    found = inspect.type_info(model)
    assert isinstance(found, inspect.StructType)
    older = frozenset(each.encode_name for each in found.fields if each.name.startswith("_"))
    return Object({each.encode_name: node(each.type) for each in found.fields if each.encode_name not in older}, older)


def node(kind: inspect.Type) -> Node:
    """The tree of a type."""
    if isinstance(kind, inspect.UnionType):
        kinds = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        return node(kinds[0]) if len(kinds) == 1 else JSON
    match kind:
        case inspect.StrType():
            return TEXT
        case inspect.IntType():
            return Leaf("int")
        case inspect.FloatType():
            return Leaf("float")
        case inspect.BoolType():
            return Leaf("bool")
        case inspect.DateTimeType():
            return Leaf("time")
        case inspect.ListType(item_type=item):
            return Many(node(item))
        case inspect.StructType(cls=cls):
            return shape_of(cls)
        case _:
            return JSON


def completed(plain: dict[str, Any], sent: Any, shape: Object) -> dict[str, Any]:
    """`plain`, a struct as X's newer version names things, with what X sent beside that no struct knows.

    Args:
        plain: the struct as a dictionary; changed in place.
        sent: the same object as it came, untyped.
        shape: what the struct knows.
    """
    if not is_object(sent):
        return plain
    for name, value in sent.items():
        if name in plain:
            complete_part(plain[name], value, shape.members.get(name))
        elif value is not None and name not in shape.older:
            plain[name] = value
    return plain


def complete_part(plain: Any, sent: Any, part: Node | None) -> None:
    """Complete what is below a member."""
    if isinstance(part, Object):
        completed(plain, sent, part)
    elif isinstance(part, Many) and is_list(sent) and len(sent) == len(plain):
        for one, other in zip(plain, sent, strict=True):
            complete_part(one, other, part.of)
