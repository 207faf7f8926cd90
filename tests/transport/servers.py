"""Real servers on loopback: an X over TLS that speaks HTTP/2, and proxies of every kind, which alone know where it is."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from hypercorn.config import Config

from tests.client.fakes import listening
from tests.loopback import free_port
from xdk_async.sandbox import Sandbox

HOST = "x.invalid"  # nobody but the proxies can look it up
USER, PASSWORD = "me", "SECRET-p@ss:word"
AUTHORITY = trustme.CA()
CLIENTS = trustme.CA()


def server_tls(*names: str) -> ssl.SSLContext:
    """TLS of a server of such names."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with AUTHORITY.issue_cert(*names).private_key_and_cert_chain_pem.tempfile() as path:
        context.load_cert_chain(path)
    return context


def trusting() -> ssl.SSLContext:
    """TLS of a client that trusts these servers, and nobody else."""
    return ssl.create_default_context(cadata=AUTHORITY.cert_pem.bytes().decode())


@contextlib.asynccontextmanager
async def x_over_tls(
    sandbox: Sandbox, folder: Path, *, asks_for_certificates: bool = False, app: Any = None
) -> AsyncGenerator[int]:
    """The port of a local X that hypercorn serves over TLS, by HTTP/2 or HTTP/1.1, whichever the client prefers."""
    config, port, stop = Config(), free_port(), asyncio.Event()
    certificate = AUTHORITY.issue_cert(HOST, "127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    config.bind = [f"127.0.0.1:{port}"]
    config.certfile = config.keyfile = str(folder / "server.pem")
    config.accesslog = config.errorlog = None
    config.graceful_timeout = 0.2
    if asks_for_certificates:
        CLIENTS.cert_pem.write_to_path(folder / "clients.pem")
        config.ca_certs, config.verify_mode = str(folder / "clients.pem"), ssl.CERT_REQUIRED

    async def stopped() -> None:
        await stop.wait()

    serve: Any = importlib.import_module("hypercorn.asyncio").serve  # is typed in part
    serving = asyncio.create_task(serve(app or sandbox.app, config, shutdown_trigger=stopped))
    for _ in range(200):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        sandbox.end()
        stop.set()
        await serving


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@dataclass
class Proxy:
    """Takes connections to where they want to go, if the client knows the password."""

    refuses: bytes | None = None  # what it says in place of opening a tunnel
    silent: bool = False
    tunnels: list[str] = field(default_factory=list[str])  # where to
    address: str = ""

    async def carry(self, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1" if host == HOST else host, port)
        try:
            await asyncio.gather(copy(reader, back), copy(there, writer))
        finally:
            back.close()


class HttpProxy(Proxy):
    """Speaks HTTP: `CONNECT host:port`."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split("\r\n")[0].split(" ")
        assert method == "CONNECT"
        self.tunnels.append(target)
        if self.silent:
            await reader.read()
        known = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if f"\r\nproxy-authorization: basic {known}\r\n".lower() not in head.lower():
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        elif self.refuses is not None:
            writer.write(self.refuses)
        else:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            host, _, port = target.rpartition(":")
            await self.carry(host, int(port), reader, writer)


class SocksProxy(Proxy):
    """Speaks SOCKS 5 with a user name and a password (RFC 1928, 1929)."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        version, count = await reader.readexactly(2)
        assert version == 5
        if self.silent:
            await reader.read()
        if 2 not in await reader.readexactly(count):
            writer.write(b"\x05\xff")
            return
        writer.write(b"\x05\x02")
        _, length = await reader.readexactly(2)
        name = await reader.readexactly(length)
        password = await reader.readexactly((await reader.readexactly(1))[0])
        if (name.decode(), password.decode()) != (USER, PASSWORD):
            writer.write(b"\x01\x01")
            return
        writer.write(b"\x01\x00")
        _, command, _, kind = await reader.readexactly(4)
        assert (command, kind) == (1, 3), "a name to connect to"
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        port = int.from_bytes(await reader.readexactly(2))
        self.tunnels.append(f"{host}:{port}")
        if self.refuses is not None:
            writer.write(self.refuses)
            return
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await self.carry(host, port, reader, writer)


@contextlib.asynccontextmanager
async def proxy(
    scheme: str, *, user: str | None = None, refuses: bytes | None = None, silent: bool = False
) -> AsyncGenerator[Proxy]:
    """A proxy, its address with user name and password; https:// is one that is spoken to over TLS."""
    made = (SocksProxy if scheme.startswith("socks") else HttpProxy)(refuses=refuses, silent=silent)
    tls = server_tls("127.0.0.1") if scheme == "https" else None
    async with listening(made, tls) as address:
        known = f"{USER}:{PASSWORD.replace('@', '%40').replace(':', '%3A')}" if user is None else user
        made.address = address.replace("http://", f"{scheme}://{known}@")
        yield made
