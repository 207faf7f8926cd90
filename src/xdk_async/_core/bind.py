"""Arguments → `Call`: checked against the catalogue, then encoded as X wants them. Pure."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from urllib.parse import quote

from xdk_async._core.nearest import nearest
from xdk_async._core.operation import Call, Operation, Param
from xdk_async._core.payload import payload
from xdk_async.errors import InvalidArgument

A = TypeVar("A")
WORTH_KEEPING = 500  # characters: a hundred ids are longer, and never come again
NOTHING: frozenset[str] = frozenset()
LONGEST_NUMBER = 20  # digits; X's numbers have fewer, and Python refuses to read very long ones


def bind(
    operation: Operation[A], arguments: Mapping[str, Any], body: object = None, *, validate: bool = True
) -> Call[A]:
    """Everything a request needs but host and signature.

    Raises:
        InvalidArgument: X would refuse an argument, or ignore it and still bill. `validate=False` lets names, ranges
            and bodies through that this version of the library does not know.
    """
    params = parameters(operation)
    given = {name: value for name, value in arguments.items() if value is not None}
    if validate:
        refuse_unknown(operation, given, params)
        refuse_both(operation, given)
    path, expansions = operation.path, NOTHING
    query: list[tuple[str, str]] = []
    for param in params.values():
        value = given.get(param.name)
        if value is None:
            if param.path or (param.required and validate):
                raise InvalidArgument(f"{operation.name}: {param.name} is missing")
        elif param.path:
            path = path.replace(f"{{{param.name}}}", segment(operation, param, value, validate))
        else:
            text = encoded(operation, param, value, validate)
            if text:
                query.append((param.wire or param.name, sendable(operation, param.name, text)))
            elif param.required and validate:
                raise InvalidArgument(f"{operation.name}: {param.name} is empty")
            if param.name == "expansions":
                expansions = frozenset(text.split(","))
    if not validate:
        unknown = {name: loose(value) for name, value in given.items() if name not in params}
        query += [(quoted(name), sendable(operation, name, text)) for name, text in unknown.items()]
    content, content_type = payload(operation, body, validate) if operation.body else (None, "")
    return Call(operation, path, tuple(query), content, content_type, expansions)


@functools.cache
def parameters(operation: Operation[Any]) -> dict[str, Param]:
    return {param.name: param for param in (*operation.params, *operation.fields)}


def quoted(text: str) -> str:
    """Percent-encoded as RFC 3986 (and OAuth 1.0a) wants it: all but letters, digits and `-._~`."""
    return quoted_before(text) if len(text) < WORTH_KEEPING else quote(text, safe="")


@functools.lru_cache(maxsize=4096)
def quoted_before(text: str) -> str:
    """Names, field lists and the like come again and again."""
    return quote(text, safe="")


def sendable(operation: Operation[Any], name: str, text: str) -> str:
    try:
        return quoted(text)
    except UnicodeEncodeError:
        raise InvalidArgument(f"{operation.name}: {name}={text!r} holds half a surrogate pair") from None


def segment(operation: Operation[Any], param: Param, value: object, validate: bool) -> str:
    """One path segment: it cannot leave its place, whatever it holds."""
    text = encoded(operation, param, value, validate)
    if text in ("", ".", ".."):
        raise InvalidArgument(f"{operation.name}: {param.name}={text!r} cannot stand in a path")
    return sendable(operation, param.name, text)


def encoded(operation: Operation[Any], param: Param, value: object, validate: bool) -> str:
    """The value as X reads it, not yet percent-encoded."""
    if not validate and not param.older:
        return loose(value)
    if not param.many:
        text = scalar(operation, param, value)
        if validate:
            check_choice(operation, param, text)
            if param.kind == "int":
                check_range(operation, param, int(text))
        return text
    if validate and param.choices and type(value) in (list, tuple):
        entries = tuple(cast("Iterable[object]", value))
        with contextlib.suppress(TypeError):  # what cannot be hashed is no name
            hash(entries)
            return names(operation, param.name, entries)
    return joined(operation, param, value, validate)


@functools.lru_cache(maxsize=1024)
def names(operation: Operation[Any], name: str, entries: tuple[object, ...]) -> str:
    """Field lists come again and again: remembered, a call that asks for 40 fields is bound in 0.4 of the time."""
    return joined(operation, parameters(operation)[name], entries, True)


def joined(operation: Operation[Any], param: Param, value: object, validate: bool) -> str:
    parts = many(operation, param, value)
    if validate:
        for part in parts:
            check_choice(operation, param, part)
        if param.required or not param.choices:
            check_range(operation, param, len(parts), " entries")
    if param.older:
        parts = [param.older.get(part, part) for part in parts]
    return ",".join(dict.fromkeys(parts) if param.choices else parts)


def loose(value: object) -> str:
    """Any value as X writes such values: lists comma-joined, booleans lower-case, times in UTC."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime) and value.tzinfo is not None:
        with contextlib.suppress(OverflowError):
            return in_utc(value)
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return ",".join(loose(each) for each in cast("Iterable[object]", value))
    return str(value)


