"""Serves a sandbox on a port of this machine, inside the running event loop."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from xdk_async.sandbox.wire import Socket, wired
from xdk_async.sandbox.world import Sandbox

TICK = 0.002
PATIENCE = 200  # ticks that open connections have to finish after the streams are ended
KEEP_ALIVE = 75


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox that can be reached."""

    url: str
    """Where it answers, like `http://127.0.0.1:41231`."""
    sandbox: Sandbox
    """What answers there."""


class WiredProtocol(H11Protocol):
    """uvicorn's protocol for a connection, whose application gets the connection too."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection in."""
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        app: Any = wired(cast("ASGIApp", self.app), Socket(transport))
        self.app = app


@asynccontextmanager
async def serve(sandbox: Sandbox | None = None, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[Served, None]:
    """Serve a sandbox (a new one, if none is given) while the block runs; port 0 is any free one.

    Raises:
        OSError: The port is taken.
    """
    served = sandbox or Sandbox()
    with _listening(host, port) as listening:
        server = _server(served)
        await server.startup(sockets=[listening])
        try:
            yield Served(_url(host, listening), served)
        finally:
            await _stop(server, served)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's algorithm off only then; with it, answers take 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except BaseException:
        listening.close()
        raise
    return listening


def _server(sandbox: Sandbox) -> uvicorn.Server:
    """A server that is started and stopped by hand: `Server.serve` would take over the signals."""
    config = uvicorn.Config(
        sandbox.app,
        loop="none",
        http=WiredProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    return server


async def _stop(server: uvicorn.Server, sandbox: Sandbox) -> None:
    """What `Server.shutdown` does, without its pauses of a tenth of a second, and with an end to its patience."""
    for each in server.servers:
        each.close()
    sandbox.end()
    connections = server.server_state.connections
    for connection in [*connections]:
        connection.shutdown()
    for _ in range(PATIENCE):
        if not connections:
            break
        await asyncio.sleep(TICK)
    for connection in [*connections]:  # somebody does not read what we send, such as a stream
        connection.transport.abort()
    await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
    await server.lifespan.shutdown()
    sandbox.flush()


def _url(host: str, listening: socket.socket) -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not bound to here, only shown
    shown = everywhere.get(host, host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{listening.getsockname()[1]}"
