"""Reads request bodies: JSON, or a form with files, whose parser is Starlette's."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from xdk_async._core.operation import Operation
from xdk_async.api import models
from xdk_async.sandbox.problem import Refusal, blank, finding, invalid

WHERE = re.compile(r" - at `(?P<path>[^`]+)`$")  # how msgspec ends its messages
JSON, FORM = "application/json", "multipart/form-data"


async def decode(operation: Operation[Any], request: Request) -> Any:
    """The request body as the struct that the table names; None if the operation takes none.

    Raises:
        Refusal: The body is not of a type that the operation takes, or does not fit.
    """
    if not operation.body:
        return None
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kind: Any = dict[str, Any] if operation.body == "dict" else getattr(models, operation.body)
    if operation.multipart and content_type == FORM:
        return await _form(request, kind)
    content = await request.body()
    if content and content_type != JSON:
        also = f", or {FORM}" if operation.multipart else ""
        raise blank(415, "Unsupported Media Type", f"A request body is {JSON} here{also}.")
    try:
        return msgspec.json.decode(content or b"{}", type=kind)
    except msgspec.DecodeError as error:  # ValidationError too
        raise _misfit(str(error)) from error


async def _form(request: Request, kind: Any) -> Any:
    fields: dict[str, Any] = {}
    try:
        async with request.form() as form:
            for name, value in form.multi_items():
                fields[name] = await value.read() if isinstance(value, UploadFile) else value
    except (MultiPartException, HTTPException) as error:
        detail = error.message if isinstance(error, MultiPartException) else error.detail
        raise _misfit(f"The form cannot be read: {detail}") from error
    try:
        return msgspec.convert(fields, kind, strict=False, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from error


def _misfit(message: str) -> Refusal:
    where = WHERE.search(message)
    return invalid([finding(message, {where["path"] if where else "$": []})])
