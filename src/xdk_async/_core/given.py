"""Whether an argument is what it has to be. Pure: what is wrong is told before anything is opened or sent."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xdk_async.errors import InvalidArgument


def refused(name: str, given: object, takes: str) -> InvalidArgument:
    """What is raised for an argument: which one, what it was, and what it takes."""
    shown = repr(given)
    return InvalidArgument(f"{name}={shown if len(shown) < 100 else type(given).__name__}: it takes {takes}")


def is_number(given: object) -> bool:
    """Whether it is a number that can be compared with others; True is none, though Python counts it."""
    return isinstance(given, (int, float)) and not isinstance(given, bool) and not math.isnan(given)


def check_count(name: str, given: object, least: int, takes: str | None = None) -> None:
    """Refuse what is no whole number from `least` on."""
    if not isinstance(given, int) or isinstance(given, bool) or given < least:
        raise refused(name, given, takes or f"a whole number from {least} on")


def check_concurrency(given: object) -> None:
    """Refuse what is no number of requests at once."""
    check_count("concurrency", given, 1, "how many go at once, a whole number from 1 on: 0 would ask for nothing")


def check_seconds(name: str, given: Any, *, zero: bool = False, endless: bool = False) -> None:
    """Refuse what is no time to wait.

    Args:
        name: the argument's.
        given: what it is.
        zero: whether it may be 0.
        endless: whether it may be infinite.
    """
    if not is_number(given) or given < 0 or (given == 0 and not zero) or (math.isinf(given) and not endless):
        raise refused(name, given, f"seconds, {'0 or more' if zero else 'more than 0'}")


def check_hook(name: str, given: object) -> None:
    """Refuse what can be called by nobody; None is no hook."""
    if given is not None and not callable(given):
        raise refused(name, given, "a function, plain or async")


def check_text(name: str, given: object) -> None:
    """Refuse what is no text."""
    if not isinstance(given, str):
        raise InvalidArgument(f"{name} takes text, not {type(given).__name__}")


def path_of(given: str | os.PathLike[str], what: str) -> Path:
    """A path that a file can have.

    Raises:
        InvalidArgument: It is no text, is empty, holds what no name can, or is an address.
    """
    check_type(what, given, (str, os.PathLike), "a path")
    path = os.fspath(given)
    check_text(what, path)
    if "://" in path:  # which may hold a password
        raise InvalidArgument(f"{what} takes a path, not an address of {path.partition(':')[0][:20]}")
    try:
        usable = bool(path) and b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        usable = False
    if not usable:
        raise InvalidArgument(f"{what} cannot be {path[:200]!r}: no file has such a name")
    return Path(path)


def check_type(
    name: str, given: object, kind: type | tuple[type, ...], takes: str, *, but: tuple[type, ...] = ()
) -> None:
    """Refuse what is of another kind, or of one in `but`; what it was is not shown, as it may be a secret."""
    if not isinstance(given, kind) or isinstance(given, but):
        raise InvalidArgument(f"{name} takes {takes}, not {type(given).__name__}")


def check_hooks(name: str, given: Sequence[Callable[..., object]]) -> None:
    """Refuse what is no list of functions."""
    check_type(f"{name}=", given, Sequence, "a list of functions, even for one")
    for each in given:
        check_hook(name, each)


def check_names(what: str, given: object, takes: str) -> Mapping[str, Any]:
    """Refuse what holds nothing by names."""
    check_type(what, given, Mapping, takes)
    named: Any = given
    for name in named:
        check_type(what, name, str, takes)
    found: Mapping[str, Any] = named
    return found


def check_headers(given: object) -> None:
    """Refuse what does not say texts by names; values may be secret, and are not shown."""
    for name, value in check_names("headers=", given, "texts by names, such as {'X-Name': 'text'}").items():
        check_type(f"headers=, of {name[:100]!r},", value, str, "text")


def check_client(
    transport: object, headers: object, hooks: Mapping[str, Sequence[Any]], on_token: object, **texts: str | None
) -> None:
    """Refuse what a client cannot use: told here, since the first call may be far away."""
    if transport is not None and not hasattr(transport, "handle_async_request"):
        raise InvalidArgument(f"transport= takes an httpx.AsyncBaseTransport, not {type(transport).__name__}")
    if headers is not None:
        check_headers(headers)
    for name, given in hooks.items():
        check_hooks(name, given)
    check_hook("on_token", on_token)
    for name, text in texts.items():
        if text is not None:
            check_text(f"{name}=", text)
