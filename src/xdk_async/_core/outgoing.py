"""A request on its way into aiohttp, byte for byte as httpx has it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

import httpx

from xdk_async._core.pool_errors import lost_error
from xdk_async._core.proxy import Proxy
from xdk_async._core.whole_request import SMALL

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractStreamWriter

PIECE = 65_536  # bytes of a body written at once, each piece under its own write timeout


class Outgoing:
    """A request on its way out: exactly its headers, its body held to its length and to the write timeout."""

    def __init__(self, request: httpx.Request, write_seconds: float | None, proxy: Proxy | None) -> None:
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise httpx.UnsupportedProtocol(f"not an http:// or https:// address: {url}", request=request)
        if not isinstance(request.stream, httpx.AsyncByteStream):
            raise RuntimeError("the body of this request can only be read synchronously")
        try:
            self.headers = [(name.decode(), value.decode()) for name, value in request.headers.raw]
            self.names = {name.lower(): value for name, value in self.headers}
            self.size = int(self.names["content-length"]) if "content-length" in self.names else None
        except ValueError as error:
            raise httpx.LocalProtocolError(f"a header cannot be sent: {error}", request=request) from error
        if "host" not in self.names:
            self.headers.insert(0, ("Host", url.netloc.decode()))
        self.proxy = proxy if proxy is not None and not proxy.is_socks else None
        if self.proxy is not None and url.scheme == "http":
            self.headers += self.proxy.headers.items()
        self.request = request
        self.address = f"{url.scheme}://{url.netloc.decode()}{url.raw_path.decode()}"
        self.stream = request.stream
        self.write_seconds = write_seconds
        self.failure: Exception | None = None  # what the body raised; aiohttp wraps it

    async def send(self, session: aiohttp.ClientSession, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        from yarl import URL

        untyped = self.request.method != "GET" and "content-type" not in self.names
        try:
            return await session.request(
                self.request.method,
                URL(self.address, encoded=True),
                data=self._data(),
                allow_redirects=False,
                middlewares=(self._put_headers,),
                skip_auto_headers=("Content-Type",) if untyped else None,
                proxy=None if self.proxy is None else str(self.proxy.address),
                proxy_headers=None if self.proxy is None else self.proxy.headers,
                timeout=timeout,
            )
        except httpx.RequestError as error:  # from the connector
            error.request = self.request
            raise
        except Exception as error:
            if self.failure is not None:
                raise self.failure from None
            if (lost := lost_error(error, self.request)) is None:
                raise
            raise lost from error

    async def _put_headers(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        # Given to aiohttp in the ordinary way they would be merged with its own, and "Expect" would hold the body back.
        request.headers.clear()
        request.headers.extend(self.headers)
        return await send(request)

    def _data(self) -> bytes | aiohttp.Payload | None:
        """The body as aiohttp takes it; adds the header that says where it ends, if the request has none."""
        if "transfer-encoding" in self.names:
            self.size = None
        elif isinstance(self.stream, httpx.ByteStream):
            content = b"".join(self.stream)
            if not content and not self.size:
                return None
            if self.size is None:
                self.size = len(content)
                self.headers.append(("Content-Length", str(self.size)))
            if len(content) == self.size <= SMALL:
                return content
        elif self.size is None:
            self.headers.append(("Transfer-Encoding", "chunked"))
        return payload_type()(self)

    async def write_body(self, writer: AbstractStreamWriter) -> None:
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                try:
                    async with asyncio.timeout(self.write_seconds):
                        await writer.write(piece)
                        await writer.drain()  # also after the last piece: write() waits only now and then
                except TimeoutError:
                    message = f"the server took nothing more of the body for {self.write_seconds} s"
                    self.failure = httpx.WriteTimeout(message, request=self.request)
                    raise

    async def _pieces(self) -> AsyncGenerator[memoryview]:
        sent = 0
        try:
            async for chunk in self.stream:
                sent += len(chunk)
                if self.size is not None and sent > self.size:
                    break
                for start in range(0, len(chunk), PIECE):
                    yield memoryview(chunk)[start : start + PIECE]
            if self.size not in (None, sent):
                message = f"the body does not have the {self.size} bytes that its Content-Length says"
                raise httpx.LocalProtocolError(message, request=self.request)
        except Exception as error:
            self.failure = error
            raise


@functools.cache
def payload_type() -> Callable[[Outgoing], aiohttp.Payload]:
    import aiohttp

    class Payload(aiohttp.Payload):
        _autoclose = True

        def __init__(self, outgoing: Outgoing) -> None:
            super().__init__(outgoing)
            self._size = outgoing.size
            self._outgoing = outgoing

        async def write(self, writer: AbstractStreamWriter) -> None:
            await self._outgoing.write_body(writer)

        def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
            raise NotImplementedError("a request body is sent, not decoded")

    return Payload
