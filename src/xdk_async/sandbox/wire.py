"""The connection under a request, for answers that break it on purpose. Servers hand it over in the ASGI scope."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from typing import Any, Protocol, cast

from starlette.types import ASGIApp, Receive, Scope, Send

EXTENSION = "xdk_async.wire"
AT_ONCE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # SO_LINGER: on, for no time


class Wire(Protocol):
    """A connection that can be broken."""

    def close(self) -> None:
        """End it after what was written, in the middle of an answer or not."""
        ...

    def reset(self) -> None:
        """Break it off at once, as a machine that crashed does."""
        ...


class Socket:
    """A connection over TCP: it ends with FIN, and breaks off with RST."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def close(self) -> None:
        """Send what was written, then FIN."""
        self._transport.close()

    def reset(self) -> None:
        """Send RST: what closing does to a socket that may not linger."""
        connected: socket.socket = self._transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self._transport.abort()


def wired(app: ASGIApp, wire: Wire) -> ASGIApp:
    """An application whose requests know the connection that they came over."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        extensions: dict[str, Any] = {**(scope.get("extensions") or {}), EXTENSION: wire}
        await app({**scope, "extensions": extensions}, receive, send)

    return served


def wire_of(scope: Scope) -> Wire:
    """The connection that a request came over.

    Raises:
        RuntimeError: The server has not handed it over.
    """
    found: dict[str, Any] = scope.get("extensions") or {}
    wire = found.get(EXTENSION)
    if wire is None:
        raise RuntimeError(
            "this server cannot break connections: serve the sandbox with xdk_async.sandbox.serve() or xdk_async.testing"
        )
    return cast("Wire", wire)