def many(operation: Operation[Any], param: Param, value: object) -> list[str]:
    """The entries of a list; a string, or an entry, may hold several already comma-joined."""
    entries: list[object] = [value]
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        entries = list(cast("Iterable[object]", value))
    parts = [part.strip() for each in entries for part in scalar(operation, param, each).split(",")]
    return [part for part in parts if part]


def scalar(operation: Operation[Any], param: Param, value: object) -> str:
    match param.kind:
        case "bool":
            return truth(operation, param, value)
        case "int":
            return number(operation, param, value)
        case "datetime":
            return moment(operation, param, value)
        case "str":
            if isinstance(value, str):
                return value
            if isinstance(value, int) and not isinstance(value, bool):
                return str(value)
    raise InvalidArgument(f"{operation.name}: {param.name} takes a string, not {type(value).__name__}")


def truth(operation: Operation[Any], param: Param, value: object) -> str:
    text = str(value).lower()
    if text not in ("true", "false"):
        raise InvalidArgument(f"{operation.name}: {param.name} takes True or False, not {value!r}")
    return text


def number(operation: Operation[Any], param: Param, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < LONGEST_NUMBER:
        return str(int(value))
    raise InvalidArgument(f"{operation.name}: {param.name} takes a whole number, not {value!r}")


def moment(operation: Operation[Any], param: Param, value: object) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`: X takes UTC without fractions of a second."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InvalidArgument(f"{operation.name}: {param.name}={value!r} is no ISO 8601 time") from None
    if not isinstance(value, datetime):
        raise InvalidArgument(f"{operation.name}: {param.name} takes a datetime or an ISO 8601 string, not {value!r}")
    if value.tzinfo is None:
        raise InvalidArgument(
            f"{operation.name}: {param.name}={value.isoformat()!r} names no time zone: add tzinfo=UTC, or Z"
        )
    try:
        return in_utc(value)
    except OverflowError:
        raise InvalidArgument(f"{operation.name}: {param.name}={value.isoformat()!r} is no time in UTC") from None


def in_utc(value: datetime) -> str:
    return value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def check_range(operation: Operation[Any], param: Param, value: int, unit: str = "") -> None:
    low, high = param.low, param.high
    if (low is not None and value < low) or (high is not None and value > high):
        allowed = (
            f"{low} to {high}" if None not in (low, high) else f"at least {low}" if high is None else f"at most {high}"
        )
        raise InvalidArgument(f"{operation.name}: {param.name} takes {allowed}{unit}, not {value}{unit}")


def check_choice(operation: Operation[Any], param: Param, text: str) -> None:
    if not param.choices or text in param.choices or text in param.older:
        return
    if text in param.elsewhere:
        raise InvalidArgument(expansion_as_field(operation, param, text))
    raise InvalidArgument(f"{operation.name}: {param.name} has no {text!r}{nearest(text, param.choices)}")


def expansion_as_field(operation: Operation[Any], param: Param, text: str) -> str:
    field = param.elsewhere[text]
    newer = next((name for name, older in param.elsewhere.items() if field and older == field != name), text)
    ways = f"expansions=[{newer!r}], which is billed as a read of what it brings"
    ways += f", or tweet_fields=[{field!r}]" if field else ""
    return f"{operation.name}: {text!r} is an expansion, not one of {param.name}: use {ways}"


def refuse_unknown(operation: Operation[Any], given: Mapping[str, Any], params: Mapping[str, Param]) -> None:
    for name in given:
        if name not in params:
            raise InvalidArgument(f"{operation.name} has no parameter {name!r}{nearest(name, params)}")


def refuse_both(operation: Operation[Any], given: Mapping[str, Any]) -> None:
    if len(given) < 2:
        return
    for one, other in (*operation.exclusive, ("post_fields", "tweet_fields")):
        if one in given and other in given:
            raise InvalidArgument(f"{operation.name}: {one} and {other} exclude each other; give one of them")
