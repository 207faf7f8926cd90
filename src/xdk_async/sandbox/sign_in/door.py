"""Doors: the endpoints of signing in. What they have in common, and how they are asked."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from xdk_async.sandbox.presented import Presented, presented
from xdk_async.sandbox.problem import Refusal, refusal

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

LOGGER = logging.getLogger("xdk_async.sandbox")
Behind: TypeAlias = "Callable[[Sandbox, Presented], Response]"


def door(sandbox: Sandbox, methods: list[str], path: str, behind: Behind) -> Route:
    """The route to what is done behind a door."""
    return Route(path, _endpoint(sandbox, behind), methods=methods)


def _endpoint(sandbox: Sandbox, behind: Behind) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            shown = await presented(request)
        except ClientDisconnect:
            return Response(status_code=400)  # which nobody reads
        answer = _answer(sandbox, shown, behind)
        answer.headers["date"] = formatdate(sandbox.clock.now(), usegmt=True)
        answer.headers["cache-control"] = "no-store"
        return answer

    return endpoint


def _answer(sandbox: Sandbox, shown: Presented, behind: Behind) -> Response:
    try:
        return behind(sandbox, shown)
    except Refusal as refused:
        return JSONResponse(dict(refused.body), refused.status, dict(refused.headers))
    except Exception:
        LOGGER.exception("%s %s", shown.method, shown.url)
        failed = refusal(500, "internal-error", "Internal Error", "The sandbox itself failed; its log says where.")
        return JSONResponse(dict(failed.body), failed.status)


def single(encoded: str) -> tuple[dict[str, str], str | None]:
    """The parameters of a query or form, and the name of one that came twice, which RFC 6749 §3.2 forbids."""
    values: dict[str, str] = {}
    twice = None
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        twice = name if name in values else twice
        values[name] = value
    return {name: value for name, value in values.items() if value}, twice


def legacy(status: int, code: int, message: str) -> Refusal:
    """An error in the form that the oldest endpoints use."""
    return Refusal(status, {"errors": [{"code": code, "message": message}]})


def oauth_error(status: int, error: str, description: str, headers: Mapping[str, str] | None = None) -> Refusal:
    """An error of a token endpoint (RFC 6749 §5.2)."""
    return Refusal(status, {"error": error, "error_description": description}, headers)
