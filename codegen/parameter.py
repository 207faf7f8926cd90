"""Parameters of operations, with what both versions say of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from codegen.shapes import is_table

FIELDS = ("_fields", "expansions")


@dataclass(slots=True)
class Param:
    """One parameter of an operation."""

    name: str  # the Python keyword
    wire: str
    kind: str  # str, int, bool, datetime
    where: str = "query"
    many: bool = False
    required: bool = False
    choices: list[str] = field(default_factory=list[str])
    low: int | None = None
    high: int | None = None
    default: Any = None
    digits: bool = False  # an id of decimal digits
    older: dict[str, str] = field(default_factory=dict[str, str])  # newer name → how this path spells it
    elsewhere: dict[str, str] = field(default_factory=dict[str, str])  # an expansion here → the older field, if any

    @property
    def is_field(self) -> bool:
        """Whether it selects what an answer holds: such parameters travel in a bundle."""
        return self.name.endswith(FIELDS)


def param(entry: Any, facts: dict[str, Any], version: str) -> Param:
    fact = facts[f"{version} parameters"][entry[1:]] if isinstance(entry, str) else entry
    kind, many = fact["type"], False
    limits: dict[str, Any] = {}
    while True:
        if isinstance(kind, str) and kind.startswith("@"):
            kind = facts[f"{version} schemas"][kind[1:]]
        elif is_table(kind) and "list" in kind:
            many, limits, kind = True, kind, kind["list"]
        else:
            break
    name, own = next(iter(kind.items())) if is_table(kind) else (str(kind), dict[str, Any]())
    bounds: dict[str, Any] = limits if many else own if name == "int" else {}
    return Param(
        fact["name"].replace(".", "_"), fact["name"], name, fact.get("in", "query"), many, fact.get("required", False),
        list(dict.fromkeys(own.get("enum", []))), bounds.get("min"), bounds.get("max"), own.get("default"),
        digits="[0-9]" in own.get("pattern", "") and "A-Z" not in own["pattern"] and "_" not in own["pattern"],
    )  # fmt: skip


def widen(params: list[Param], legacy: dict[str, Param], renamed: dict[str, str]) -> None:
    """A name is valid if either version lists it; post fields may be asked for in the older words too."""
    newer = {old: new for old, new in renamed.items() if "." not in old}
    expansions = [name for each in params if each.name == "expansions" for name in each.choices]
    for each in list(params):
        before = legacy.get(each.wire) or (legacy.get("tweet.fields") if each.wire == "post.fields" else None)
        older = before.choices if before else []
        if each.wire == "post.fields":
            own, each.elsewhere = each.choices, {}
            tweet_fields = list(dict.fromkeys([*older, *own]))
            params.append(Param("tweet_fields", "tweet.fields", "str", many=True, choices=tweet_fields))
            each.elsewhere = {name: name for name in older if newer.get(name, name) not in own}
            each.elsewhere |= {newer.get(name, name): name for name in each.elsewhere}
            each.elsewhere |= {
                name: "" for name in expansions if "." not in name and name not in {*own, *each.elsewhere}
            }
            each.choices = [name for name in tweet_fields if name not in each.elsewhere]
        elif each.wire == "tweet.fields":
            params.append(Param("post_fields", "tweet.fields", "str", many=True, choices=each.choices))
        elif before and each.is_field:
            each.many = True
            # Where the newer version lists no names, the older one's serve in both spellings.
            both = [] if each.choices else [new for old, new in renamed.items() if old.rsplit(".", 1)[-1] in older]
            each.choices = list(dict.fromkeys([*each.choices, *older, *both]))
    if any(each.wire == "tweet.fields" and each.name == "post_fields" for each in params):
        for each in params:
            each.older = {newer[old]: old for old in each.choices if old in newer}
            each.older |= {new: f"{old}.id" for old, new in newer.items() if f"{old}.id" in each.choices}


def exclusive(fact: dict[str, Any], params: list[Param]) -> list[list[str]]:
    """Pairs of which X takes one. It refuses both page tokens everywhere, whether or not it says so."""
    tokens = ["pagination_token", "next_token"]
    pairs: list[list[str]] = fact.get("exclusive", [])
    both = {*tokens} <= {each.name for each in params}
    return [*pairs, tokens] if both and tokens not in pairs else pairs


def positional(order: list[str], params: dict[str, Param]) -> list[str]:
    """The official order up to the first field parameter; what comes later is keyword-only."""
    front: list[str] = []
    for name in order:
        if name not in params or params[name].is_field:
            break
        front.append(name)
    return front
