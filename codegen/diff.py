"""What differs between two versions of X's API: operations, parameters, values, properties, who may call. No prose.

What only the documents' own names tell apart is no difference: a type that moved into a named schema, a schema that is
called otherwise. Schemas that stand in the same place in both versions are compared, whatever they are called.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from codegen.extract import one_version
from codegen.shapes import NEW, is_table

Facts = dict[str, dict[str, Any]]
At = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that is new, gone or another; `at` leads to it from the operation or schema."""

    what: Literal["added", "removed", "changed"]
    at: At
    was: Any = None
    now: Any = None


@dataclass(slots=True)
class Section:
    """One kind of thing in both versions."""

    added: dict[str, Any]
    removed: dict[str, Any]
    changed: dict[str, list[Change]] = field(default_factory=dict[str, list[Change]])

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class NotReadable(Exception):
    """A file is no OpenAPI specification, nor facts taken from one."""


def read(path: Path) -> Facts:
    """The facts of a specification; of a `facts.json`, those of the newer version that it holds."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotReadable(f"{path}: {error}") from None
    if is_table(found) and f"{NEW} operations" in found:
        return {name: found[f"{NEW} {name}"] for name in ("operations", "parameters", "schemas")}
    if not is_table(found) or not is_table(found.get("paths")):
        raise NotReadable(f"{path} is neither an OpenAPI specification in JSON nor a facts.json")
    return one_version(found)


def differences(old: Facts, new: Facts) -> dict[str, Section]:
    """What is new, gone and changed: `operations` by method and path, `schemas` by name, `older → newer` if that changed."""
    return Comparison(old, new).sections()


class Comparison:
    """Walks both versions side by side."""

    def __init__(self, old: Facts, new: Facts) -> None:
        self.old = old
        self.new = new
        self.pairs: dict[str, str] = {name: name for name in old["schemas"] if name in new["schemas"]}
        """The older version's schemas → what stands in their place."""
        self.also: set[tuple[str, str]] = set()
        """Where something else than that stands in the place of a schema too."""

    def sections(self) -> dict[str, Section]:
        operations = section(self.old["operations"], self.new["operations"])
        for key in [key for key in self.new["operations"] if key in self.old["operations"]]:
            if changes := [*self.operation(self.old["operations"][key], self.new["operations"][key])]:
                operations.changed[key] = changes
        changed = self.schemas()
        taken = {*self.pairs.values()}
        old = {name: kind for name, kind in self.old["schemas"].items() if name not in self.pairs}
        new = {name: kind for name, kind in self.new["schemas"].items() if name not in taken}
        return {"operations": operations, "schemas": Section(new, old, changed)}

    def schemas(self) -> dict[str, list[Change]]:
        """The schemas that differ; comparing two may bring further pairs to light."""
        found: dict[str, list[Change]] = {}
        done: set[str] = set()
        while waiting := [name for name in self.pairs if name not in done]:
            for name in waiting:
                done.add(name)
                was, now = self.old["schemas"][name], self.new["schemas"][self.pairs[name]]
                if changes := [*self.kinds(was, now, ())]:
                    found[name if name == self.pairs[name] else f"{name} → {self.pairs[name]}"] = changes
        return found

    def operation(self, was: dict[str, Any], now: dict[str, Any]) -> Iterator[Change]:
        for name in ("auth", "scopes", "exclusive"):
            yield from values(was.get(name, []), now.get(name, []), (name,))
        for name in ("id", "tag", "status", "multipart", "stream"):
            if was.get(name, False) != now.get(name, False):
                yield Change("changed", (name,), was.get(name), now.get(name))
        before, after = parameters(self.old, was), parameters(self.new, now)
        for name in [*before, *(name for name in after if name not in before)]:
            yield from self.parameter(before.get(name), after.get(name), ("parameter", name))
        for name in ("body", "answer"):
            yield from self.either(was.get(name), now.get(name), (name,))

    def parameter(self, was: dict[str, Any] | None, now: dict[str, Any] | None, at: At) -> Iterator[Change]:
        if was is None or now is None:
            yield from self.either(was and was["type"], now and now["type"], at)
            if now is not None and now.get("required"):
                yield Change("added", (*at, "required"), now=True)
        else:
            if was.get("required", False) != now.get("required", False):
                yield Change("changed", (*at, "required"), was.get("required", False), now.get("required", False))
            yield from self.kinds(was["type"], now["type"], at)

    def either(self, was: Any, now: Any, at: At) -> Iterator[Change]:
        """What may be there in one version alone."""
        if was is None and now is not None:
            yield Change("added", at, now=now)
        elif now is None and was is not None:
            yield Change("removed", at, was=was)
        elif was is not None:
            yield from self.kinds(was, now, at)

    def kinds(self, was: Any, now: Any, at: At) -> Iterator[Change]:
        """Two types in the notation of extract.py."""
        was, older = followed(was, self.old["schemas"])
        now, newer = followed(now, self.new["schemas"])
        if at and older and newer:
            if self.pairs.setdefault(older, newer) == newer or (older, newer) in self.also:
                return  # compared as schemas, or before
            self.also.add((older, newer))
        (name, own), (other, others) = parts(was), parts(now)
        if name != other:
            yield Change("changed", at, older or was, newer or now)
        elif name == "object":
            before, after = own["object"], others["object"]
            for each in [*before, *(each for each in after if each not in before)]:
                yield from self.either(before.get(each), after.get(each), (*at, each))
            yield from values(own.get("required", []), others.get("required", []), (*at, "required"))
        elif name in ("one", "all"):
            for before, after in zip(own[name], others[name], strict=False):
                yield from self.kinds(before, after, (*at, name))
            yield from values(own[name][len(others[name]) :], others[name][len(own[name]) :], (*at, name))
        else:
            if name == "list":
                yield from self.kinds(own["list"], others["list"], (*at, "[]"))
            yield from values(own.get("enum", []), others.get("enum", []), (*at, "value"))
            for each in sorted({*own, *others} - {"enum", "list"}):
                if own.get(each) != others.get(each):
                    yield Change("changed", (*at, each), own.get(each), others.get(each))


