"""The sandbox's outermost layer but one: what is to go wrong goes wrong here, whatever is behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email.utils import formatdate

import msgspec
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.fault.answer import Breaking, Whole, reshape
from xdk_async.sandbox.fault.lines import Lines
from xdk_async.sandbox.fault.refused import phrase, refused
from xdk_async.sandbox.fault.registry import Active, Faults
from xdk_async.sandbox.fault.rule import Answer, Html, Latency, Reset, Stall, Truncate
from xdk_async.sandbox.wire import wire_of

PAGE = (
    "<!doctype html><html><head><title>{status} {phrase}</title></head><body><h1>{status} {phrase}</h1></body></html>\n"
)
FAULTS = "xdk_async.faults"  # under which the scope says what happened


class Faulty:
    """An ASGI application around another one.

    Args:
        app: What answers if nothing goes wrong.
        faults: What goes wrong.
        clock: By which it takes time.
        named: The name of what a request is for (None if there is nothing), and whether it is a stream.
    """

    def __init__(
        self, app: ASGIApp, faults: Faults, clock: Clock, named: Callable[[Scope], tuple[str | None, bool]]
    ) -> None:
        self._app = app
        self._faults = faults
        self._clock = clock
        self._named = named

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, well or badly."""
        name, streams = self._named(scope) if scope["type"] == "http" else (None, False)
        due = self._faults.due(name) if name is not None else []
        if not due:
            await self._app(scope, receive, send)
            return
        scope[FAULTS] = [type(each.rule).__struct_config__.tag for each in due]
        for each in due:
            if isinstance(each.rule, Latency):
                await self._faults.pause(self._clock, each.rule.seconds)
        due = [each for each in due if not isinstance(each.rule, Latency)]
        if not due:
            await self._app(scope, receive, send)
            return
        if await self._instead(scope, due, receive, send):
            return
        if streams:
            await self._stream(scope, due, receive, send)
        else:
            await self._single(scope, due, receive, send)

    async def _instead(self, scope: Scope, due: Iterable[Active], receive: Receive, send: Send) -> bool:
        """Answer without carrying the call out, if a rule wants it."""
        for rule in (each.rule for each in due):
            if isinstance(rule, (Answer, Html)):
                await self._page(rule)(scope, receive, send)
                return True
            if isinstance(rule, (Reset, Stall)) and rule.when == "before" and rule.after is None:
                if isinstance(rule, Stall) and rule.seconds is not None:
                    await self._faults.pause(self._clock, rule.seconds)
                    continue
                breaking = Breaking(wire_of(scope), receive, send, self._faults, self._clock)
                await (breaking.reset() if isinstance(rule, Reset) else breaking.stall(rule))
                return True
        return False

    def _page(self, rule: Answer | Html) -> Response:
        date = {"date": formatdate(self._clock.now(), usegmt=True)}
        if isinstance(rule, Html):
            return HTMLResponse(PAGE.format(status=rule.status, phrase=phrase(rule.status)), rule.status, date)
        answer = refused(rule, self._clock.now())
        kind = {"content-type": "application/problem+json" if answer.status >= 400 else "application/json"}
        return Response(msgspec.json.encode(answer.body), answer.status, {**date, **kind, **answer.headers})

    async def _single(self, scope: Scope, due: list[Active], receive: Receive, send: Send) -> None:
        whole = Whole()
        await self._app(scope, receive, whole)
        if whole.start is None:
            return  # the client left
        reshape(whole, due)
        breaking = next((each.rule for each in due if isinstance(each.rule, (Truncate, Reset, Stall))), None)
        if breaking is None:
            await whole.send(send)
        else:
            await Breaking(wire_of(scope), receive, send, self._faults, self._clock).deliver(whole, breaking)

    async def _stream(self, scope: Scope, due: list[Active], receive: Receive, send: Send) -> None:
        started = False
        lines = Lines(due, wire_of(scope), send, self._faults, self._clock)

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message["status"] == 200  # a refusal is no stream
            await (lines if started else send)(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            lines.left()
