"""The way of every request: route, token, rate limit, checks, handler, answer."""

from __future__ import annotations

import gzip
import inspect
import logging
import random
from collections.abc import Mapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from xdk_async._core.operation import Auth, Operation
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.access import Caller, allow
from xdk_async.sandbox.ask import Answer, Ask, File, Reply
from xdk_async.sandbox.body import decode
from xdk_async.sandbox.check import check, pairs
from xdk_async.sandbox.desk.journal import CALLER
from xdk_async.sandbox.handlers import HANDLERS
from xdk_async.sandbox.handlers.generated import generated
from xdk_async.sandbox.hub import Flow
from xdk_async.sandbox.presented import Presented, presented, raw_path
from xdk_async.sandbox.problem import Refusal, blank, refusal
from xdk_async.sandbox.router import Router
from xdk_async.sandbox.selection import selected
from xdk_async.sandbox.vocabulary import KEPT, NOTHING, older

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

VERSION = "2.167"
SMALL = 1024  # bytes up to which compression is not worth it
JSON = "application/json; charset=utf-8"
PROBLEM = "application/problem+json"
LOGGER = logging.getLogger("xdk_async.sandbox")


class Front:
    """The sandbox's API as an ASGI application."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._router = Router(OPERATIONS.values())
        self._numbers = random.Random(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        answer = await self._answer(request)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> ASGIApp:
        path = raw_path(request.scope)
        query = pairs(request.scope["query_string"])
        headers: dict[str, str] = {}
        answer: Answer | Refusal
        try:
            operation, found = self._router.find(request.method, path)
            caller = self._admit(operation, await presented(request), headers)
            request.scope[CALLER] = caller.user_id
            answer = await self._handled(request, operation, caller, found, query)
        except Refusal as refused:
            answer = refused
        except ClientDisconnect:
            answer = blank(400, "Bad Request", "The client left before its request was whole.")  # which nobody reads
        except Exception:
            LOGGER.exception("%s %s", request.method, path)
            answer = refusal(500, "internal-error", "Internal Error", "The sandbox itself failed; its log says where.")
        return self._response(request, answer, headers)

    def _admit(self, operation: Operation[Any], shown: Presented, headers: dict[str, str]) -> Caller:
        caller = self._sandbox.access.caller(operation, shown)
        if caller.level is not None:
            headers["x-access-level"] = caller.level
        if operation.auth is not Auth.NONE:
            headers |= self._sandbox.rate.count(operation.name, caller)
        allow(operation, caller)
        return caller

    async def _handled(
        self,
        request: Request,
        operation: Operation[Any],
        caller: Caller,
        path: Mapping[str, str],
        query: list[tuple[str, str]],
    ) -> Answer:
        given = check(operation, path, query)
        content = await decode(operation, request)
        handler = HANDLERS.get(operation.name, generated)
        self._sandbox.meter.admit(operation)
        selection = selected(given, self._sandbox.vocabulary)
        client = request.client.host if request.client else "127.0.0.1"
        base_url = f"{request.url.scheme}://{request.url.netloc}"
        ask = Ask(self._sandbox, operation, caller, path, given, selection, content, client, base_url)
        reply = handler(ask)
        if inspect.isawaitable(reply):
            reply = await reply
        if isinstance(reply, Reply):
            self._sandbox.meter.charge(ask, reply.body())
        if isinstance(reply, Reply) and reply.whole is None and selection.vocabulary == "2.166":
            reply.whole = older(reply.body(), KEPT.get(operation.name, NOTHING))
        return reply

    def _response(self, request: Request, answer: Answer | Refusal, headers: dict[str, str]) -> ASGIApp:
        common = {
            "date": formatdate(self._sandbox.clock.now(), usegmt=True),
            "api-version": VERSION,
            "x-transaction-id": f"{self._numbers.getrandbits(64):016x}",
            "content-type": JSON,
        }
        if isinstance(answer, Flow):
            answer.headers = {**common, **headers}
            return answer
        if isinstance(answer, File):
            return Response(answer.content, headers={**common, **headers, "content-type": "application/octet-stream"})
        if isinstance(answer, Reply):
            return _json(request, answer.status, answer.body(), {**common, **headers})
        if answer.status >= 400:
            common["content-type"] = PROBLEM
        return _json(request, answer.status, answer.body, {**common, **headers, **answer.headers})


def _json(request: Request, status: int, body: Mapping[str, Any], headers: dict[str, str]) -> Response:
    content = msgspec.json.encode(body)
    if len(content) > SMALL and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, compresslevel=1, mtime=0)
        headers = {**headers, "content-encoding": "gzip", "vary": "accept-encoding"}
    return Response(content, status, headers)
