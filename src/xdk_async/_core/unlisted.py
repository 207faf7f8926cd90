"""Calls by method and path, of what the table lists or does not."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import msgspec

from xdk_async._core.answer import Response
from xdk_async._core.bind import loose, quoted
from xdk_async._core.given import check_names, check_text
from xdk_async._core.operation import Auth, Call, Operation
from xdk_async.errors import InvalidArgument

PATH = re.compile(r"/[A-Za-z0-9/%:@!$&'()*+,;=._~-]*")  # https://www.rfc-editor.org/rfc/rfc3986#section-3.3


def unlisted(method: str, path: str, params: Mapping[str, object], json: object) -> Call[Response[Any]]:
    """A call of any path; encoded like listed ones, not checked.

    Where the table has an operation of that method and path, it says which credentials fit, what limits and what prices.
    """
    check_text("method=", method)
    check_text("path=", path)
    check_names("params=", params, "parameters by name, such as {'query': 'cats'}")
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
    expansions = frozenset(unquote(dict(query).get("expansions", "")).split(",")) - {""}  # which may be billed
    kind = "application/json" if body else ""
    return Call(untyped(method.upper(), unquote(path)), path, query, body, kind, expansions)


@functools.lru_cache(1000)
def untyped(method: str, path: str) -> Operation[Response[Any]]:
    """The operation of a method and a path, with an answer of any shape."""
    any_operation = Operation("request", method, "", lambda: Response[Any], Auth.ANY)
    listed = matching(method, path)
    if listed is None:
        return any_operation
    return replace(any_operation, name=listed.name, path=listed.path, auth=listed.auth, scopes=listed.scopes)


def matching(method: str, path: str) -> Operation[Any] | None:
    """The operation of the table that a method and a path mean: the one with the fewest places that hold anything."""
    from xdk_async.api.operations import OPERATIONS

    found = [
        each
        for each in OPERATIONS.values()
        if each.method == method.upper() and re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(each.path)), path)
    ]
    return min(found, key=lambda each: each.path.count("{"), default=None)
