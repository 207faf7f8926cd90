"""What is uploaded, wherever it comes from, as something whose parts can be read again: retries need that."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import IO, Any, TypeAlias, cast

import anyio
import anyio.to_thread

from xdk_async._core.media_type import HEAD, LARGEST
from xdk_async._core.payload import BYTES
from xdk_async.errors import InvalidArgument

MediaFile: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | AsyncIterable[bytes]
"""A path, the bytes themselves, a file opened for reading in binary mode, or an async iterator of bytes."""
SPOOLED = 1024 * 1024  # bytes of an iterator that stay in memory; more go to a temporary file


class Source:
    """A file to upload. Its parts are read in threads, one at a time."""

    def __init__(self, file: IO[bytes], name: str, *, owned: bool, start: int = 0) -> None:
        self.name = name
        """For messages, and for guessing the type; empty if it has none."""
        self.size = 0
        self.head = b""
        self._file = file
        self._owned = owned
        self._start = start
        self._reading = anyio.Lock()

    async def prepare(self) -> Source:
        """Measure it and read its beginning."""
        try:
            end = await anyio.to_thread.run_sync(self._file.seek, 0, os.SEEK_END)
            self.size = max(end - self._start, 0)
            self.head = await self.read(0, min(HEAD, self.size))
        except BaseException:
            await self.aclose()
            raise
        return self

    async def read(self, offset: int, length: int) -> bytes:
        """A part of it.

        Raises:
            InvalidArgument: it has become shorter since the upload began.
        """
        async with self._reading:
            part = await anyio.to_thread.run_sync(self._read, self._start + offset, length)
        if len(part) != length:
            raise InvalidArgument(f"{self.name or 'the file'} has become shorter while it was uploaded")
        return part

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        found = self._file.read(length)
        while found and len(found) < length and (more := self._file.read(length - len(found))):
            found += more  # an unbuffered file may give less than it was asked for
        return found

    async def aclose(self) -> None:
        """Close what was opened here; a file that was passed in is its owner's."""
        if self._owned:
            self._file.close()


async def opened(file: MediaFile) -> Source:
    """A source of any kind.

    Raises:
        InvalidArgument: it cannot be read as bytes.
    """
    if isinstance(file, (bytes, bytearray, memoryview)):
        return await Source(io.BytesIO(file), "", owned=True).prepare()
    if isinstance(file, (str, os.PathLike)):
        return await from_path(os.fspath(file)).prepare()
    if isinstance(file, AsyncIterable):
        return await spooled(file)
    if hasattr(file, "read") and hasattr(file, "seekable"):
        return await from_file(file)
    raise InvalidArgument(
        f"a {type(file).__name__} cannot be uploaded: give a path, bytes, a file or an async iterator"
    )


def from_path(path: str) -> Source:
    try:
        file = open(path, "rb")  # noqa: SIM115, PTH123 - the source closes it
    except (OSError, ValueError) as error:
        raise InvalidArgument(f"{path[:200]!r} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return Source(file, os.path.basename(path), owned=True)  # noqa: PTH119 - of a string


async def from_file(file: IO[Any]) -> Source:
    """An open file, from where it stands; one that cannot be rewound is copied."""
    if isinstance(file, io.TextIOBase):
        raise InvalidArgument("the file is open for text: open it with mode 'rb'")
    given = getattr(file, "name", "")
    name = os.path.basename(given) if isinstance(given, str) else ""  # noqa: PTH119 - of a string
    if not file.seekable():
        return await spooled(chunks(file), name)
    return await Source(file, name, owned=False, start=file.tell()).prepare()


async def chunks(file: IO[bytes]) -> AsyncGenerator[bytes, None]:
    while chunk := await anyio.to_thread.run_sync(file.read, SPOOLED):
        yield chunk


async def spooled(source: AsyncIterable[bytes], name: str = "") -> Source:
    """The bytes of an iterator, kept so that they have a length and can be read again."""
    kept = cast("IO[bytes]", tempfile.SpooledTemporaryFile(SPOOLED))  # noqa: SIM115 - closed below, or by the source
    try:
        size = 0
        async with AsyncExitStack() as leaving:
            close: Callable[[], Awaitable[None]] | None = getattr(source, "aclose", None)
            if close is not None:  # a generator
                leaving.push_async_callback(close)
            async for chunk in source:
                size = await keep(kept, chunk, size)
        return await Source(kept, name, owned=True).prepare()
    except BaseException:
        kept.close()
        raise


async def keep(kept: IO[bytes], given: object, size: int) -> int:
    if not isinstance(given, BYTES):
        raise InvalidArgument(f"the iterator to upload gave {type(given).__name__}, not bytes")
    chunk = cast("bytes", given)
    size += len(chunk)
    if size > LARGEST:
        raise InvalidArgument(f"the iterator to upload gave more than the {LARGEST} bytes that X takes")
    await anyio.to_thread.run_sync(kept.write, chunk)
    return size
