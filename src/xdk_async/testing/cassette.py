"""Records what a client and X say to each other, without secrets, in a file that people can read; and plays it back."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

import httpx
import msgspec

from xdk_async.testing.scrub import Scrub, is_object

Mode: TypeAlias = Literal["replay", "record", "auto"]
KEPT = frozenset({"content-type", "accept", "x-user-agent"})  # headers of requests; none of them tells who asks
LINE = re.compile(rb"[^\n]*\n|[^\n]+")
BOUNDARY = re.compile(r'boundary="?([^";]+)')
DROPPED = frozenset({"content-length", "transfer-encoding", "content-encoding", "connection", "date", "server"})


class CassetteError(LookupError):
    """The cassette has no answer to a request, or cannot be read."""


class Chunk(msgspec.Struct, omit_defaults=True):
    """A part of a streamed body, as it arrived."""

    text: str = ""
    base64: bytes | None = None


class Asked(msgspec.Struct):
    """A request."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any = None


class Answered(msgspec.Struct, omit_defaults=True):
    """An answer; a stream in its parts."""

    status: int
    headers: list[tuple[str, str]]
    body: Any = None
    chunks: list[Chunk] | None = None
    broken: str = ""  # how the connection ended, if it did not end in peace


class Interaction(msgspec.Struct):
    """A request and its answer."""

    request: Asked
    response: Answered


class Tape(msgspec.Struct):
    """What stands in the file."""

    format: int
    interactions: list[Interaction]


