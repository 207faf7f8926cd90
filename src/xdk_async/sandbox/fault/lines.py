"""Faults of a stream, whose every message is a line."""

from __future__ import annotations

import asyncio
import itertools
import zlib
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.types import Message, Send

from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.fault.answer import NOT_GZIP
from xdk_async.sandbox.fault.change import changed
from xdk_async.sandbox.fault.registry import Active, Faults
from xdk_async.sandbox.fault.rule import (
    Close,
    Disconnect,
    Drift,
    Duplicate,
    End,
    Garbage,
    Gzip,
    HalfLine,
    LongLine,
    Missed,
    Reset,
    Rule,
    SplitUtf8,
    Spoken,
    Stall,
    Truncate,
)
from xdk_async.sandbox.problem import HOST
from xdk_async.sandbox.wire import Wire

END_OF_LINE = b"\r\n"
PADDED = b'{"sandbox_padding":"%s",'
BREAKS: tuple[tuple[type[Rule], End], ...] = ((Reset, "reset"), (Truncate, "cut"))
GOODBYE = {
    "errors": [
        {
            "title": "operational-disconnect",
            "disconnect_type": "UpstreamOperationalDisconnect",
            "detail": "This stream has been disconnected upstream for operational reasons.",
            "type": f"{HOST}operational-disconnect",
        }
    ]
}


class Lines:
    """Sends a stream's lines as rules want it: the `send` of an ASGI application."""

    def __init__(self, rules: Iterable[Active], wire: Wire, send: Send, faults: Faults, clock: Clock) -> None:
        self._rules = [*rules]
        self._wire = wire
        self._send = send
        self._faults = faults
        self._clock = clock
        self._passed = 0  # events that came through
        self._missed = 0
        self._over = False
        self._done: set[str] = set()  # rules that have happened on this stream
        zipped = next((each.rule for each in self._rules if isinstance(each.rule, Gzip)), None)
        self._broken = zipped is not None and zipped.broken
        self._packer = zlib.compressobj(wbits=31) if zipped is not None else None

    async def __call__(self, message: Message) -> None:
        """Send a message, another one, or none."""
        if self._over:
            return
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ())]
            await self._send(
                {**message, "headers": [*headers, (b"content-encoding", b"gzip")] if self._packer else headers}
            )
            await self._put(b"")
        elif not message.get("more_body", False):
            await self._put(message.get("body", b""))
            await self._end("end")
            return
        elif message.get("body", b"").strip():
            await self._event(message["body"])
        else:
            await self._put(message.get("body", b""))
        if not self._over:
            await self._between()

    async def _event(self, line: bytes) -> None:
        """An event is due."""
        for active in self._at(Missed, once=False):
            rule = active.rule
            assert isinstance(rule, Missed)
            if active.id not in self._done:
                self._missed += 1
                if self._missed >= rule.count:
                    self._done.add(active.id)
                    await self._end(rule.then)
                return
        for active in self._rules:
            if isinstance(active.rule, (Drift, Spoken)):
                content: Any = changed(msgspec.json.decode(line), active.rule, active.rng)
                line = msgspec.json.encode(content) + END_OF_LINE
        for active in self._at(LongLine):
            assert isinstance(active.rule, LongLine)
            line = padded(line, active.rule.bytes)
        for active in self._at(HalfLine):
            assert isinstance(active.rule, HalfLine)
            await self._put(line[: len(line) // 2])
            await self._end(active.rule.then)
            return
        twice = any(self._passed < _after(each) + _count(each) for each in self._at(Duplicate, once=False))
        for _ in range(2 if twice else 1):
            for piece in split(line) if any(self._at(SplitUtf8, once=False)) else [line]:
                await self._put(piece)
                await asyncio.sleep(0)  # so that the pieces leave one by one
        self._passed += 1

    async def _between(self) -> None:
        """What happens between two events."""
        for active in self._at(Garbage):
            assert isinstance(active.rule, Garbage)
            await self._put(active.rule.line.encode() + END_OF_LINE)
        for _ in self._at(Disconnect):
            await self._put(msgspec.json.encode(GOODBYE) + END_OF_LINE)
            await self._end("end")
            return
        for active in self._at(Close):
            assert isinstance(active.rule, Close)
            await self._end(active.rule.then)
            return
        for kind, how in BREAKS:
            if self._at(kind):
                await self._end(how)
                return
        for active in self._at(Stall):
            assert isinstance(active.rule, Stall)
            if active.rule.seconds is None:
                await self._end("stall")
            else:
                await self._faults.pause(self._clock, active.rule.seconds)

    def _at(self, kind: type[Any], *, once: bool = True) -> list[Active]:
        """The rules of a kind whose events have come through; what happens once is then done with."""
        found = [
            each
            for each in self._rules
            if isinstance(each.rule, kind) and self._passed >= _after(each) and each.id not in self._done
        ]
        if once:
            self._done |= {each.id for each in found}
        return found

    async def _put(self, data: bytes) -> None:
        if self._packer is not None:
            data = NOT_GZIP if self._broken else self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _end(self, how: End) -> None:
        """No line comes any more."""
        self._over = True
        if how == "end":
            rest = self._packer.flush() if self._packer is not None and not self._broken else b""
            await self._send({"type": "http.response.body", "body": rest, "more_body": False})
        elif how == "cut":
            self._wire.close()
        elif how == "reset":
            self._wire.reset()
        else:
            self._faults.stalled.add(self._wire)

    def left(self) -> None:
        """The client has gone."""
        self._faults.stalled.discard(self._wire)


def _after(active: Active) -> int:
    after: int | None = getattr(active.rule, "after", 0)
    return after or 0


def _count(active: Active) -> int:
    count: int = getattr(active.rule, "count", 1)
    return count


def split(line: bytes) -> list[bytes]:
    """A line in pieces, each of which but the first begins within a character; in two if all its characters are single."""
    inside = [place for place, byte in enumerate(line) if byte & 0xC0 == 0x80]
    starts = [0, *(inside or [len(line) // 2]), len(line)]
    return [line[start:end] for start, end in itertools.pairwise(starts)]


def padded(line: bytes, length: int) -> bytes:
    """An event with a member that makes it at least so long."""
    around = len(PADDED % b"") - 1
    return PADDED % (b"x" * max(length - len(line) - around, 0)) + line[1:]
