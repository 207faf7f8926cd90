"""Small fakes for the tests of whatever sends: an X that answers as told, a clock, and raw servers on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, cast

import httpx

from xdk_async._core.connection import ResponseHook
from xdk_async._core.observer import Observer
from xdk_async._core.options import Options
from xdk_async._core.sender import Sender
from xdk_async._core.transport import Transport
from xdk_async._core.unlisted import unlisted
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.settings import changed

Answer: TypeAlias = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class FakeX(httpx.AsyncBaseTransport):
    """Gives the answers it was told, in order, and then empty ones; keeps the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.signatures: list[str | None] = []  # an auth may use one request object several times
        self.bodies: list[bytes] = []
        self.times_closed = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.signatures.append(request.headers.get("authorization"))
        self.bodies.append(request.content)
        answer = self.answers.pop(0) if self.answers else httpx.Response(200, json={})
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    async def aclose(self) -> None:
        self.times_closed += 1

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]


def limited(*, opens_in: float | None = None, now: float = 0.0, **headers: str) -> httpx.Response:
    """A 429 whose window opens in so many seconds."""
    reset = {} if opens_in is None else {"x-rate-limit-reset": str(int(now + opens_in)), "x-rate-limit-remaining": "0"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(429, json={"title": "Too Many Requests"}, headers={**reset, **named})


class Clock:
    """A clock that moves only by sleeping."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def sender_over(
    http: httpx.AsyncBaseTransport | None,
    clock: Clock,
    base_url: str = "https://api.x.com",
    credentials: Credentials | None = None,
    response_hooks: Sequence[ResponseHook] = (),
    observer: Observer | None = None,
    **options: Any,
) -> Sender:
    """A sender, by default with a bearer token, whose waits are the longest that chance allows, and take no time."""
    transport = Transport(
        base_url, http=http, clock=clock, sleep=clock.sleep, chance=lambda: 1.0, response_hooks=response_hooks,
        observer=observer,
    )  # fmt: skip
    return Sender(transport, credentials or Credentials(app=Bearer("token")), changed(Options(), **options))


def is_signed(request: httpx.Request, secret: str, token_secret: str) -> bool:
    """Whether oauthlib, as a server, finds the OAuth 1.0a signature right for what arrived."""
    signature: Any = importlib.import_module("oauthlib.oauth1.rfc5849.signature")
    common: Any = importlib.import_module("oauthlib.common")
    is_form = request.headers.get("content-type") == "application/x-www-form-urlencoded"
    parameters = signature.collect_parameters(
        uri_query=request.url.query.decode(),
        body=request.content.decode() if is_form else "",
        headers={"Authorization": request.headers["authorization"]},
        exclude_oauth_signature=False,
    )
    received = common.Request(str(request.url), request.method)
    received.signature = dict(parameters)["oauth_signature"]
    received.params = [pair for pair in parameters if pair[0] != "oauth_signature"]
    found: bool = signature.verify_hmac_sha1(received, secret, token_secret)
    return found


async def ask(sender: Sender, method: str = "GET") -> None:
    """A call by any method."""
    body = {"a": 1} if method in ("POST", "PUT") else None
    await sender.send(unlisted(method, "/2/anything", {}, body))


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SHORT = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"da'


class Play(NamedTuple):
    """What a server does once a request is there: says each part, a number being a pause, and then …"""

    says: bytes | Sequence[bytes | float] = b""
    then: Literal["wait for more", "hang up", "reset", "stay", "read nothing"] = "wait for more"


class Server:
    """Follows its plays, one for each request that arrives, the last again and again."""

    def __init__(self, *plays: Play) -> None:
        self.plays = list(plays)
        self.address = ""
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.left = asyncio.Event()  # a client hung up

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self.answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        says, then = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        self.heads.append(head)
        if then == "read nothing":
            cast("asyncio.Transport", writer.transport).pause_reading()
            await asyncio.Event().wait()
        lengths = [line.split(":")[1] for line in head.lower().splitlines() if line.startswith("content-length:")]
        self.bodies.append(await reader.readexactly(int(lengths[0]) if lengths else 0))
        for part in [says] if isinstance(says, bytes) else says:
            if isinstance(part, bytes):
                writer.write(part)
                await writer.drain()
            else:
                await asyncio.sleep(part)
        if then == "reset":
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        elif then == "stay":
            await reader.readexactly(1)
        return then == "wait for more"

    async def gone(self) -> None:
        """Wait until a client has hung up; one that does not would keep it waiting for ever."""
        async with asyncio.timeout(10):
            await self.left.wait()

    @property
    def arrivals(self) -> int:
        """Requests that came."""
        return len(self.heads)


Attend: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(attend: Attend, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """The address of a server on loopback; http:// also over TLS."""
    tasks = set[asyncio.Task[None]]()

    async def attended(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(asyncio.CancelledError):
            await attend(reader, writer)
        writer.transport.close()

    server = await asyncio.start_server(attended, "127.0.0.1", 0, backlog=1000, ssl=tls)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        await turns()


@contextlib.asynccontextmanager
async def serving(*plays: Play) -> AsyncGenerator[Server]:
    """A server on loopback that follows its plays."""
    server = Server(*plays)
    async with listening(server) as server.address:
        yield server


def unused_address() -> str:
    """Where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def turns(count: int = 5) -> None:
    """A few turns of the loop: closing a socket takes one or two."""
    for _ in range(count):
        await asyncio.sleep(0)


def other_tasks() -> set[asyncio.Task[Any]]:
    current = asyncio.current_task()
    return {task for task in asyncio.all_tasks() if task is not current}


def open_files() -> int:
    return len(os.listdir("/dev/fd"))


@contextlib.asynccontextmanager
async def nothing_left() -> AsyncGenerator[None]:
    """Fails if the block leaves a task or an open file behind."""
    tasks, files = other_tasks(), open_files()
    yield
    await turns()
    assert other_tasks() == tasks
    assert open_files() <= files
