"""The API by which the sandbox is controlled, under a path that X does not have; and the page, at `/`.

Bodies are JSON with `content-type: application/json`: a web page of somebody else's cannot send that unasked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from xdk_async.sandbox.desk.overview import operations, overview
from xdk_async.sandbox.desk.page import page
from xdk_async.sandbox.fixture import load
from xdk_async.sandbox.vocabulary import is_object

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

PREFIX = "/_sandbox"
LARGEST = 200_000_000
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class Desk:
    """An ASGI application: the page and the control API before everything else."""

    def __init__(self, sandbox: Sandbox, app: ASGIApp) -> None:
        self._sandbox = sandbox
        self._app = app
        self._desk = Starlette(routes=[Route("/", page), *Control(sandbox).routes()])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let somebody else do it."""
        path = scope.get("path", "")
        own = scope["type"] == "http" and (path in ("/", PREFIX) or path.startswith(f"{PREFIX}/"))
        try:
            await (self._desk if own else self._app)(scope, receive, send)
        finally:
            if scope["type"] == "http":
                self._sandbox.touch()


class Control:
    """What can be asked of a running sandbox, and done to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """The endpoints, by method and path."""
        found: list[tuple[str, str, Endpoint]] = [
            ("GET", "", self.overview),
            ("GET", "/operations", self.operations),
            ("GET", "/requests", self.requests),
            ("DELETE", "/requests", self.forget),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("DELETE", "/faults/{id}", self.remove_fault),
            ("GET", "/time", self.time),
            ("POST", "/time", self.set_time),
            ("PUT", "/limits", self.set_limits),
            ("PUT", "/account", self.set_account),
            ("DELETE", "/streams", self.end_streams),
            ("POST", "/fixtures", self.load),
            ("GET", "/snapshot", self.snapshot),
            ("PUT", "/snapshot", self.restore),
        ]
        return [Route(f"{PREFIX}{path}", guarded(do), methods=[method]) for method, path, do in found]

    async def overview(self, _: Request) -> Response:
        """Time, counts of everything, rules, streams, faults."""
        return answer(overview(self._sandbox))

    async def operations(self, _: Request) -> Response:
        """What there is to call."""
        return answer(operations())

    async def requests(self, request: Request) -> Response:
        """What was asked lately, with answers; `?after=` a number, only what came later."""
        after = request.query_params.get("after", "0")
        if not after.isdecimal():
            raise ValueError("`after` is the number of a request")
        return answer([each.told() for each in [*self._sandbox.journal.recent] if each.number > int(after)])

    async def forget(self, _: Request) -> Response:
        """Forget what was asked."""
        self._sandbox.requests.clear()
        self._sandbox.journal.recent.clear()
        return Response(status_code=204)

    async def faults(self, _: Request) -> Response:
        """The rules in force."""
        return answer([each.told() for each in self._sandbox.faults.active])

    async def add_fault(self, request: Request) -> Response:
        """Put a rule in force."""
        return answer(self._sandbox.faults.add_rule(await content(request)).told(), 201)

    async def clear_faults(self, _: Request) -> Response:
        """Put an end to all rules."""
        self._sandbox.faults.clear()
        return Response(status_code=204)

    async def remove_fault(self, request: Request) -> Response:
        """Put an end to a rule."""
        found = self._sandbox.faults.remove(request.path_params["id"])
        return Response(status_code=204) if found else answer({"error": "there is no fault with that id"}, 404)

    async def time(self, _: Request) -> Response:
        """What time it is here, and whether it stands still."""
        clock = self._sandbox.clock
        return answer({"now": clock.now(), "frozen": clock.is_frozen, "offset": clock.offset})

    async def set_time(self, request: Request) -> Response:
        """One of `{"freeze": true}` (or a moment), `{"advance": seconds}`, `{"resume": true}`."""
        given = await content(request)
        clock = self._sandbox.clock
        if len(given) != 1 or not given.keys() <= {"freeze", "advance", "resume"}:
            raise ValueError("give one of `freeze` (true, or a moment), `advance` (seconds) and `resume` (true)")
        [(what, value)] = given.items()
        if what == "freeze":
            clock.freeze(None if value is True else moment(value))
        elif what == "advance":
            clock.advance(number(value))
        else:
            clock.resume()
        return await self.time(request)

    async def set_limits(self, request: Request) -> Response:
        """Limits of one's own, by operation; X's published ones for those that are left out."""
        given = await content(request)
        self._sandbox.rate.replace({name: int(number(value)) for name, value in given.items()})
        return answer(self._sandbox.rate.limits)

    async def set_account(self, request: Request) -> Response:
        """`post_cap` and `credits`; null for none."""
        given = await content(request)
        if unknown := given.keys() - {"post_cap", "credits"}:
            raise ValueError(f"there is no {min(unknown)}; there are `post_cap` and `credits`")
        meter = self._sandbox.meter
        if "post_cap" in given:
            meter.post_cap = None if given["post_cap"] is None else int(number(given["post_cap"]))
        if "credits" in given:
            meter.credits = None if given["credits"] is None else number(given["credits"])
        return answer({"post_cap": meter.post_cap, "credits": meter.credits, "balance": meter.balance})

    async def end_streams(self, _: Request) -> Response:
        """End every open stream, as X does when it restarts."""
        self._sandbox.hub.end()
        return Response(status_code=204)

    async def load(self, request: Request) -> Response:
        """People, posts and what is between them; open streams see the posts."""
        return answer(load(self._sandbox, await content(request)), 201)

    async def snapshot(self, _: Request) -> Response:
        """All state, tokens included."""
        return Response(self._sandbox.snapshot(), media_type="application/json")

    async def restore(self, request: Request) -> Response:
        """Bring a snapshot back."""
        await content(request)  # which checks it
        self._sandbox.restore(await request.body())
        return Response(status_code=204)


def guarded(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose `ValueError`s are answers."""

    async def guard(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ValueError as error:
            return answer({"error": str(error)}, 400)

    return guard


def answer(content: Any, status: int = 200) -> Response:
    """JSON."""
    return Response(msgspec.json.encode(content), status, {"cache-control": "no-store"}, "application/json")


async def content(request: Request) -> dict[str, Any]:
    """The JSON object that a request brings."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ValueError("send JSON, with `content-type: application/json`")
    try:
        found = msgspec.json.decode(await request.body())
    except msgspec.DecodeError as error:
        raise ValueError(f"that is no JSON: {error}") from None
    if not is_object(found):
        raise ValueError("send a JSON object")
    return found


def number(value: object) -> float:
    """A number that somebody gave."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is no number")
    return value


def moment(value: object) -> float:
    """Seconds since 1970, or the same as ISO 8601."""
    if not isinstance(value, str):
        return number(value)
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(f"{value} does not say its time zone, such as a `Z` at its end")
    return found.timestamp()
