"""Schemas of both versions → the structs and aliases of `xdk_async.models`.

The newer version names things and says what exists. Where it says only "object" or "string", the older version's finer
shape fills in; a property that only the older version has is kept. Renamed properties become one field that reads both
spellings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeGuard

NEW, OLD = "2.167", "2.166"
Node = tuple[str, Any]  # (version, type in the notation of extract.py)
ENVELOPE = {"data", "errors", "includes", "meta"}
PLAIN = {"str": "str", "int": "int", "float": "float", "bool": "bool", "datetime": "datetime", "any": "Any"}


@dataclass(slots=True)
class Field:
    """One attribute of a struct."""

    annotation: str
    legacy: str | None = None  # the older version's spelling, also decoded
    required: bool = False


@dataclass(slots=True)
class Shape:
    """One struct: an answer's (every field optional) or a request's (with its literal form)."""

    name: str
    request: bool
    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    base: str = ""
    used_by: set[str] = field(default_factory=set[str])


class Shapes:
    """Collects shapes while the operations are walked."""

    def __init__(self, facts: dict[str, Any], names: dict[str, Any]) -> None:
        self.schemas: dict[str, dict[str, Any]] = {v: facts[f"{v} schemas"] for v in (NEW, OLD)}
        self.renamed: dict[str, str] = names["renamed"]
        self.same: dict[str, str] = names["same"]
        self.inline: dict[str, str] = names["inline"]
        self.types: dict[str, str] = names["types"]
        self.opaque: set[str] = set(names["opaque"])
        self.shapes: dict[str, Shape] = {}
        self.aliases: dict[str, str] = {}
        self.pairs: dict[str, Node] = {}  # what the older version calls a schema, learnt from operations both have
        self.group = ""

    def annotation(self, node: Node, old: Node | None, hint: str, request: bool = False) -> str:
        """The Python type of `node`; structs met on the way are collected. `hint` names an inline object."""
        node, name = self.resolve(node)
        if name and not request:
            old = self.pairs.setdefault(name, old) if old else self.pairs.get(name)
        old, older = self.resolve(old) if old else (None, None)
        version, kind = node
        if name in self.opaque:
            return self.alias(name, "dict[str, Any]")
        if properties := self.properties(node):
            own = name or self.inline.get(hint) or (modern(older) if older else hint)
            own = own if name else self.inline.get(own, own)
            self.struct(own, version, properties, kind, old, request)
            return self.alias(name, own)
        if old and is_empty(kind):
            return self.alias(name, self.annotation(old, None, modern(older) if older else name or hint))
        if is_table(kind) and "list" in kind:
            inner = (old[0], old[1]["list"]) if old and is_table(old[1]) and "list" in old[1] else None
            item = self.annotation((version, kind["list"]), inner, singular(name or hint), request)
            return self.alias(name, f"Sequence[{item}]" if request else f"list[{item}]")
        return self.alias(name, self.scalar(kind, old[1] if old else None, request))

    def scalar(self, kind: Any, old: Any, request: bool) -> str:
        if is_table(kind) and "one" in kind:
            return " | ".join(dict.fromkeys(self.scalar(each, None, request) for each in kind["one"]))
        name = kind if isinstance(kind, str) else next(iter(kind))
        if name == "str" and old == "datetime" and not request:
            return "datetime"
        if name == "bytes":
            return "bytes"
        if request and is_table(kind) and "enum" in kind[name]:
            return f"Literal[{', '.join(quoted(each) for each in kind[name]['enum'])}]"
        if request and is_table(kind) and {"min", "max"} & set(kind[name]) and name == "int":
            limits = [f"{word}={kind[name][key]}" for key, word in (("min", "ge"), ("max", "le")) if key in kind[name]]
            return f"Annotated[int, Meta({', '.join(limits)})]"
        return PLAIN.get(name, "dict[str, Any]")

    def struct(
        self, name: str, version: str, properties: dict[str, Any], kind: Any, old: Node | None, request: bool
    ) -> None:
        shape = self.shapes.setdefault(name, Shape(name, request))
        shape.used_by.add(self.group)
        shape.used_by.add(self.group)
        older = self.properties(old) if old and not request else {}
        older_names = {self.rename(name, each, properties): each for each in older}
        required = set(kind.get("required", ())) if is_table(kind) else set[str]()
        for each, value in properties.items():
            own = self.rename(name, each, {}) if version == OLD else each
            before = older_names.get(own)
            was = (OLD, older[before]) if before else None
            legacy = before if before and before != own else each if each != own else None
            self.add(shape, own, (version, value), was, legacy, request and each in required)
        for own, before in older_names.items():
            if own not in properties:
                self.add(shape, own, (OLD, older[before]), None, before if own != before else None, False)

    def add(self, shape: Shape, own: str, node: Node, was: Node | None, legacy: str | None, required: bool) -> None:
        hint = f"{shape.name}{camel(own)}"
        annotation = self.types.get(f"{shape.name}.{own}") or self.annotation(node, was, hint, shape.request)
        known = shape.fields.setdefault(own, Field(annotation))
        if known.annotation == "dict[str, Any]":
            known.annotation = annotation
        known.legacy = known.legacy or legacy or self.also(shape.name, own)
        known.required = known.required or required

    def also(self, shape: str, own: str) -> str | None:
        """The older spelling of a field by the rename table, where the older version does not show it itself."""
        return next(
            (old for old, new in self.renamed.items() if new in (own, f"{shape}.{own}") and "." not in old), None
        )

    def rename(self, shape: str, old: str, beside: dict[str, Any]) -> str:
        new = self.renamed.get(f"{shape}.{old}") or self.renamed.get(old)
        return new if new and old not in beside else old

    def resolve(self, node: Node) -> tuple[Node, str | None]:
        """Follow references; the last name on the way is the canonical one."""
        version, kind = node
        name = None
        while isinstance(kind, str) and kind.startswith("@"):
            name = self.same.get(kind[1:], kind[1:]) if version == NEW else kind[1:]
            kind = self.schemas[version][kind[1:]]
        return (version, kind), name

    def properties(self, node: Node) -> dict[str, Any]:
        """What an object, or any member of a union or composition of objects, may hold."""
        version, kind = self.resolve(node)[0]
        if not is_table(kind):
            return {}
        if "object" in kind:
            found: dict[str, Any] = kind["object"]
            return found
        members = [self.properties((version, each)) for each in (*kind.get("one", ()), *kind.get("all", ()))]
        return {name: value for member in members for name, value in member.items()}

    def alias(self, name: str | None, annotation: str) -> str:
        if name and name != annotation:
            self.aliases[name] = annotation
        return annotation

    def everything(self) -> None:
        """Give every schema of the newer version a name, whether or not an operation reaches it."""
        self.group = "common"
        for name in self.schemas[NEW]:
            own = self.same.get(name, name)
            if name != own:
                self.aliases[name] = own
            if own not in self.shapes and own not in self.aliases:
                self.annotation((NEW, f"@{name}"), None, own, request=own.endswith("Request"))


def is_table(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def is_empty(kind: Any) -> bool:
    return kind == "any" or (is_table(kind) and kind.get("object") == {})


def modern(name: str) -> str:
    return name.replace("Tweet", "Post")


def camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))


def singular(name: str) -> str:
    return (
        name[:-3] + "y"
        if name.endswith("ies")
        else name[:-1]
        if name.endswith("s") and not name.endswith("ss")
        else f"{name}Item"
    )


def quoted(value: Any) -> str:
    return '"' + str(value) + '"' if isinstance(value, str) else repr(value)
