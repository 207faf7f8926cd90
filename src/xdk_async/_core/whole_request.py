"""A request whose bytes are all at hand, written to one of aiohttp's connections at once.

Nearly every call is one. aiohttp's connector, protocol and parser do what they do for its own requests; what is left out
is what its session does around them for requests of other kinds (merging headers and cookies, redirects, a writer and a
task for the body). Measured for a small GET, 32 at a time: 0.64 of the CPU of a request through the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from xdk_async._core.pool_errors import lost_error
from xdk_async._core.sockets import LONGEST_HEADER

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.connector import Connection

SMALL = 32_768  # bytes that, with the headers, fit in asyncio's write buffer (64 KiB): writing them cannot stall
MOST_HOSTS = 1000  # that are remembered


def whole_request(request: httpx.Request) -> bytes | None:
    """All of its bytes; None if they are not all known yet, or are anything but an ordinary request."""
    stream, url = request.stream, request.url
    if not isinstance(stream, httpx.ByteStream) or not request.method.isalpha():
        return None
    if url.scheme not in ("http", "https") or not url.host:
        return None
    content = b"".join(stream)
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), url.raw_path)]
    has_host, length = False, b""
    for name, value in request.headers.raw:
        lowered = name.lower()
        if lowered == b"host":
            has_host = True
        elif lowered == b"content-length":
            length = value
        elif lowered == b"transfer-encoding":
            return None
        lines.append(b"%s: %s" % (name, value))
    head = b"\r\n".join(lines)
    is_clean = head.isascii() and head.count(b"\n") == head.count(b"\r") == len(lines) - 1 and b"\0" not in head
    if not has_host or not is_clean or len(content) > SMALL or (length or b"0") != b"%d" % len(content):
        return None
    return b"%s\r\n\r\n%s" % (head, content)


class WholeRequests:
    """Sends them over the connections of a session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._hosts: dict[tuple[str, bytes], aiohttp.ClientRequest] = {}

    async def send(self, request: httpx.Request, data: bytes, timeout: aiohttp.ClientTimeout) -> Answer:
        """The answer, as soon as its headers are there.

        Raises:
            httpx.TransportError: As `Pool` says.
        """
        connector = self._session.connector
        assert connector is not None
        try:
            connection = await connector.connect(self._host(request.url), [], timeout)
            try:
                return await self._answer(connection, request, data, timeout)
            except BaseException:
                connection.close()
                raise
        except httpx.RequestError as error:  # from the connector, which knows nothing of the request
            error.request = request
            raise
        except Exception as error:
            if (lost := lost_error(error, request)) is None:
                raise
            raise lost from error

    def _host(self, url: httpx.URL) -> aiohttp.ClientRequest:
        """What tells the connector where to: a request that is never sent itself. One of them serves all to a host."""
        key = (url.scheme, url.netloc)
        found = self._hosts.get(key)
        if found is None:
            import aiohttp
            from yarl import URL

            if len(self._hosts) >= MOST_HOSTS:
                self._hosts.clear()
            origin = URL(f"{url.scheme}://{url.netloc.decode()}/", encoded=True)
            found = self._hosts[key] = aiohttp.ClientRequest("GET", origin, session=self._session)
        return found

    async def _answer(
        self, connection: Connection, request: httpx.Request, data: bytes, timeout: aiohttp.ClientTimeout
    ) -> Answer:
        import aiohttp
        from aiohttp.http import HttpProcessingError

        protocol, transport = connection.protocol, connection.transport
        if protocol is None or transport is None or transport.is_closing():
            raise aiohttp.ClientConnectionResetError("the connection was closed")
        protocol.set_response_params(
            skip_payload=request.method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            read_timeout=timeout.sock_read,
            timeout_ceil_threshold=timeout.ceil_threshold,
            max_field_size=LONGEST_HEADER,
        )
        transport.write(data)
        protocol.start_timeout()
        try:
            message, content = await protocol.read()
            while 100 <= message.code < 200 and message.code != 101:
                message, content = await protocol.read()
        except HttpProcessingError as error:
            why = f"what the server sent is not HTTP: {error.message}"
            raise httpx.RemoteProtocolError(why, request=request) from error
        return Answer(connection, message, content)


class Answer:
    """What the pool has to know of an answer: as much of `aiohttp.ClientResponse`."""

    __slots__ = ("connection", "content", "raw_headers", "reason", "status", "version")

    def __init__(self, connection: Connection, message: Any, content: aiohttp.StreamReader) -> None:
        self.connection: Connection | None = connection
        self.content = content
        self.status: int = message.code
        self.reason: str | None = message.reason
        self.version: tuple[int, int] = message.version
        self.raw_headers: tuple[tuple[bytes, bytes], ...] = message.raw_headers
        content.on_eof(self._ended)

    def _ended(self) -> None:
        """The body has come to its end: the connection goes back, unless it speaks another protocol now."""
        connection = self.connection
        if connection is not None and not (connection.protocol is not None and connection.protocol.upgraded):
            self.connection = None
            connection.release()

    def close(self) -> None:
        """Close the connection, if the answer still has it."""
        connection, self.connection = self.connection, None
        if self.content.exception() is None:
            import aiohttp

            self.content.set_exception(aiohttp.ClientConnectionError("the answer was closed"))
        if connection is not None:
            connection.close()
