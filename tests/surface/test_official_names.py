"""Every official method is there, with its parameters in the official order."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

import pytest

from tests.surface.facts import OFFICIAL, OPERATIONS, place
from xdk_async import AsyncClient, groups


def method(key: str) -> Any:
    group, name, _ = place(key)
    return getattr(getattr(groups, "".join(part.title() for part in group.split("_")) + "Client"), name)


def is_field(name: str) -> bool:
    return name.endswith("_fields") or name == "expansions"


@pytest.mark.parametrize("key", OFFICIAL)
def test_the_official_order_holds_up_to_the_first_field_parameter(key: str) -> None:
    official = OFFICIAL[key][3]
    first = next((position for position, name in enumerate(official) if is_field(name)), len(official))
    front = [name for name in official[:first] if name != "stream_config"]
    found = inspect.signature(method(key)).parameters
    positional = [name for name, each in found.items() if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert positional == ["self", *front]


@pytest.mark.parametrize("key", OFFICIAL)
def test_every_official_parameter_is_taken_by_its_name(key: str) -> None:
    hints = get_type_hints(method(key))
    bundle = hints["fields"].__args__[0] if "fields" in hints else None
    known = {*inspect.signature(method(key)).parameters, *(get_type_hints(bundle) if bundle else ())}
    assert set(OFFICIAL[key][3]) <= known


@pytest.mark.parametrize("key", OPERATIONS)
def test_type_hints_of_every_method_resolve(key: str) -> None:
    assert "return" in get_type_hints(method(key))


@pytest.mark.parametrize("key", OPERATIONS)
def test_every_method_says_what_it_does_and_what_each_parameter_is(key: str) -> None:
    doc = inspect.getdoc(method(key)) or ""
    assert key in doc
    for name, each in inspect.signature(method(key)).parameters.items():
        if name != "self":
            assert f"{'**' if each.kind is each.VAR_KEYWORD else ''}{name}: " in doc


def test_the_groups_are_reached_under_the_official_names() -> None:
    client = AsyncClient(bearer_token="x")
    for group in {place(key)[0] for key in OPERATIONS}:
        assert type(getattr(client, group)).__name__ == "".join(part.title() for part in group.split("_")) + "Client"


def test_type_hints_of_the_client_resolve() -> None:
    for name, each in inspect.getmembers(AsyncClient):
        if not name.startswith("_"):
            assert get_type_hints(each.fget if isinstance(each, property) else each)
