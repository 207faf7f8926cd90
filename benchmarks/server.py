"""X as fast as Python can play it: a raw protocol on uvloop that answers with prebuilt bytes, in a process of its own.

What it does is said by the request's bearer token, so that every client can ask for it: `plain`, `delay-20` (milliseconds
before each answer), `each-5000` (a stream of so many posts, each in a chunk of its own), `block-5000` (in chunks of 16 KB),
`rate-333-2000` (so many a second).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import cast

import uvloop

from benchmarks import content
from benchmarks.h2_server import H2Connection

BLOCK = 16_384  # bytes
AT_ONCE = 64  # stream chunks between two looks at the sockets
TOKEN = re.compile(rb"next_token=b26v89c19zqg8o3f(\d+)|pagination_token=b26v89c19zqg8o3f(\d+)")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
AUTHORIZATION = re.compile(rb"authorization: *bearer ([a-z0-9-]+)", re.IGNORECASE)
# The headers of a real answer, with limits that no benchmark uses up.
COMMON = (
    "date: {date}\r\nperf: 7402827104\r\nserver: cloudflare envoy\r\n"
    "set-cookie: guest_id=v1%3A175; Max-Age=34214400; Expires=Thu, 30 Jul 2026 00:00:00 GMT;"
    " Path=/; Domain=.x.com; Secure; SameSite=None\r\n"
    "api-version: 2.166\r\ncontent-type: application/json; charset=utf-8\r\ncache-control: no-cache, no-store, max-age=0\r\n"
    "x-access-level: read\r\nx-frame-options: SAMEORIGIN\r\nx-transaction-id: 5bd2f1b3a6a5e2ab\r\nx-xss-protection: 0\r\n"
    "x-rate-limit-limit: 100000000\r\nx-rate-limit-remaining: 90000000\r\nx-rate-limit-reset: {reset}\r\n"
    "content-disposition: attachment; filename=json.json\r\nx-content-type-options: nosniff\r\n"
    "strict-transport-security: max-age=631138519\r\nx-response-time: 21\r\nx-connection-hash: 8c3a1f0a\r\n"
)  # fmt: skip


class Answers:
    """Whole answers, by what was asked for."""

    def __init__(self) -> None:
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        self.common = COMMON.format(date=date, reset=int(time.time()) + 6 * 3600).encode()
        self.stream = b"HTTP/1.1 200 OK\r\n" + self.common + b"transfer-encoding: chunked\r\n\r\n"
        self.small = self.whole(content.packed(content.ME))
        self.created = self.whole(content.packed(content.CREATED), status=b"201 Created")
        self.token = self.whole(content.packed(content.TOKEN))
        self._pages: dict[tuple[int, bool], bytes] = {}

    def pairs(self) -> list[tuple[str, str]]:
        """The headers one by one."""
        lines = self.common.decode().strip().split("\r\n")
        return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]

    def whole(self, body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
        return b"HTTP/1.1 %s\r\n%s%scontent-length: %d\r\n\r\n%s" % (status, self.common, more, len(body), body)

    def page(self, number: int, zipped: bool) -> bytes:
        found = self._pages.get((number, zipped))
        if found is None:
            body = content.page_gzipped(number) if zipped else content.page(number)
            found = self._pages[number, zipped] = self.whole(
                body, more=b"content-encoding: gzip\r\n" if zipped else b""
            )
        return found


class Connection(asyncio.Protocol):
    """One client's connection: requests one after the other."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._rest = b""
        self._transport: asyncio.Transport | None = None
        self._room = asyncio.Event()
        self._stream: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of no class of asyncio's
        self._room.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._stream is not None:
            self._stream.cancel()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            head = self._rest[:end]
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._rest) < whole:
                return
            self._rest = self._rest[whole:]
            self._asked(head)

    def _asked(self, head: bytes) -> None:
        line = head[: head.find(b"\r\n")]
        found = AUTHORIZATION.search(head)
        mode = (found[1] if found else b"plain").decode().split("-")
        if b"/stream" in line:
            self._stream = asyncio.ensure_future(self._streamed(mode))
            return
        if b"/2/users/me" in line:
            answer = self._answers.small
        elif b"/2/tweets/search/recent" in line:
            token = TOKEN.search(line)
            number = int(token[1] or token[2]) if token else 0
            answer = self._answers.page(number + 1, b"gzip" in head)
        elif b"oauth2/token" in line:
            answer = self._answers.token
        else:
            answer = self._answers.created
        if mode[0] == "delay":
            asyncio.get_running_loop().call_later(int(mode[1]) / 1000, self._write, answer)
        else:
            self._write(answer)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    async def _streamed(self, mode: list[str]) -> None:
        self._write(self._answers.stream)
        if mode[0] == "rate":
            await self._at_rate(int(mode[1]), int(mode[2]))
        else:
            await self._at_once(pieces(int(mode[1]), BLOCK if mode[0] == "block" else 0))
        self._write(b"0\r\n\r\n")

    async def _at_once(self, chunks: Iterator[bytes]) -> None:
        for written, chunk in enumerate(chunks):
            await self._room.wait()
            self._write(chunk)
            if written % AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _at_rate(self, rate: int, count: int) -> None:
        line, loop = content.Line(), asyncio.get_running_loop()
        started = loop.time()
        for number in range(count):
            await asyncio.sleep(max(started + number / rate - loop.time(), 0))
            await self._room.wait()
            self._write(chunked(line.at(number, time.monotonic_ns())))


def pieces(count: int, size: int) -> Iterator[bytes]:
    """So many posts in HTTP chunks of `size` bytes; each in one of its own if that is 0."""
    line, rest = content.Line(), bytearray()
    for number in range(count):
        rest += line.at(number, time.monotonic_ns())
        while len(rest) >= (size or 1):
            yield chunked(bytes(rest[: size or len(rest)]))
            del rest[: size or len(rest)]
    if rest:
        yield chunked(bytes(rest))


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def serve(certificate: str) -> None:
    """Serve until standard input ends; the ports (plain, TLS, HTTP/2) are printed."""
    loop, answers, ports = asyncio.get_running_loop(), Answers(), list[int]()
    for protocol in ("", "http/1.1", "h2"):
        context = None
        if protocol:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
            context.set_alpn_protocols([protocol])
        made = partial(H2Connection, answers.pairs()) if protocol == "h2" else partial(Connection, answers)
        listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
        await loop.create_server(made, sock=listening, ssl=context, backlog=2048)
        ports.append(listening.getsockname()[1])
    for number, zipped in itertools.product(range(1, 4), (True, False)):
        answers.page(number, zipped)
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