def section(was: dict[str, Any], now: dict[str, Any]) -> Section:
    added = {key: value for key, value in now.items() if key not in was}
    return Section(added, {key: value for key, value in was.items() if key not in now})


def parameters(facts: Facts, operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """An operation's parameters by name, references followed."""
    found = [entry(facts["parameters"], each) if isinstance(each, str) else each for each in operation["params"]]
    return {each["name"]: each for each in found}


def entry(components: dict[str, Any], reference: str) -> Any:
    if reference[1:] not in components:
        raise NotReadable(f"something refers to {reference[1:]!r}, which the specification does not have")
    return components[reference[1:]]


def followed(kind: Any, schemas: dict[str, Any]) -> tuple[Any, str]:
    """What a reference leads to; with the last schema's name if that is of an object."""
    name = ""
    while isinstance(kind, str) and kind.startswith("@"):
        name, kind = kind[1:], entry(schemas, kind)
    return kind, name if is_table(kind) and {"object", "one", "all"} & set(kind) else ""


def parts(kind: Any) -> tuple[str, dict[str, Any]]:
    """A type's name and what stands beside it."""
    if not is_table(kind):
        return str(kind), {}
    name, own = next(iter(kind.items()))
    return name, own if is_table(own) and name != "object" and name != "list" else kind


def values(was: list[Any], now: list[Any], at: At) -> Iterator[Change]:
    """Entries that came and went; their order says nothing."""
    yield from (Change("added", at, now=each) for each in now if each not in was)
    yield from (Change("removed", at, was=each) for each in was if each not in now)


def as_json(found: dict[str, Section]) -> str:
    """For programs."""
    document = {
        name: {
            "added": each.added,
            "removed": each.removed,
            "changed": {
                key: [{"what": c.what, "at": [*c.at], "was": c.was, "now": c.now} for c in changes]
                for key, changes in each.changed.items()
            },
        }
        for name, each in found.items()
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
