"""The catalogue as typed objects: facts with overrides applied, joined with the names."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from codegen.parameter import Param, exclusive, param, positional, widen
from codegen.shapes import NEW, OLD, Node, Shape, Shapes

HERE = Path(__file__).parent / "catalogue"


@dataclass(slots=True)
class Operation:
    """One operation, named and typed."""

    key: str
    group: str
    name: str
    kind: str  # call, pages, stream
    auth: list[str]
    scopes: list[str]
    params: list[Param]
    positional: list[str]
    answer: str  # Response[Post], Page[Post], Streamed[Post], bytes
    body: str | None = None
    multipart: bool = False
    bundle: str = ""
    keywords: dict[str, str] = field(default_factory=dict[str, str])
    exclusive: list[list[str]] = field(default_factory=list[list[str]])

    @property
    def method(self) -> str:
        return self.key.split()[0]

    @property
    def path(self) -> str:
        return self.key.split()[1]

    @property
    def constant(self) -> str:
        return f"{self.group}_{self.name}".upper()


@dataclass(slots=True)
class Alias:
    """Another name of an operation, in any group; its parameters are called as that name's users call them."""

    group: str
    name: str
    operation: Operation


@dataclass(slots=True)
class Catalogue:
    """All that the emitters need."""

    operations: list[Operation]
    aliases_of: list[Alias]
    shapes: dict[str, Shape]
    aliases: dict[str, str]
    bundles: dict[str, list[Param]]
    names: dict[str, Any]
    words: dict[str, Any]
    problems: dict[str, str]  # last segment of a problem's type → struct
    older: list[str]  # the older version's schema names
    limits: dict[str, Any]  # X's published rate limits, with their source and date
    prices: dict[str, Any]  # X's published prices, with their source and date
    missing: list[str] = field(default_factory=list[str])

    def sentence(self, table: str, key: str) -> str:
        """Our words for something; what has none is collected, and fails the build."""
        words = self.words.get(table, {}).get(key)
        if not words:
            self.missing.append(f"[{table}] {key}")
        return str(words)

    def attribute(self, struct: str, name: str) -> str:
        return self.words.get("attributes_of", {}).get(f"{struct}.{name}") or self.sentence("attributes", name)

    def argument(self, operation: Operation, name: str) -> str:
        of = f"{operation.group}.{operation.name}.{name}"
        return self.words.get("params_of", {}).get(of) or self.sentence("params", name)


def load(here: Path = HERE) -> Catalogue:
    facts = json.loads((here / "facts.json").read_text())
    names, words, overrides, limits = (
        tomllib.loads((here / f"{n}.toml").read_text()) for n in ("names", "words", "overrides", "limits")
    )
    prices = tomllib.loads((here / "prices.toml").read_text(), parse_float=Decimal)
    for override in overrides.get("override", []):
        apply(facts, override)
    unnamed = {*facts[f"{NEW} operations"]} - {*facts["official methods"], *names["methods"]}
    if unnamed:
        raise SystemExit("names.toml [methods] lacks a name for:\n  " + "\n  ".join(sorted(unnamed)))
    shapes = Shapes(facts, names)
    known = facts[f"{OLD} operations"]  # first what both versions have: it teaches which schemas are the same
    keys = sorted(facts[f"{NEW} operations"], key=lambda key: key not in known)
    operations = [operation(key, facts, names, shapes) for key in keys]
    operations.sort(key=lambda each: (each.group, each.name))
    shapes.everything()
    bundles = bundle(operations, names["bundles"])
    problems = problem_types(facts)
    older = list(facts[f"{OLD} schemas"])
    also = [alias(place, operations, dict(each)) for place, each in names["aliases"].items()]
    tables = (limits, prices)
    return Catalogue(operations, also, shapes.shapes, shapes.aliases, bundles, names, words, problems, older, *tables)


def apply(facts: dict[str, Any], override: dict[str, Any]) -> None:
    """Set the value at a pointer ("2.167 schemas/Post/object/article"); every one has a reason and a date."""
    *way, last = override["at"].split(" > ")
    place = facts
    for step in way:
        place = place[step]
    place[last] = json.loads(override["value"])
    if not (override["reason"] and override["date"]):
        raise SystemExit(f"overrides.toml: {override['at']} needs a reason and a date")


