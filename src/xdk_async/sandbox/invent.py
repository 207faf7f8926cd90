"""Values that fit a struct of the models: for what the sandbox has no behaviour of, the same ones for the same key."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from xdk_async.api import models

DEEPEST = 6  # where structs hold each other, the invention ends
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def invented(struct: str, key: str) -> Any:
    """A plain value that decodes as the struct of that name; `key` decides what is in it."""
    return invent(getattr(models, struct), random.Random(f"{struct} {key}"))


def invent(kind: Any, rng: random.Random, depth: int = 0) -> Any:
    """A plain value that decodes as a type; None where nothing has to be there."""
    info = msgspec.inspect.type_info(kind) if not isinstance(kind, msgspec.inspect.Type) else kind
    if isinstance(info, msgspec.inspect.UnionType):
        rest = [each for each in info.types if not isinstance(each, msgspec.inspect.NoneType)]
        return invent(rest[0], rng, depth) if rest else None
    if isinstance(info, msgspec.inspect.StructType):
        if depth > DEEPEST:
            return {}
        shown = [each for each in info.fields if not each.name.startswith("_")]
        found = {each.encode_name: invent(each.type, rng, depth + 1) for each in shown}
        return {name: value for name, value in found.items() if value is not None}
    if isinstance(info, msgspec.inspect.ListType):
        return [invent(info.item_type, rng, depth + 1)]
    return _scalar(info, rng)


def _scalar(info: msgspec.inspect.Type, rng: random.Random) -> Any:
    if isinstance(info, msgspec.inspect.StrType):
        return str(rng.randrange(10**9, 10**10))
    if isinstance(info, msgspec.inspect.BoolType):
        return rng.random() < 0.5
    if isinstance(info, msgspec.inspect.IntType):
        return rng.randrange(1, 100)
    if isinstance(info, msgspec.inspect.FloatType):
        return round(rng.random(), 3)
    if isinstance(info, msgspec.inspect.DateTimeType):
        return (FIRST + timedelta(minutes=rng.randrange(500_000))).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if isinstance(info, msgspec.inspect.LiteralType):
        return rng.choice(info.values)
    return {} if isinstance(info, msgspec.inspect.DictType) else None
