"""Reads what a typed decoder refuses: field by field, noting what does not fit. Pure, slow, rarely needed."""

from __future__ import annotations

import functools
import json
from datetime import datetime
from typing import Any, TypeGuard

import msgspec
from msgspec import inspect

from xdk_async._core.answer import WHOLE

BOM = b"\xef\xbb\xbf"


class _Misfit:
    """Stands for what does not fit, and for NaN and Infinity, which are not JSON."""


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
        return json.loads(body.decode("utf-8", "replace"), parse_constant=lambda _: MISFIT, strict=False)


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
            return plain(value, path, misfits)
        case inspect.DictType():
            return plain(value, path, misfits) if isinstance(value, dict) else MISFIT
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
            where = f"{path}.{field.encode_name}".lstrip(".")
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
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case inspect.StrType(), int():
            return str(value)
        case inspect.IntType(), int():
            return value
        case inspect.IntType(), float() if value.is_integer():
            return int(value)
        case inspect.IntType(), str() if value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 40:
            return int(value)
        case inspect.FloatType(), int() | float():
            return float(value)
        case inspect.DateTimeType(), str():
            return time_or_misfit(value)
        case _:
            return MISFIT


def time_or_misfit(text: str) -> Any:
    try:
        return msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return MISFIT


def plain(value: Any, path: str, misfits: list[str]) -> Any:
    """Untyped parts stay as they are, less what is not JSON."""
    if value is MISFIT:
        return MISFIT
    if is_object(value):
        parts = {key: plain(each, f"{path}.{key}", misfits) for key, each in value.items()}
        misfits += [f"{path}.{key}" for key, each in parts.items() if each is MISFIT]
        return {key: each for key, each in parts.items() if each is not MISFIT}
    if is_list(value):
        return [each for i, item in enumerate(value) if (each := plain(item, f"{path}[{i}]", misfits)) is not MISFIT]
    return value
