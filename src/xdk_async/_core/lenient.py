"""Reads what a typed decoder refuses: field by field, noting what does not fit. Pure, slow, rarely needed."""

from __future__ import annotations

import functools
import json
import math
from datetime import UTC, datetime
from typing import Any, TypeGuard

import msgspec
from msgspec import inspect

from xdk_async._core.answer import WHOLE

BOM = b"\xef\xbb\xbf"
LONGEST_NUMBER = 4000  # digits; Python refuses to read, or to show, numbers of more than 4300


class _Misfit:
    """Stands for what does not fit, and for NaN, Infinity and numbers without end, which no type of ours holds."""


MISFIT = _Misfit()


def decode(body: bytes, kind: Any) -> tuple[Any, tuple[str, ...]]:
    """`body` as `kind` as far as it goes, and the paths of what did not fit."""
    try:
        document = loads(body)
    except (ValueError, RecursionError):
        return None, (WHOLE,)
    misfits: list[str] = []
    value = fit(document, info(kind), "", misfits)
    return (None, (WHOLE,)) if value is MISFIT else (value, tuple(misfits))


def loads(body: bytes) -> Any:
    """JSON as liberally as the standard library reads it: byte order mark, NaN, broken UTF-8."""
    body = body.removeprefix(BOM)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(
            body.decode("utf-8", "replace"),
            parse_constant=lambda _: MISFIT,
            parse_int=lambda text: int(text) if len(text) <= LONGEST_NUMBER else MISFIT,
            parse_float=lambda text: found if math.isfinite(found := float(text)) else MISFIT,
            strict=False,
        )


@functools.cache
def info(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def fit(value: Any, kind: inspect.Type, path: str, misfits: list[str]) -> Any:
    match kind:
        case inspect.UnionType(types=types):
            return fit_union(value, types, path, misfits)
        case inspect.StructType(cls=cls, fields=fields):
            return fit_struct(value, cls, fields, path, misfits)
        case inspect.ListType(item_type=item):
            return fit_list(value, item, path, misfits)
        case inspect.AnyType():
            return fit_any(value, path, misfits)
        case inspect.DictType():
            return fit_any(value, path, misfits) if isinstance(value, dict) else MISFIT
        case _:
            return fit_scalar(value, kind)


def fit_union(value: Any, kinds: tuple[inspect.Type, ...], path: str, misfits: list[str]) -> Any:
    if value is None:
        return None if any(isinstance(kind, inspect.NoneType) for kind in kinds) else MISFIT
    for kind in kinds:
        inner: list[str] = []
        found = MISFIT if isinstance(kind, inspect.NoneType) else fit(value, kind, path, inner)
        if found is not MISFIT:
            misfits += inner
            return found
    return MISFIT


def fit_struct(value: Any, cls: type, fields: tuple[inspect.Field, ...], path: str, misfits: list[str]) -> Any:
    if not is_object(value):
        return MISFIT
    found: dict[str, Any] = {}
    for field in fields:
        if field.encode_name in value:
            where = below(path, field.encode_name)
            part = fit(value[field.encode_name], field.type, where, misfits)
            if part is MISFIT:
                misfits.append(where)
            else:
                found[field.name] = part
    return cls(**found)


def fit_list(value: Any, kind: inspect.Type, path: str, misfits: list[str]) -> Any:
    if not is_list(value):
        return MISFIT
    found: list[Any] = []
    for position, item in enumerate(value):
        where = f"{path}[{position}]"
        part = fit(item, kind, where, misfits)
        if part is MISFIT:
            misfits.append(where)
        else:
            found.append(part)
    return found


def fit_scalar(value: Any, kind: inspect.Type) -> Any:
    """A number where text should be is its decimal text, and the other way round; nothing else is guessed."""
    match kind, value:
        case inspect.BoolType(), bool():
            return value
        case _, bool():
            return MISFIT
        case inspect.StrType(), str():
            return whole_text(value)
        case inspect.StrType(), int():
            return str(value)
        case inspect.IntType(), int():
            return value
        case inspect.IntType(), float() if value.is_integer():
            return int(value)
        case inspect.IntType(), str() if value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 40:
            return int(value)
        case inspect.FloatType(), float():
            return value
        case inspect.FloatType(), int() if abs(value) < 2**1023:
            return float(value)
        case inspect.DateTimeType(), str():
            return time_or_misfit(value)
        case _:
            return MISFIT


def time_or_misfit(text: str) -> Any:
    try:
        found = msgspec.convert(text, datetime)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return MISFIT
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def whole_text(text: str) -> str:
    """Halves of surrogate pairs, which JSON can spell and UTF-8 cannot, become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def fit_any(value: Any, path: str, misfits: list[str]) -> Any:
    """Untyped parts stay as they are, less what is not JSON, or nested beyond what Python can follow."""
    inner: list[str] = []
    try:
        found = plain(value, path, inner)
    except RecursionError:
        return MISFIT
    misfits += inner
    return found


def plain(value: Any, path: str, misfits: list[str]) -> Any:
    if is_object(value):
        members: dict[str, Any] = {}
        for key, each in value.items():
            name = whole_text(key)
            if each is MISFIT:
                misfits.append(below(path, name))
            else:
                members[name] = plain(each, below(path, name), misfits)
        return members
    if is_list(value):
        items: list[Any] = []
        for position, each in enumerate(value):
            if each is MISFIT:
                misfits.append(f"{path}[{position}]")
            else:
                items.append(plain(each, f"{path}[{position}]", misfits))
        return items
    return whole_text(value) if isinstance(value, str) else value


def below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
