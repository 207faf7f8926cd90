"""An HTTP exchange as ASGI has it: reading a body within bounds, answering in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

import msgspec

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Refused(Exception):
    """Ends an exchange with this status."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.headers: Mapping[str, str] = headers or {}


def header(scope: Scope, name: str) -> str | None:
    """A request header."""
    wanted = name.encode()
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == wanted), None)


async def read_body(scope: Scope, receive: Receive, limit: int, seconds: float) -> bytes:
    """The whole body.

    Raises:
        Refused: it is larger than `limit` bytes, takes longer than `seconds`, or its sender has left.
    """
    announced = header(scope, "content-length") or ""
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise Refused(413, f"at most {limit} bytes", {"connection": "close"})
    parts, size, more = list[bytes](), 0, True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, "the body is not whole")
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise Refused(413, f"at most {limit} bytes", {"connection": "close"})
                parts.append(part)
                more = message.get("more_body", False)
    except TimeoutError:
        raise Refused(408, f"the body took longer than {seconds:g} s", {"connection": "close"}) from None
    return b"".join(parts)


async def answer(send: Send, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
    """Send a JSON answer."""
    content = msgspec.json.encode(body)
    sent = {"content-type": "application/json", "content-length": str(len(content)), **(headers or {})}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": content})
