"""The sandbox's description of itself."""

from __future__ import annotations

from typing import Any

from xdk_async._core.operation import Operation, Param
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.ask import HANDLERS, Ask, Reply, handles


@handles("general.get_open_api_spec")
def get_open_api_spec(_: Ask) -> Reply:
    """What is in the table of operations, and which of it has a behaviour here; no schemas of answers."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS.values():
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    info = {
        "title": "Sandbox of xdk-async",
        "version": "2.167",
        "description": "A local stand-in for the X API. Made from a table of operations: it names no response schemas.",
    }
    return Reply(whole={"openapi": "3.0.0", "info": info, "paths": paths})


def _described(operation: Operation[Any]) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for param in (*operation.params, *operation.fields):
        params.setdefault(param.wire or param.name, _parameter(param))
    return {
        "operationId": operation.name,
        "parameters": [*params.values()],
        "responses": {"default": {"description": "As X answers"}},
        "x-sandbox": operation.name in HANDLERS,
    }


def _parameter(param: Param) -> dict[str, Any]:
    kinds = {
        "int": {"type": "integer"},
        "bool": {"type": "boolean"},
        "datetime": {"type": "string", "format": "date-time"},
    }
    item: dict[str, Any] = dict(kinds.get(param.kind, {"type": "string"}))
    if param.choices:
        item["enum"] = [*param.choices]
    bounds = (
        {"minItems": param.low, "maxItems": param.high} if param.many else {"minimum": param.low, "maximum": param.high}
    )
    known = {name: value for name, value in bounds.items() if value is not None}
    return {
        "name": param.wire or param.name,
        "in": "path" if param.path else "query",
        "required": param.required,
        **({"style": "form", "explode": False} if param.many else {}),
        "schema": {"type": "array", "items": item, **known} if param.many else {**item, **known},
    }
