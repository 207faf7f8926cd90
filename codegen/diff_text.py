"""Differences as people read them: what is new, gone, changed. What changed alike in many places is told once."""

from __future__ import annotations

import textwrap
from typing import Any

from codegen.diff import Change, Section
from codegen.shapes import is_list, is_table

SIGNS = {"added": "+", "removed": "-", "changed": "~"}
MANY = 4  # places, from which on a change is told once for all of them


def as_text(found: dict[str, Section]) -> str:
    """Nothing if nothing differs."""
    return "\n".join(line for name, each in found.items() if each for line in lines(name, each))


def lines(name: str, each: Section) -> list[str]:
    told = [f"{name}: {len(each.added)} added, {len(each.removed)} removed, {len(each.changed)} changed"]
    told += [f"  + {key}{summary(name, fact)}" for key, fact in each.added.items()]
    told += [f"  - {key}" for key in each.removed]
    places: dict[str, list[str]] = {}
    for key, changes in each.changed.items():
        for change in changes:
            places.setdefault(change_line(change), []).append(key)
    for key, changes in each.changed.items():
        own = [line for line in map(change_line, changes) if len(places[line]) < MANY]
        told += [f"  ~ {key}", *(f"      {line}" for line in own)] if own else []
    alike: dict[tuple[str, ...], list[str]] = {}
    for line, keys in places.items():
        if len(keys) >= MANY:
            alike.setdefault(tuple(keys), []).append(line)
    for places_of, shared in alike.items():
        told += wrapped(f"  ~ {len(places_of)} {name}: ", places_of)
        told += [f"      {line}" for line in shared]
    return told


def wrapped(head: str, keys: tuple[str, ...]) -> list[str]:
    """Keys on as few lines as they need; a method stays beside its path."""
    glued = ", ".join(key.replace(" ", "\xa0") for key in keys)
    text = textwrap.fill(head + glued, 120, subsequent_indent="    ", break_on_hyphens=False, break_long_words=False)
    return text.replace("\xa0", " ").splitlines()


def summary(section: str, fact: Any) -> str:
    if section != "operations":
        return f"  {words(fact)}"
    who = " ".join(fact["auth"]) or "no credential"
    return "".join(f"  · {part}" for part in (fact["id"], who, " ".join(fact["scopes"])) if part)


def change_line(change: Change) -> str:
    where = " ".join(each for each in change.at if each != "[]") or "type"
    if change.what == "changed":
        return f"~ {where}: {words(change.was)} → {words(change.now)}"
    return f"{SIGNS[change.what]} {where}: {words(change.now if change.what == 'added' else change.was)}"


def words(kind: Any) -> str:
    """A type, or a value, in a few words."""
    if kind is None:
        return "none"
    if is_list(kind):
        return ", ".join(str(each) for each in kind)
    if not is_table(kind):
        return str(kind)
    if "list" in kind:
        return f"list of {words(kind['list'])}{limits(kind)}"
    if "object" in kind:
        return f"object of {', '.join(kind['object'])}" if kind["object"] else "object"
    name, own = next(iter(kind.items()))
    if name in ("one", "all"):
        return (" | " if name == "one" else " & ").join(words(each) for each in own)
    return f"{name}{limits(own)}"


def limits(own: dict[str, Any]) -> str:
    told = [f"{own.get('min', '')}..{own.get('max', '')}"] if {"min", "max"} & set(own) else []
    told += [f"one of {', '.join(str(each) for each in own['enum'])}"] if "enum" in own else []
    told += [f"like {own['pattern']}"] if "pattern" in own else []
    told += [f"default {own['default']}"] if "default" in own else []
    return f" ({'; '.join(told)})" if told else ""
