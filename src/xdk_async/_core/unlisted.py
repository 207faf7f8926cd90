"""Calls of what the table does not list."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from xdk_async._core.answer import Response
from xdk_async._core.bind import loose, quoted
from xdk_async._core.operation import Auth, Call, Operation
from xdk_async.errors import InvalidArgument

PATH = re.compile(r"/[A-Za-z0-9/%:@!$&'()*+,;=._~-]*")  # https://www.rfc-editor.org/rfc/rfc3986#section-3.3


def unlisted(method: str, path: str, params: Mapping[str, object], json: object) -> Call[Response[Any]]:
    """A call of any path; encoded like listed ones, not checked."""
    if not re.fullmatch("[A-Za-z]+", method):
        raise InvalidArgument(f"method={method!r} is no HTTP method")
    if not PATH.fullmatch(path) or any(unquote(segment) in (".", "..") for segment in path.split("/")):
        raise InvalidArgument(
            f"path={path!r} must begin with a slash, be percent-encoded, and not climb; parameters go to params="
        )
    try:
        query = tuple((quoted(name), quoted(loose(value))) for name, value in params.items() if value is not None)
        body = None if json is None else msgspec.json.encode(json)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(f"{method.upper()} {path}: {error}") from None
    return Call(any_operation(method.upper()), path, query, body, "application/json" if body else "")


@functools.cache
def any_operation(method: str) -> Operation[Response[Any]]:
    return Operation("request", method, "", lambda: Response[Any], Auth.ANY)
