"""The catalogued facts, read for the tests without the code that generates the client from them."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

FACTS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "codegen" / "catalogue" / "facts.json").read_text(encoding="utf-8")
)
OPERATIONS: dict[str, dict[str, Any]] = FACTS["2.167 operations"]
OFFICIAL: dict[str, tuple[str, str, str, list[str]]] = FACTS["official methods"]
# The six that the official SDK lacks, named after its manner.
UNOFFICIAL = {
    "GET /2/broadcasts": ("broadcasts", "list", "pages"),
    "GET /2/broadcasts/{id}": ("broadcasts", "get_broadcast", "call"),
    "GET /2/broadcasts/{id}/chat": ("broadcasts", "get_broadcast_chat", "pages"),
    "POST /2/broadcasts/{id}/chat/mutes": ("broadcasts", "mute_broadcast_chat_user", "call"),
    "DELETE /2/broadcasts/{id}/chat/mutes/{user_id}": ("broadcasts", "unmute_broadcast_chat_user", "call"),
    "DELETE /2/broadcasts/{id}/chat/{message_id}": ("broadcasts", "delete_broadcast_chat_message", "call"),
}


def place(key: str) -> tuple[str, str, str]:
    """Group, method and kind (call, pages, stream) of an operation."""
    return (OFFICIAL[key][0], OFFICIAL[key][1], OFFICIAL[key][2]) if key in OFFICIAL else UNOFFICIAL[key]


def params(key: str) -> list[dict[str, Any]]:
    """Its parameters, references followed."""
    shared = FACTS["2.167 parameters"]
    return [shared[each[1:]] if isinstance(each, str) else each for each in OPERATIONS[key]["params"]]


@functools.cache
def schema(name: str) -> Any:
    return FACTS["2.167 schemas"][name]


def sample(kind: Any) -> Any:
    """A value that the facts allow."""
    if isinstance(kind, str):
        if kind.startswith("@"):
            return sample(schema(kind[1:]))
        return {
            "str": "a b/c?d&e=é+~",
            "int": 7,
            "float": 1.5,
            "bool": True,
            "datetime": "2026-11-20T10:00:00Z",
            "bytes": b"\x00\xff",
            "any": {"k": "v"},
        }[kind]
    if "list" in kind:
        return [sample(kind["list"])] * max(kind.get("min", 1), 1)
    if "object" in kind:
        return {name: sample(value) for name, value in kind["object"].items()}
    if "one" in kind:
        return sample(kind["one"][0])
    name, limits = next(iter(kind.items()))
    if "enum" in limits:
        return limits["enum"][0]
    if name == "int":
        return limits.get("min", limits.get("max", 7))
    return "1234567890" if "pattern" in limits else "x" * max(limits.get("min", 1), 3)
