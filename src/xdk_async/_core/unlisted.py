"""Calls of what the table does not list."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from xdk_async._core.answer import Response
from xdk_async._core.bind import quoted
from xdk_async._core.operation import Auth, Call, Operation
from xdk_async.errors import InvalidArgument


def unlisted(method: str, path: str, params: Mapping[str, object], json: object) -> Call[Response[Any]]:
    """A call of any path; encoded like listed ones, not checked."""
    if (
        not path.startswith("/")
        or "?" in path
        or "#" in path
        or not path.isascii()
        or any(each.isspace() for each in path)
    ):
        raise InvalidArgument(f"path={path!r} must begin with a slash and be percent-encoded; parameters go to params=")
    query = tuple((quoted(name), quoted(text(value))) for name, value in params.items() if value is not None)
    body = None if json is None else msgspec.json.encode(json)
    return Call(any_operation(method.upper()), path, query, body, "application/json" if body else "")


@functools.cache
def any_operation(method: str) -> Operation[Response[Any]]:
    return Operation("request", method, "", lambda: Response[Any], Auth.ANY)


def text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(text(each) for each in cast("list[object]", value))
    return str(value)
