"""The bytes of an answer, decompressed."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator

import httpx

GZIP = 31  # zlib's number for gzip with its header
WINDOWS = {"gzip": GZIP, "x-gzip": GZIP, "deflate": 15}


class WholeStream(httpx.AsyncByteStream):
    """A body that can be had at once."""

    async def read(self) -> bytes:
        """All of it."""
        raise NotImplementedError


def window(response: httpx.Response) -> int | None:
    """How the body is compressed, as zlib's number; None if it is not."""
    if response.is_stream_consumed:  # httpx has decompressed it: a mock's answer, or one that an auth flow has read
        return None
    return WINDOWS.get(response.headers.get("content-encoding", "").strip().lower())


async def chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The body as it comes."""
    if response.is_stream_consumed:
        yield response.content
        return
    found = aiter(stream_of(response))
    try:
        async for chunk in found:
            yield chunk
    finally:
        if isinstance(found, AsyncGenerator):
            await found.aclose()


def stream_of(response: httpx.Response) -> httpx.AsyncByteStream:
    """Where the body comes from."""
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return response.stream


async def whole_body(response: httpx.Response) -> bytes:
    """The body, read to its end. What cannot be decompressed stays as it came: the reader says so."""
    how = window(response)
    if isinstance(response.stream, WholeStream) and not response.is_stream_consumed:
        body = await response.stream.read()
    else:
        body = b"".join([chunk async for chunk in chunks(response)])
    if how is None or not body:
        return body
    try:
        return zlib.decompress(body, how, size_said(body) if how == GZIP else zlib.DEF_BUF_SIZE)
    except zlib.error:
        return body


def size_said(body: bytes) -> int:
    """How much room to begin with: gzip ends with the size of what it holds. One piece, not several that are joined.

    A third of the time for a page of 219 KB. Nobody is believed who says that it is more than a thousand times as much.
    """
    said = int.from_bytes(body[-4:], "little")
    return said + 1 if said <= 1000 * len(body) else zlib.DEF_BUF_SIZE


class Unpacked:
    """Decompresses a body that goes on. It may be made of several, one after the other, as gzip allows."""

    __slots__ = ("_how", "_part")

    def __init__(self, how: int) -> None:
        self._how = how
        self._part = zlib.decompressobj(how)

    def feed(self, chunk: bytes) -> bytes:
        """What `chunk` adds."""
        found: list[bytes] = []
        while chunk:
            if self._part.eof:
                self._part = zlib.decompressobj(self._how)
            found.append(self._part.decompress(chunk))
            chunk = self._part.unused_data
        return b"".join(found)
