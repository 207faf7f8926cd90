"""Judges answers by the facts of each version of X's API: no unknown member, none missing, every value of its type.

Independent of the models that the client decodes with, and of the sandbox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from xdk_async.sandbox.vocabulary import is_list, is_object

FACTS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "codegen" / "catalogue" / "facts.json").read_text(encoding="utf-8")
)
NEWER, OLDER = "2.167", "2.166"
# What X is reported to send although the version's schema does not have it.
REPORTED = {("POST /2/tweets", OLDER): {"edit_history_tweet_ids"}}
# Where the versions disagree about what kind of thing an answer is, the struct serves the newer one.
DISAGREE = {
    "DELETE /2/activity/subscriptions",
    "POST /2/webhooks",
    "POST /2/webhooks/replay",
    "GET /2/tweets/search/webhooks",
    "GET /2/chat/conversations/{id}",
    "GET /2/users/public_keys",
    "POST /2/chat/conversations/{id}/members",
}
MISTAKEN = ("POST /2/chat/conversations/{id}/members", NEWER)  # whose file says that it answers a post


def known(key: str, version: str) -> bool:
    """Whether a version has the operation `METHOD path`."""
    return key in FACTS[f"{version} operations"]


def status(key: str) -> int:
    """The status of a good answer."""
    code: int = FACTS[f"{NEWER} operations"][key]["status"]
    return code


def choices(key: str, version: str) -> dict[str, list[str]]:
    """All fields and expansions that a version lets one ask an operation for, by the name of the parameter."""
    params = FACTS[f"{version} operations"][key]["params"]
    found = (FACTS[f"{version} parameters"][each[1:]] if isinstance(each, str) else each for each in params)
    return {each["name"]: _values(each) for each in found if _selects(each["name"]) and _values(each)}


def _selects(name: str) -> bool:
    return name == "expansions" or name.endswith(".fields")


def _values(param: dict[str, Any]) -> list[str]:
    item = param["type"]["list"] if is_object(param["type"]) else None
    return [*dict.fromkeys(item["str"]["enum"])] if is_object(item) else []


def misfits(key: str, version: str, body: dict[str, Any]) -> list[str]:
    """Where an answer is not what a version says; page tokens and counts may stand beside any list."""
    version = version if known(key, version) else NEWER
    if (key in DISAGREE and version == OLDER) or (key, version) == MISTAKEN:
        return []
    judge = _Judge(version, REPORTED.get((key, version), set[str]()))
    parts = {name: part for name, part in body.items() if name != "errors"}
    found = judge.misfits(parts, FACTS[f"{version} operations"][key]["answer"], "$")
    return [each for each in found if not each.startswith("$.meta")]


class _Judge:
    def __init__(self, version: str, reported: set[str]) -> None:
        self._version = version
        self._schemas: dict[str, Any] = FACTS[f"{version} schemas"]
        self._reported = reported

    def resolved(self, kind: Any) -> tuple[Any, set[str]]:
        """A type without its name, and what the version lets one ask of objects with that name."""
        askable = set[str]()
        while isinstance(kind, str) and kind.startswith("@"):
            param = FACTS[f"{self._version} parameters"].get(f"{kind[1:]}FieldsParameter")
            askable |= {*_values(param)} if param else set()
            kind = self._schemas[kind[1:]]
        return kind, askable

    def misfits(self, value: Any, kind: Any, where: str) -> Iterator[str]:
        kind, askable = self.resolved(kind)
        if is_object(kind) and ("one" in kind or "all" in kind or "object" in kind):
            yield from self.object(value, kind, where, askable)
        elif is_object(kind) and "list" in kind:
            if not is_list(value):
                yield f"{where} is no list"
                return
            for number, each in enumerate(value):
                yield from self.misfits(each, kind["list"], f"{where}[{number}]")
        else:
            limited: dict[str, Any] = kind if is_object(kind) else {str(kind): {}}
            for name, limits in limited.items():
                yield from self.scalar(value, name, limits, where)

    def object(self, value: Any, kind: Any, where: str, askable: set[str]) -> Iterator[str]:
        """A union takes the first member that fits; a composition all of them; `{}` anything."""
        if "one" in kind:
            found = [[*self.misfits(value, each, where)] for each in kind["one"]]
            yield from min(found, key=len)
            return
        members, required = self.members(kind)
        if not members and "object" in kind:
            return
        if not is_object(value):
            yield f"{where} is no object"
            return
        for name in required - value.keys():
            yield f"{where}.{name} is missing"
        for name, each in value.items():
            if name in members:
                yield from self.misfits(each, members[name], f"{where}.{name}")
            elif name not in askable | self._reported:
                yield f"{where}.{name} is unknown"

    def members(self, kind: Any) -> tuple[dict[str, Any], set[str]]:
        kind, _ = self.resolved(kind)
        if "all" in kind:
            parts = [self.members(each) for each in kind["all"]]
            required = {name for _, names in parts for name in names}
            return {name: each for found, _ in parts for name, each in found.items()}, required
        return kind.get("object", {}), set(kind.get("required", ()))

    def scalar(self, value: Any, name: str, limits: dict[str, Any], where: str) -> Iterator[str]:
        """A whole number may be a decimal string, and the other way round: in that the versions differ."""
        wanted: dict[str, Any] = {"str": (str, int), "int": (int, str), "float": (int, float), "bool": bool}
        if name in wanted and (not isinstance(value, wanted[name]) or isinstance(value, bool) != (name == "bool")):
            yield f"{where} is {value!r}, not {name}"
        elif name == "int" and isinstance(value, str) and not value.isdecimal():
            yield f"{where} is {value!r}, not a number"
        elif name == "datetime":
            datetime.fromisoformat(value)
        if "enum" in limits and value not in limits["enum"]:
            yield f"{where} is {value!r}, none of {limits['enum']}"
        if "pattern" in limits and not re.fullmatch(limits["pattern"].strip("^$"), str(value)):
            yield f"{where} is {value!r}, which does not match {limits['pattern']}"
