"""A request body → bytes: checked against its struct, then JSON or multipart. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from xdk_async._core.nearest import nearest
from xdk_async._core.operation import Operation
from xdk_async.errors import InvalidArgument

BYTES: tuple[type, ...] = (bytes, bytearray, memoryview)


def payload(operation: Operation[Any], body: object, validate: bool) -> tuple[bytes, str]:
    """The body's bytes and their type."""
    if body is None:
        raise InvalidArgument(f"{operation.name} needs a body{by_keywords(operation)}")
    if validate:
        body = checked_body(operation, body)
    try:
        if operation.multipart:
            return multipart(msgspec.convert(msgspec.to_builtins(body, builtin_types=BYTES), dict[str, Any]))
        return msgspec.json.encode(body), "application/json"
    except (TypeError, ValueError, RecursionError, msgspec.ValidationError) as error:
        raise InvalidArgument(f"{operation.name}: body: {error}") from None


def checked_body(operation: Operation[Any], body: object) -> object:
    from xdk_async.api import models

    if operation.body == "dict":
        return body
    if isinstance(body, (str, int, list, *BYTES)):
        bare = f"a bare {type(body).__name__} does not say what it is"
        raise InvalidArgument(f"{operation.name}: body: {bare}{by_keywords(operation)}")
    struct = getattr(models, operation.body)
    try:
        return msgspec.convert(msgspec.to_builtins(body, builtin_types=BYTES), struct, builtin_types=BYTES)
    except (TypeError, ValueError, RecursionError, msgspec.ValidationError) as error:
        text = str(error)
        unknown = text.split("unknown field `")[1].split("`")[0] if "unknown field `" in text else ""
        hint = nearest(unknown, struct.__struct_fields__) if unknown and " - at " not in text else ""
        raise InvalidArgument(f"{operation.name}: body: {text}{hint}") from None


def by_keywords(operation: Operation[Any]) -> str:
    """How to say what is to be sent."""
    from xdk_async.api import models

    struct = getattr(models, operation.body, None)
    return (
        f": what is to be sent goes by {', '.join(f'{name}=' for name in struct.__struct_fields__)}" if struct else ""
    )


def multipart(fields: Mapping[str, Any]) -> tuple[bytes, str]:
    """`multipart/form-data` (RFC 7578); bytes become a file part, everything else text."""
    parts: list[tuple[str, bytes]] = []
    for name, value in fields.items():
        for each in cast("list[object]", value) if isinstance(value, list) else [value]:
            file = '; filename="blob"\r\nContent-Type: application/octet-stream' if isinstance(each, BYTES) else ""
            parts.append((f'Content-Disposition: form-data; name="{name}"{file}', bytes_of(each)))
    boundary = hashlib.sha256(b"".join(data for _, data in parts)).hexdigest()
    pieces = [piece for head, data in parts for piece in (f"--{boundary}\r\n{head}\r\n\r\n".encode(), data, b"\r\n")]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def bytes_of(value: object) -> bytes:
    """The bytes of one part of a form."""
    if isinstance(value, BYTES):
        return bytes(cast("bytes", value))
    return value.encode() if isinstance(value, str) else msgspec.json.encode(value)
