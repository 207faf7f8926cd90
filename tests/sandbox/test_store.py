"""The state is plain data: it can be written down whole and read back."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union

import msgspec
import pytest

from tests.sandbox.api import Serve
from tests.sandbox.test_conformance import CALLED, called, roomy, scheme
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.vocabulary import is_object

PLAIN = {str, bytes, int, float, bool, types.NoneType, None}


def misfits(hint: Any, where: str, seen: frozenset[type] = frozenset()) -> Iterator[str]:
    """Where a type allows something that is not plain data."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in PLAIN or hint is Any or origin is Literal:
        return
    if isinstance(hint, type) and is_dataclass(hint):
        if hint not in seen:
            for name, each in typing.get_type_hints(hint).items():
                yield from misfits(each, f"{where}.{name}", seen | {hint})
    elif origin in (Union, types.UnionType):
        for each in arguments:
            yield from misfits(each, where, seen)
    elif origin is dict and arguments[0] in (str, int):
        yield from misfits(arguments[1], f"{where}[]", seen)
    elif origin in (list, tuple):
        for each in arguments:
            if each is not Ellipsis:
                yield from misfits(each, f"{where}[]", seen)
    else:
        yield f"{where}: {hint}"


def strangers(value: Any, where: str) -> Iterator[str]:
    """Where a value is not plain data: what `Any` in a type cannot tell."""
    if type(value) in PLAIN:
        return
    if is_dataclass(value):
        for each in fields(value):
            yield from strangers(getattr(value, each.name), f"{where}.{each.name}")
    elif is_object(value) and type(value) is dict:
        for key in value:
            yield from [f"{where}: the key {key!r}"] if type(key) not in (str, int) else ()
            yield from strangers(value[key], f"{where}[{key}]")
    elif type(value) in (list, tuple):
        members: list[Any] = [*value]
        for member in members:
            yield from strangers(member, f"{where}[]")
    else:
        yield f"{where}: {type(value)}"


def test_the_types_of_all_state_are_plain() -> None:
    assert [*misfits(Store, "store")] == []


@pytest.mark.parametrize(
    "hint", [set[str], dict[bytes, str], list[object], type, dict[str, list[typing.Callable[[], str]]]]
)
def test_and_the_walk_sees_what_is_not(hint: Any) -> None:
    assert [*misfits(hint, "there")]


async def test_what_a_busy_sandbox_holds_is_plain(served: Serve) -> None:
    """After a call of every operation."""
    async with served(roomy()) as x:
        for name in CALLED:
            await called(x, name, scheme(OPERATIONS[name]))
        assert len(x.sandbox.requests) == len(CALLED)
        assert [*strangers(x.store, "store")] == []
        assert msgspec.json.decode(msgspec.json.encode(x.store), type=Store) == x.store
