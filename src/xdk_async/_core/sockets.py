"""aiohttp's session, set up to do nothing by itself.

aiohttp is imported inside the functions: that takes 0.3 s, and not every client sends.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from typing import TYPE_CHECKING

import httpx

from xdk_async._core.pool_errors import unsent

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

LONGEST_HEADER = 65_536  # bytes; aiohttp's 8 KiB is less than httpx allows


@functools.cache
def default_ssl_context() -> ssl.SSLContext:
    """The TLS settings that all pools of this process share, with httpx's trusted roots."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def open_session(
    ssl_context: ssl.SSLContext, keepalive_expiry: float, sockets: dict[asyncio.Future[None], asyncio.Transport]
) -> aiohttp.ClientSession:
    """A session that keeps `sockets`: the open ones, each under the future that ends when it is gone."""
    import aiohttp

    def forget(gone: asyncio.Future[None]) -> None:
        del sockets[gone]
        if not gone.cancelled():
            gone.exception()  # or asyncio logs that nobody asked

    class Connector(aiohttp.TCPConnector):
        # What fails in connect() failed before the first byte of the request: no exception class of aiohttp's tells.
        async def connect(
            self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
        ) -> Connection:
            try:
                connection = await super().connect(req, traces, timeout)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise unsent(error, req) from error
            transport, protocol = connection.transport, connection.protocol
            if transport is not None and protocol is not None and (gone := protocol.closed) is not None:
                if gone not in sockets:
                    sockets[gone] = transport
                    gone.add_done_callback(forget)
                connection.add_callback(functools.partial(abort_if_unsent, transport))
            return connection

    session = aiohttp.ClientSession(
        connector=Connector(limit=0, keepalive_timeout=keepalive_expiry, ssl=ssl_context),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        max_field_size=LONGEST_HEADER,
    )
    # Or aiohttp repeats a GET, PUT or DELETE by itself: https://github.com/aio-libs/aiohttp/issues/10790
    vars(session)["_retry_connection"] = False
    return session


def abort_if_unsent(transport: asyncio.Transport) -> None:
    # close() would wait, perhaps for ever, until the peer has taken what is still to be written.
    if transport.get_write_buffer_size():
        transport.abort()


@functools.lru_cache(maxsize=64)
def client_timeout(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    import aiohttp

    # aiohttp takes 0 for "no limit", and would round up what is longer than 5 s.
    least = 0.001
    return aiohttp.ClientTimeout(
        connect=None if connect is None else max(connect, least),
        sock_read=None if read is None else max(read, least),
        ceil_threshold=float("inf"),
    )
