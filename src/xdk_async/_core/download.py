"""Bytes that X serves, into a file, without holding them in memory."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import IO, TypeAlias

import anyio.to_thread

from xdk_async._core.operation import Call
from xdk_async._core.retry import pause
from xdk_async._core.sender import Sender
from xdk_async.errors import InvalidArgument, XError

Target: TypeAlias = str | os.PathLike[str] | IO[bytes]
"""Where a download goes: a path, or a file opened for writing in binary mode."""


async def download(sender: Sender, call: Call[bytes], to: Target) -> int:
    """Write what a call answers to `to`; how many bytes that are.

    A path holds the whole file or is left as it was. Redirects are not followed, so that the credential goes to no other
    host.

    Raises:
        InvalidArgument: `to` cannot be written to.
    """
    if isinstance(to, (str, os.PathLike)):
        return await to_path(sender, call, Path(to))
    return await written(sender, call, to)


async def to_path(sender: Sender, call: Call[bytes], path: Path) -> int:
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise InvalidArgument(f"{str(path)!r} cannot be written: {error.strerror}") from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            count = await written(sender, call, file)
        part.replace(path)  # noqa: ASYNC240 - a rename
    except BaseException:
        part.unlink(missing_ok=True)  # noqa: ASYNC240
        raise
    return count


async def written(sender: Sender, call: Call[bytes], file: IO[bytes]) -> int:
    start = file.tell() if file.seekable() else None
    attempt, waited = 1, 0.0
    while True:
        try:
            return await once(sender, call, file)
        except XError as error:
            error.attempt = attempt
            wait = pause(
                error,
                once=start is None,  # what has been written to a pipe cannot be taken back
                attempt=attempt,
                policy=sender.options.policy,
                now=sender.transport.clock(),
                left=None,
                chance=sender.transport.chance,
                waited=waited,
            )
            if wait is None:
                raise
        if start is not None:
            file.seek(start)
            file.truncate()
        await sender.transport.sleep(wait)
        waited += wait
        attempt += 1


async def once(sender: Sender, call: Call[bytes], file: IO[bytes]) -> int:
    connection = await sender.connect(call, sender.options.timeouts.read)
    count = 0
    try:
        async with contextlib.aclosing(aiter(connection)) as chunks:
            async for chunk in chunks:
                await anyio.to_thread.run_sync(file.write, chunk)
                count += len(chunk)
    finally:
        await connection.aclose()
    return count
