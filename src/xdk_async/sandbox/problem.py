"""What the sandbox answers when it cannot do what it was asked: problem JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

HOST = "https://api.x.com/2/problems/"
RESOURCE = {"post": "tweet"}  # kinds whose `resource_type` is called otherwise


class Refusal(Exception):
    """Ends the handling of a request with this answer."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers: Mapping[str, str] | dict[str, str] = headers or {}


def blank(status: int, title: str, detail: str = "") -> Refusal:
    """A problem that is only its status."""
    return Refusal(status, {"title": title, "type": "about:blank", "status": status, "detail": detail or title})


def refusal(status: int, kind: str, title: str, detail: str, **more: Any) -> Refusal:
    """A problem with a type of its own."""
    return Refusal(status, {"title": title, "type": HOST + kind, "status": status, "detail": detail, **more})


def finding(message: str, parameters: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """One thing that is wrong with a request."""
    return {"parameters": {name: [*values] for name, values in parameters.items()}, "message": message}


def invalid(findings: Iterable[dict[str, Any]]) -> Refusal:
    """The problem of a request that could not be understood."""
    detail = "This request cannot be answered as it stands; `errors` says why."
    return refusal(400, "invalid-request", "Invalid Request", detail, errors=[*findings])


def wrong(parameter: str, value: str, message: str) -> Refusal:
    """The same for a single parameter."""
    return invalid([finding(message, {parameter: [value]})])


def forbidden(detail: str) -> Refusal:
    """The problem of something that this caller may not do."""
    return blank(403, "Forbidden", detail)


def not_found(kind: str, parameter: str, value: str, **more: str) -> dict[str, Any]:
    """An entry of `errors` for an object that does not exist."""
    told = _told("resource-not-found", "Not Found Error", kind, parameter, value)
    return {**told, "detail": f"There is no {told['resource_type']} for `{parameter}` [{value}].", **more}


def not_authorized(kind: str, parameter: str, value: str, **more: str) -> dict[str, Any]:
    """An entry of `errors` for an object that the caller may not see."""
    told = _told("not-authorized-for-resource", "Authorization Error", kind, parameter, value)
    detail = f"The {told['resource_type']} with the {parameter} [{value}] is not for this caller to see."
    return {**told, "detail": detail, **more}


def _told(problem: str, title: str, kind: str, parameter: str, value: str) -> dict[str, Any]:
    return {
        "title": title,
        "type": HOST + problem,
        "parameter": parameter,
        "value": value,
        "resource_id": value,
        "resource_type": RESOURCE.get(kind, kind),
    }


def unknown(kind: str, parameter: str, value: str) -> Refusal:
    """The answer to a question about an object that does not exist: 200, with nothing but `errors`."""
    return Refusal(200, {"errors": [not_found(kind, parameter, value)]})


def missing(kind: str, parameter: str, value: str) -> Refusal:
    """The refusal to do something with an object that does not exist."""
    return Refusal(404, {**not_found(kind, parameter, value), "status": 404})
