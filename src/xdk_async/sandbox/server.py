"""Serves a sandbox on a port of this machine, inside the running event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn

from xdk_async.sandbox.world import Sandbox

PATIENCE = 0.5  # seconds that open connections have to finish after the streams are ended
KEEP_ALIVE = 75


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox that can be reached."""

    url: str
    """Where it answers, like `http://127.0.0.1:41231`."""
    sandbox: Sandbox
    """What answers there."""


@asynccontextmanager
async def serve(sandbox: Sandbox | None = None, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[Served, None]:
    """Serve a sandbox (a new one, if none is given) while the block runs; port 0 is any free one.

    Raises:
        OSError: The port is taken.
    """
    served = sandbox or Sandbox()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listening:
        server = _server(served)
        await server.startup(sockets=[listening])
        try:
            yield Served(_url(host, listening), served)
        finally:
            await _stop(server, served, listening)


def _server(sandbox: Sandbox) -> uvicorn.Server:
    """A server that is started and stopped by hand: `Server.serve` would take over the signals."""
    config = uvicorn.Config(
        sandbox.app,
        loop="none",
        http="h11",
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


async def _stop(server: uvicorn.Server, sandbox: Sandbox, listening: socket.socket) -> None:
    for each in server.servers:
        each.close()
    sandbox.hub.end()
    late = asyncio.get_running_loop().call_later(PATIENCE, _abort, server)
    try:
        await server.shutdown(sockets=[listening])
    finally:
        late.cancel()


def _abort(server: uvicorn.Server) -> None:
    """Drop the connections that did not finish, such as a stream that nobody reads."""
    for connection in [*server.server_state.connections]:
        connection.transport.abort()


def _url(host: str, listening: socket.socket) -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not bound to here, only shown
    shown = everywhere.get(host, host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{listening.getsockname()[1]}"
