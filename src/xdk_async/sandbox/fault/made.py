"""Rules from what somebody gave: every mistake is named, with what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.fault.rule import FAULTS, Answer, Fault, Reset, Stall, StreamRule


class FaultError(ValueError):
    """A rule that cannot be meant so."""


def made(given: Mapping[str, Any], doors: Iterable[str]) -> Fault:
    """The rule that is given.

    Args:
        given: The kind under `fault`, and its settings.
        doors: Names of endpoints besides the operations.

    Raises:
        FaultError: Something about it is wrong.
    """
    name = given.get("fault")
    if not isinstance(name, str) or name not in FAULTS:
        raise FaultError(f"no fault is called {name!r}{_meant(name, FAULTS)}; there are {', '.join(FAULTS)}")
    settings = list(FAULTS[name].__struct_fields__)
    for setting in given:
        if setting != "fault" and setting not in settings:
            raise FaultError(
                f"{name!r} takes no setting {setting!r}{_meant(setting, settings)}; it takes {', '.join(settings)}"
            )
    try:
        rule: Fault = msgspec.convert({**given}, Fault)
    except msgspec.ValidationError as error:
        raise FaultError(f"{name!r}: {error}") from None
    _check_names(rule, [*OPERATIONS, *doors])
    if isinstance(rule, Answer) and (rule.problem is None) == (rule.status is None):
        raise FaultError("'status' takes either a `problem` by its name, or a `status` with a body of your own")
    return rule


def matches(rule: Fault, name: str) -> bool:
    """Whether the rule is about what is called so."""
    return fnmatchcase(name, rule.operation) and (_streams(name) or not _is_for_streams(rule))


def _is_for_streams(rule: Fault) -> bool:
    return isinstance(rule, StreamRule) or (isinstance(rule, (Reset, Stall)) and rule.after is not None)


def _streams(name: str) -> bool:
    return name in OPERATIONS and OPERATIONS[name].streams


def _check_names(rule: Fault, names: list[str]) -> None:
    found = [name for name in names if fnmatchcase(name, rule.operation)]
    if not found:
        raise FaultError(
            f"no operation is called {rule.operation!r}{_meant(rule.operation, names)}; "
            "names are like 'posts.create', 'posts.*' or 'oauth2.token'"
        )
    if _is_for_streams(rule) and not any(map(_streams, found)):
        raise FaultError(
            f"this happens to streams only, and {rule.operation!r} is none; streams are like 'stream.posts'"
        )


def _meant(name: object, names: Iterable[str]) -> str:
    close = get_close_matches(str(name), [*names], n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