class Cassette(httpx.AsyncBaseTransport):
    """A transport that records or replays.

    Args:
        path: The file. Its directory is made when it is written.
        mode: `replay` answers from the file alone; `record` asks `transport` and writes the file anew; `auto` replays if
            the file is there, and records if not.
        transport: Where recording sends to; the default one of `httpx` if left out.
        secrets: Further texts that must not stand in the file. Tokens, keys, codes and cookies are found by themselves.

    In a `with` or `async with` block the file is written at the end; else call `save()`.

    Raises:
        CassetteError: To replay, there must be a file; and it must be one of these.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        mode: Mode = "auto",
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        self.path: Path = Path(path)
        self.is_recording: bool = mode == "record" or (mode == "auto" and not self.path.exists())
        self.interactions: list[Interaction] = []
        """What was recorded or is there to be replayed."""
        self._given = transport
        self._transport: httpx.AsyncBaseTransport | None = transport
        self._scrub = Scrub(secrets)
        self._left: list[Interaction] = []
        if not self.is_recording and (mode == "auto" or self.path.exists()):
            self._read()

    def _read(self) -> None:
        try:
            tape = msgspec.json.decode(self.path.read_bytes(), type=Tape)
        except msgspec.DecodeError as error:
            raise CassetteError(f"{self.path} is no cassette: {error}") from None
        self.interactions = tape.interactions
        self._left = [*tape.interactions]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask X, or answer from the file."""
        asked = await self._asked(request)
        if self.is_recording:
            return await self._record(request, asked)
        return self._replay(request, asked)

    async def _asked(self, request: httpx.Request) -> Asked:
        body = await request.aread()
        content_type = request.headers.get("content-type", "")
        if boundary := BOUNDARY.search(content_type):  # chosen by chance
            body = body.replace(boundary[1].encode(), b"boundary")
        kept = {name.lower(): value for name, value in request.headers.items() if name.lower() in KEPT}
        for name, value in request.headers.items():
            self._scrub.learn_header(name, value)
        if boundary:
            kept["content-type"] = content_type.replace(boundary[1], "boundary")
        return Asked(request.method, self._scrub.url(str(request.url)), kept, self._scrub.body(body, content_type))

    async def _record(self, request: httpx.Request, asked: Asked) -> httpx.Response:
        if self._transport is None:
            self._transport = httpx.AsyncHTTPTransport()
        response = await self._transport.handle_async_request(request)
        headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw]
        kept = [(name, self._scrub.header(name, value)) for name, value in headers if name not in DROPPED]
        answered = Answered(response.status_code, kept)
        self.interactions.append(Interaction(asked, answered))
        recorded = Recorded(response, answered, self._scrub)
        plain = [(name, value) for name, value in headers if name not in DROPPED]
        return httpx.Response(response.status_code, headers=plain, stream=recorded, request=request)

    def _replay(self, request: httpx.Request, asked: Asked) -> httpx.Response:
        for interaction in self._left:
            if same(interaction.request, asked):
                self._left.remove(interaction)
                answered = interaction.response
                return httpx.Response(
                    answered.status, headers=answered.headers, stream=Replayed(answered, request), request=request
                )
        raise CassetteError(self._miss(asked))

    def _miss(self, asked: Asked) -> str:
        if not self.path.exists():
            return f"there is no cassette {self.path}: record it first (mode='record', or pytest --x-record)"
        here = [each for each in self.interactions if same(each.request, asked)]
        again = f" (it was asked {len(here)} times already, and recorded so often)" if here else ""
        listed = "\n".join(f"  {each.request.method} {each.request.url}" for each in self._left) or "  nothing"
        return f"{self.path} has no answer to {asked.method} {asked.url}{again}. What is left in it:\n{listed}"

    def save(self) -> None:
        """Write the file, if this was a recording."""
        if not self.is_recording:
            return
        tape = self._scrub.text(
            json.dumps(msgspec.to_builtins(Tape(1, self.interactions)), ensure_ascii=False, indent=1)
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(tape + "\n", encoding="utf-8")

    async def aclose(self) -> None:
        """Close the connections that recording opened."""
        if self._given is None and self._transport is not None:
            await self._transport.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.save()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.save()
        await self.aclose()

    def __repr__(self) -> str:
        return f"<Cassette {self.path}, {len(self.interactions)} interactions>"


class Recorded(httpx.AsyncByteStream):
    """An answer that is written down while it is read, decompressed."""

    def __init__(self, response: httpx.Response, answered: Answered, scrub: Scrub) -> None:
        self._response = response
        self._answered = answered
        self._scrub = scrub
        self._parts: list[bytes] = []

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._response.aiter_bytes():
                self._parts.append(part)
                yield part
        except httpx.TransportError as error:
            self._answered.broken = type(error).__name__
            raise

    async def aclose(self) -> None:
        """Close the connection, and write down what was read."""
        await self._response.aclose()
        whole = b"".join(self._parts)
        kind = self._response.headers.get("content-type", "")
        if b"\r\n" in whole and "json" in kind:
            self._answered.chunks = [self._chunk(each) for each in LINE.findall(whole)]
        else:
            self._answered.body = self._scrub.body(whole, kind)
        self._parts = []

    def _chunk(self, part: bytes) -> Chunk:
        try:
            return Chunk(self._scrub.line(part.decode()))
        except UnicodeDecodeError:
            return Chunk(base64=part)


class Replayed(httpx.AsyncByteStream):
    """A body from the file."""

    def __init__(self, answered: Answered, request: httpx.Request) -> None:
        self._answered = answered
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._answered.chunks or ():
            yield chunk.text.encode() if chunk.base64 is None else chunk.base64
        if self._answered.chunks is None:
            yield plain(self._answered.body)
        if self._answered.broken:
            kind = getattr(httpx, self._answered.broken, httpx.ReadError)
            raise kind("the connection broke when this was recorded", request=self._request)


def plain(body: Any) -> bytes:
    """The bytes that a body stands for in the file: text as it is, anything else as JSON."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if is_object(body) and body.keys() == {"base64"}:
        return msgspec.convert(body["base64"], bytes)
    return msgspec.json.encode(body)


def same(one: Asked, other: Asked) -> bool:
    """Whether two requests ask the same."""
    return one.method == other.method and httpx.URL(one.url) == httpx.URL(other.url) and one.body == other.body
