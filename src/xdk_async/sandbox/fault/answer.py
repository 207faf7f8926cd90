"""Faults of a single answer: it is taken whole, changed, and sent as the rules want it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable, MutableMapping
from typing import Any

import msgspec
from starlette.types import Message, Receive, Send

from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.fault.change import changed
from xdk_async.sandbox.fault.registry import Active, Faults
from xdk_async.sandbox.fault.rule import Drift, Gzip, Reset, Spoken, Stall, Truncate
from xdk_async.sandbox.wire import Wire

NOT_GZIP = b"\x1f\x8b\x08\x00this was never compressed"


class Whole:
    """Takes an answer, as the `send` of an ASGI application."""

    def __init__(self) -> None:
        self.start: MutableMapping[str, Any] | None = None
        self.body: bytes = b""

    async def __call__(self, message: Message) -> None:
        """Take a part."""
        if message["type"] == "http.response.start":
            self.start = {**message}
        else:
            self.body += message.get("body", b"")

    def head(self) -> Message:
        """The part with status and headers."""
        assert self.start is not None
        return self.start

    async def send(self, send: Send) -> None:
        """Send all of it."""
        await send(self.head())
        await send({"type": "http.response.body", "body": self.body, "more_body": False})

    def header(self, name: bytes) -> bytes | None:
        """A header's value."""
        found = [value for each, value in (self.start or {}).get("headers", ()) if each.lower() == name]
        return found[0] if found else None

    def set_header(self, name: bytes, value: bytes | None) -> None:
        """Set a header, or by None leave it out."""
        assert self.start is not None
        kept = [pair for pair in self.start.get("headers", ()) if pair[0].lower() != name]
        self.start["headers"] = kept if value is None else [*kept, (name, value)]


def reshape(answer: Whole, rules: Iterable[Active]) -> None:
    """Change what an answer says and how it is packed; its length is what it is then."""
    rules = [*rules]
    wanted = [each for each in rules if isinstance(each.rule, (Drift, Spoken))]
    if wanted and answer.header(b"content-encoding") == b"gzip":
        answer.body = gzip.decompress(answer.body)
        answer.set_header(b"content-encoding", None)
    for active in wanted:
        assert isinstance(active.rule, (Drift, Spoken))
        try:
            content = msgspec.json.decode(answer.body)
        except msgspec.DecodeError:
            continue  # a picture, or a page: there is no shape to change
        answer.body = msgspec.json.encode(changed(content, active.rule, active.rng))
    for active in rules:
        if isinstance(active.rule, Gzip):
            packed = answer.header(b"content-encoding") is not None
            answer.body = NOT_GZIP if active.rule.broken else answer.body if packed else gzip.compress(answer.body)
            answer.set_header(b"content-encoding", b"gzip")
    answer.set_header(b"content-length", str(len(answer.body)).encode())


class Breaking:
    """Breaks the connection of a request, or lets it be silent."""

    def __init__(self, wire: Wire, receive: Receive, send: Send, faults: Faults, clock: Clock) -> None:
        self._wire = wire
        self._receive = receive
        self._send = send
        self._faults = faults
        self._clock = clock

    async def deliver(self, answer: Whole, rule: Truncate | Reset | Stall) -> None:
        """Send as much of an answer as a rule lets through."""
        if isinstance(rule, Reset) and rule.when == "after":
            await self.reset()
            return
        share = rule.share if isinstance(rule, Truncate) else 0.5
        kept = min(int(len(answer.body) * share), max(len(answer.body) - 1, 0))
        await self._send(answer.head())
        await self._send({"type": "http.response.body", "body": answer.body[:kept], "more_body": True})
        if isinstance(rule, Reset):
            await self.reset()
        elif isinstance(rule, Truncate):
            self._wire.close()
            await gone(self._receive)
        elif await self.stall(rule):
            await self._send({"type": "http.response.body", "body": answer.body[kept:], "more_body": False})

    async def reset(self) -> None:
        """Break the connection off."""
        self._wire.reset()
        await gone(self._receive)

    async def stall(self, rule: Stall) -> bool:
        """Do nothing while it lasts; whether the client is still there at its end."""
        self._faults.stalled.add(self._wire)
        tasks = [asyncio.ensure_future(gone(self._receive))]
        if rule.seconds is not None:
            tasks.append(asyncio.ensure_future(self._clock.sleep(rule.seconds)))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return tasks[0] not in done
        finally:
            self._faults.stalled.discard(self._wire)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def gone(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
