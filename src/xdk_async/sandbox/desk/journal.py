"""Keeps what was asked and answered, without secrets and without end."""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xdk_async._core.secret import HIDDEN, is_secret
from xdk_async.sandbox.check import pairs
from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.fault.faulty import FAULTS
from xdk_async.sandbox.presented import raw_path
from xdk_async.sandbox.vocabulary import is_list, is_object

CALLER = "xdk_async.caller"  # under which the scope says whose token it was
MANY = 10_000  # requests that are kept for assertions
RECENT = 200  # of which the answers are kept too
BODY = 65_536  # bytes of a request's body at the most
EXCERPT = 4096  # bytes of an answer, as it was sent
LONGEST = 8192  # bytes of it that are shown
MEMBER = re.compile(r'"([\w.-]+)"\s*:\s*"[^"]*"')


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came, for assertions; the token is not kept, and of signing in nothing but that it was done."""

    method: str
    path: str
    query: Mapping[str, str]
    status: int  # what it was answered with; 0 if the connection was broken instead
    operation: str | None  # its name; None if the path is unknown
    user_id: str | None = None  # whose token it came with; None for an app
    body: bytes = field(default=b"", repr=False)  # the first 64 KiB, if it is JSON
    faults: tuple[str, ...] = ()  # what went wrong because a rule wanted it

    @property
    def json(self) -> Any:
        """The body; None if it had none."""
        return msgspec.json.decode(self.body) if self.body else None


class Requests(list[Received]):
    """Requests, oldest first. There are so many at the most; then the older half goes."""

    def append(self, received: Received, /) -> None:
        """Keep one more."""
        if len(self) >= MANY:
            del self[: MANY // 2]
        super().append(received)


@dataclass(slots=True)
class Exchange:
    """A recent request with its answer."""

    number: int
    moment: float
    received: Received
    content_type: str = ""
    encoding: str = ""
    excerpt: bytearray = field(default_factory=bytearray)
    size: int = 0
    seconds: float | None = None  # that it took; None while it goes on

    def told(self) -> dict[str, Any]:
        """As JSON, without secrets."""
        got = self.received
        query = {name: HIDDEN if is_secret(name) else value for name, value in got.query.items()}
        plain = unpacked(bytes(self.excerpt), self.encoding)
        answer = shown(plain[:LONGEST], whole=self.size <= EXCERPT and len(plain) <= LONGEST)
        for name, value in got.query.items():
            if is_secret(name) and value:
                answer = answer.replace(value, HIDDEN)  # which X quotes when it does not like it
        return {
            "number": self.number,
            "time": self.moment,
            "method": got.method,
            "path": got.path,
            "query": query,
            "operation": got.operation,
            "user_id": got.user_id,
            "status": got.status,
            "faults": got.faults,
            "seconds": self.seconds,
            "size": self.size,
            "body": shown(got.body),
            "answer": answer,
        }


class Journal:
    """An ASGI application around another one, which keeps what passes through.

    Args:
        app: What answers.
        clock: By which requests are dated.
        named: The name of what a request is for, and whether it is a stream.
        is_private: Whether what is called so handles secrets, of which nothing is kept.
    """

    def __init__(
        self,
        app: ASGIApp,
        clock: Clock,
        named: Callable[[Scope], tuple[str | None, bool]],
        is_private: Callable[[str], bool],
    ) -> None:
        self.requests: Requests = Requests()
        """What was asked."""
        self.recent: deque[Exchange] = deque(maxlen=RECENT)
        """The last of it, with answers."""
        self._app = app
        self._clock = clock
        self._named = named
        self._is_private = is_private
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name, _ = self._named(scope)
        private = name is not None and self._is_private(name)
        body = bytearray()
        exchange: Exchange | None = None
        began = self._clock.now()

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "http.request" and len(body) <= BODY:
                body.extend(message.get("body", b""))
            return message

        async def sending(message: Message) -> None:
            nonlocal exchange
            if message["type"] == "http.response.start":
                exchange = self._note(scope, name, message["status"], b"" if private else bytes(body))
                headers = {key.lower(): value.decode("latin-1") for key, value in message.get("headers", ())}
                exchange.content_type = headers.get(b"content-type", "")
                exchange.encoding = headers.get(b"content-encoding", "")
            elif exchange is not None:
                keep(exchange, b"" if private else message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receiving, sending)
        finally:
            ended = exchange or self._note(scope, name, 0, b"" if private else bytes(body))
            ended.seconds = self._clock.now() - began

    def _note(self, scope: Scope, name: str | None, status: int, body: bytes) -> Exchange:
        private = name is not None and self._is_private(name)
        received = Received(
            scope["method"],
            raw_path(scope),
            {} if private else dict(pairs(scope["query_string"])),
            status,
            name,
            scope.get(CALLER),
            body if len(body) <= BODY and is_json(body) else b"",
            tuple(scope.get(FAULTS, ())),
        )
        self.requests.append(received)
        self._count += 1
        exchange = Exchange(self._count, self._clock.now(), received)
        self.recent.append(exchange)
        return exchange


def keep(exchange: Exchange, part: bytes) -> None:
    """Keep a part of an answer: of a long one the beginning."""
    exchange.size += len(part)
    exchange.excerpt += part[: max(EXCERPT - len(exchange.excerpt), 0)]


def is_json(body: bytes) -> bool:
    """Whether a body can be read as JSON."""
    try:
        msgspec.json.decode(body)
    except msgspec.DecodeError:
        return False
    return True


def unpacked(content: bytes, encoding: str) -> bytes:
    """As much of it as can be decompressed."""
    if encoding != "gzip":
        return content
    try:
        return zlib.decompressobj(wbits=31).decompress(content)
    except zlib.error:
        return b"(broken gzip)"


def shown(content: bytes, *, whole: bool = True) -> str:
    """A body for people: JSON without its secrets, text as it is, anything else by its size."""
    if whole and is_json(content):
        return msgspec.json.format(msgspec.json.encode(masked(msgspec.json.decode(content)))).decode()
    try:
        text = content.decode() if whole else content.decode(errors="ignore")
        return MEMBER.sub(lambda found: f'"{found[1]}":"{HIDDEN}"' if is_secret(found[1]) else found[0], text)
    except UnicodeDecodeError:
        return f"({len(content)} bytes)"


def masked(value: Any) -> Any:
    """JSON with its secrets hidden."""
    if is_object(value):
        hidden = {name: HIDDEN for name, each in value.items() if isinstance(each, str) and is_secret(name)}
        return {name: hidden.get(name) or masked(each) for name, each in value.items()}
    return [masked(each) for each in value] if is_list(value) else value
