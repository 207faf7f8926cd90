"""Answers in another shape than was promised: drift, and the other vocabulary."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from xdk_async.sandbox.fault.rule import Drift, Spoken
from xdk_async.sandbox.vocabulary import NEWER, is_list, is_object, older

MISSING = object()
UNKNOWN: Mapping[str, Any] = {"sandbox_unknown": {"nested": [1, None, {"deep": True}]}}


def changed(body: Any, rule: Drift | Spoken, rng: random.Random) -> Any:
    """The body of an answer, or of an event, as a rule wants it."""
    if not is_object(body):
        return body
    if isinstance(rule, Spoken):
        return older(body) if rule.version == "2.166" else newer(body)
    return {name: drifted(each, rule, rng) if name in ("data", "includes") else each for name, each in body.items()}


def newer(value: Any) -> Any:
    """An answer in 2.167 words."""
    if is_object(value):
        return {"posts" if name == "tweets" else NEWER.get(name, name): newer(each) for name, each in value.items()}
    return [newer(each) for each in value] if is_list(value) else value


def drifted(value: Any, rule: Drift, rng: random.Random) -> Any:
    """A part of an answer, some of its members changed by chance."""
    if is_list(value):
        return [drifted(each, rule, rng) for each in value]
    if not is_object(value):
        return value
    found: dict[str, Any] = {}
    for name, each in value.items():
        changed = drifted(each, rule, rng)
        if rng.random() < rule.share:
            kind = rng.choice([*CHANGES]) if rule.change == "mixed" else rule.change
            changed = CHANGES[kind](changed)
        if changed is not MISSING:
            found[name] = changed
    if rule.change in ("mixed", "unknown") and rng.random() < rule.share:
        found |= UNKNOWN
    return found


def _number(value: Any) -> Any:
    """Ids and dates as numbers, numbers as strings."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdecimal() else value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _object(value: Any) -> Any:
    """Lists as objects, and what is single as a list."""
    if is_list(value):
        return {str(number): each for number, each in enumerate(value)}
    return [value]


CHANGES: Mapping[str, Callable[[Any], Any]] = {
    "numbers": _number,
    "nulls": lambda _: None,
    "missing": lambda _: MISSING,
    "unknown": lambda value: value,
    "objects": _object,
}
