"""aiohttp's session, set up to do nothing by itself.

aiohttp is imported inside the functions: that takes 0.3 s, and not every client sends.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from typing import TYPE_CHECKING

from xdk_async._core.pool_errors import unsent
from xdk_async._core.proxy import Proxy

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

LONGEST_HEADER = 65_536  # bytes; aiohttp's 8 KiB is less than httpx allows


def open_session(
    ssl_context: ssl.SSLContext,
    keepalive_expiry: float,
    sockets: dict[asyncio.Future[None], asyncio.Transport],
    socks: Proxy | None = None,
) -> aiohttp.ClientSession:
    """A session that keeps `sockets`: the open ones, each under the future that ends when it is gone.

    Args:
        ssl_context: how TLS is done.
        keepalive_expiry: seconds that an idle connection is kept; 0 to close each after its answer.
        sockets: where open sockets are noted.
        socks: a SOCKS proxy that all connections go through.
    """
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
            except Exception as error:
                if (failed := unsent(error, req, socks)) is None:
                    raise
                raise failed from error
            transport, protocol = connection.transport, connection.protocol
            if transport is not None and protocol is not None and (gone := protocol.closed) is not None:
                if gone not in sockets:
                    sockets[gone] = transport
                    gone.add_done_callback(forget)
                connection.add_callback(functools.partial(abort_if_unsent, transport))
            return connection

    connector: aiohttp.TCPConnector
    once, kept = not keepalive_expiry, keepalive_expiry or None  # aiohttp takes one or the other
    if socks is None:
        connector = Connector(limit=0, force_close=once, keepalive_timeout=kept, ssl=ssl_context)
    else:
        from aiohttp_socks import ProxyConnector

        class SocksConnector(Connector, ProxyConnector):
            pass

        connector = SocksConnector(
            host=socks.address.host,
            port=socks.address.port or 1080,
            username=socks.username or None,
            password=socks.password or None,
            rdns=True,  # as with httpx: whoever uses one need not be able to look names up, or does not want to be seen at it
            limit=0,
            force_close=once,
            keepalive_timeout=kept,
            ssl=ssl_context,
        )
    session = aiohttp.ClientSession(
        connector=connector,
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