def operation(key: str, facts: dict[str, Any], names: dict[str, Any], shapes: Shapes) -> Operation:
    fact, old = facts[f"{NEW} operations"][key], facts[f"{OLD} operations"].get(key)
    official = facts["official methods"].get(key)
    group, name = official[:2] if official else names["methods"][key].split(".")
    params = [param(each, facts, NEW) for each in fact["params"]]
    legacy = [param(each, facts, OLD) for each in old["params"]] if old else []
    widen(params, {each.wire: each for each in legacy}, names["renamed"])
    pages = official[2] == "pages" if official else any(each.name == "pagination_token" for each in params)
    kind = "stream" if fact.get("stream") else "pages" if pages else "call"
    shapes.group = group
    answer = answer_type(fact, old, kind, shapes)
    body = shapes.annotation((NEW, fact["body"]), None, "Body", request=True) if "body" in fact else None
    order = [each for each in official[3] if each != "body"] if official else [each.name for each in params]
    front = positional(order, {each.name: each for each in params})
    keywords = names["keywords"].get(f"{group}.{name}", {})
    return Operation(
        key, group, name, kind, fact["auth"], fact["scopes"], params, front, answer, body, fact.get("multipart", False),
        keywords=keywords, exclusive=exclusive(fact, params),
    )  # fmt: skip


def alias(place: str, operations: list[Operation], names: dict[str, str]) -> Alias:
    """One row of [aliases]; `names` are the documentation's keywords and, under `is`, the operation."""
    group, name = place.split(".")
    target = names.pop("is")
    known = {f"{each.group}.{each.name}": each for each in operations}
    if target not in known or place in known:
        raise SystemExit(f"names.toml [aliases]: {place} is an operation itself, or {target} is none")
    theirs = {ours: their for their, ours in names.items()}
    found = known[target]
    if stray := set(theirs) - set(found.positional):
        raise SystemExit(f"names.toml [aliases]: {target} has no {', '.join(sorted(stray))} to be called otherwise")
    params = [replace(each, name=theirs.get(each.name, each.name)) for each in found.params]
    positional = [theirs.get(each, each) for each in found.positional]
    return Alias(group, name, replace(found, params=params, positional=positional))


def answer_type(fact: dict[str, Any], old: dict[str, Any] | None, kind: str, shapes: Shapes) -> str:
    node: Node = (NEW, fact["answer"])
    name = fact["answer"][1:] if isinstance(fact["answer"], str) and fact["answer"].startswith("@") else ""
    if fact["answer"] == "bytes":
        return "bytes"
    parts = shapes.properties(node)
    if "data" not in parts:
        return "Document"
    before = shapes.properties((OLD, old["answer"])) if old else {}
    hint = f"{name}Data"
    was = (OLD, before["data"]) if "data" in before else None
    data = shapes.annotation((NEW, parts["data"]), was, hint)
    for part, struct in (("meta", "Meta"), ("includes", "Expansions"), ("matching_rules", "MatchingRules")):
        if part in parts:
            older = (OLD, before[part]) if part in before else None
            shapes.annotation((NEW, parts[part]), older, struct)
    answer = {"pages": "Page", "stream": "Streamed", "call": "Response"}[kind]
    if kind == "pages":
        data = data.removeprefix("list[").removesuffix("]")
    if name:
        shapes.aliases[name] = f"{answer}[{data}]"
    return f"{answer}[{data}]"


def bundle(operations: list[Operation], names: dict[str, str]) -> dict[str, list[Param]]:
    """One bundle for every set of field parameters that operations share."""
    found: dict[str, list[Param]] = {}
    seen: dict[str, str] = {}
    for each in operations:
        own = [param for param in each.params if param.is_field]
        if not own:
            continue
        shape = repr(sorted(own, key=lambda param: param.name))
        if shape not in seen:
            first = camel_fields(own)
            name = names.get(f"{each.group}.{each.name}", first)
            if name in found:
                raise SystemExit(f"names.toml [bundles]: {each.group}.{each.name} needs a name other than {name}")
            seen[shape], found[name] = name, own
        each.bundle = seen[shape]
    return found


def camel_fields(params: list[Param]) -> str:
    first = params[0].name
    return "".join(part.title() for part in first.removesuffix("_fields").split("_")) + "Fields"


def problem_types(facts: dict[str, Any]) -> dict[str, str]:
    """`resource-not-found` → `ResourceNotFoundProblem`, from what the schemas say of `type`."""
    found: dict[str, str] = {}
    for member in facts[f"{NEW} schemas"]["Problem"]["one"]:
        kind = facts[f"{NEW} schemas"][member[1:]]["object"].get("type")
        if kind:
            found[kind["str"]["enum"][0].rsplit("/", 1)[1]] = member[1:]
    return found
