"""Assertions on what was called, whose messages say what was called instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, TypeGuard

from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.desk.journal import Received
from xdk_async.sandbox.name import DOOR_NAMES

SHOWN = 20  # calls that a message tells of


def calls(requests: Sequence[Received], operation: str) -> list[Received]:
    """The calls of what is called so.

    Raises:
        ValueError: Nothing is called so.
    """
    names = [*OPERATIONS, *DOOR_NAMES]
    if not any(fnmatchcase(name, operation) for name in names):
        close = get_close_matches(operation, names, n=1)
        meant = f": did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"no operation is called {operation!r}{meant}")
    return [each for each in requests if each.operation and fnmatchcase(each.operation, operation)]


def assert_called(
    requests: Sequence[Received],
    operation: str,
    *,
    times: int | None,
    query: Mapping[str, str] | None,
    json: Any,
    status: int | None,
) -> list[Received]:
    """The calls that are as described."""
    __tracebackhide__ = True
    found = calls(requests, operation)
    wanted = [each for each in found if not differences(each, query, json, status)]
    if len(wanted) == times or (times is None and wanted):
        return wanted
    much = "never" if not wanted else "once" if len(wanted) == 1 else f"{len(wanted)} times"
    expected = "at least once" if times is None else "once" if times == 1 else f"{times} times"
    lines = [f"{operation} was called {much} as described, and should have been {expected}."]
    near = [(each, differences(each, query, json, status)) for each in found if each not in wanted]
    if near:
        lines += ["Calls that differ:", *(f"  {told(each)}: {'; '.join(why)}" for each, why in near[-SHOWN:])]
    raise AssertionError("\n".join([*lines, *_others(requests)]))


def assert_not_called(requests: Sequence[Received], operation: str) -> None:
    """Fails if there is a call."""
    __tracebackhide__ = True
    if found := calls(requests, operation):
        listed = "\n".join(f"  {told(each)}" for each in found[-SHOWN:])
        raise AssertionError(f"{operation} was called and should not have been:\n{listed}")


def differences(got: Received, query: Mapping[str, str] | None, json: Any, status: int | None) -> list[str]:
    """How a call is not as described."""
    found = [
        f"query {name!r} is {got.query.get(name)!r}, not {value!r}"
        for name, value in (query or {}).items()
        if got.query.get(name) != value
    ]
    if json is not None:
        found += _unlike(got.json, json, "json")
    if status is not None and got.status != status:
        found.append(f"status is {got.status}, not {status}")
    return found


def _unlike(got: Any, wanted: Any, where: str) -> list[str]:
    if _is_object(got) and _is_object(wanted):
        return [line for name, value in wanted.items() for line in _unlike(got.get(name), value, f"{where}[{name!r}]")]
    return [] if got == wanted else [f"{where} is {got!r}, not {wanted!r}"]


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def told(got: Received) -> str:
    """A call in one line."""
    query = "&".join(f"{name}={value}" for name, value in got.query.items())
    body = f" {got.body.decode(errors='replace')[:200]}" if got.body else ""
    faults = f" ({', '.join(got.faults)})" if got.faults else ""
    return f"{got.method} {got.path}{'?' if query else ''}{query}{body} → {got.status or 'broken off'}{faults}"


def _others(requests: Sequence[Received]) -> list[str]:
    if not requests:
        return ["Nothing was called at all."]
    lines = [f"  {each.operation or 'unknown'}: {told(each)}" for each in requests[-SHOWN:]]
    return ["All that was called:" if len(requests) <= SHOWN else f"The last {SHOWN} calls:", *lines]
