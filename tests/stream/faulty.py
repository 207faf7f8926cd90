"""An X over real sockets whose streams break in every way there is, by the seed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import struct
import time
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from tests.stream.scripted import snowflake

HEARTBEAT = b"\r\n"
TOLD = b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect"}]}\r\n'
FAULTS = ("close", "reset", "half line", "split character", "stall", "told", "hang up in a chunk", "nonsense")
REFUSALS = ("503", "429", "429 with reset", "html", "too many", "no answer")


@dataclass
class Sent:
    """A post as X keeps it."""

    id: str
    made: float
    line: bytes


@dataclass
class FaultyX:
    """Sends posts, some of them while nobody is connected.

    Args:
        seed: decides everything.
        access: how X lets one recover: `backfill_minutes`, `start_time`, both, or not at all.
        connections: how many break before the last one stays.
    """

    seed: int
    access: frozenset[str]
    connections: int = 6
    posts: list[Sent] = field(default_factory=list[Sent])
    arrivals: int = 0
    finished: bool = False

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def make(self) -> Sent:
        """A post is written, now."""
        made = time.time()
        text = self.chance.choice(
            ["plain", "two\u2028lines\u0085", "snow ☃ and 🐍" * 40, "x" * self.chance.randint(0, 5000)]
        )
        id = snowflake(made, len(self.posts))
        line = (
            json.dumps({"data": {"id": id, "text": text}}, ensure_ascii=self.chance.random() < 0.5).encode() + b"\r\n"
        )
        self.posts.append(Sent(id, made, line))
        return self.posts[-1]

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            target = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
            self.arrivals += 1
            asked = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
            denied = {"backfill_minutes", "start_time"} & set(asked) - self.access
            if denied:
                await self.say(writer, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}")
            elif self.arrivals > 1 and self.chance.random() < 0.25 and not self.is_last:
                await self.refuse(writer)
            else:
                await self.stream(reader, writer, asked)
        writer.transport.abort()

    @property
    def is_last(self) -> bool:
        return self.arrivals >= self.connections

    async def say(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    async def refuse(self, writer: asyncio.StreamWriter) -> None:
        kind = self.chance.choice(REFUSALS)
        body = b"<html>no</html>" if kind == "html" else b'{"title":"No"}'
        if kind == "too many":
            body = b'{"title":"ConnectionException","connection_issue":"TooManyConnections","type":"https://api.x.com/2/problems/streaming-connection"}'
        if kind == "no answer":
            return
        reset = b"x-rate-limit-reset: %d\r\n" % (time.time() + 5) if kind == "429 with reset" else b""
        status = b"503" if kind in ("503", "html") else b"429"
        await self.say(writer, b"HTTP/1.1 %s No\r\n%sContent-Length: %d\r\n\r\n%s" % (status, reset, len(body), body))
        self.make()

    def missed(self, asked: dict[str, str]) -> list[Sent]:
        """What is sent again."""
        since = time.time() + 1
        if "backfill_minutes" in asked:
            since = time.time() - 60 * int(asked["backfill_minutes"])
        elif "start_time" in asked:
            since = datetime.fromisoformat(asked["start_time"]).timestamp()
        again = [post for post in self.posts if post.made >= since]
        self.chance.shuffle(again)
        return again

    async def stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: dict[str, str]) -> None:
        packer = zlib.compressobj(wbits=31) if self.chance.random() < 0.3 else None
        encoding = b"Content-Encoding: gzip\r\n" if packer else b""
        await self.say(writer, b"HTTP/1.1 200 OK\r\n%sTransfer-Encoding: chunked\r\n\r\n" % encoding)

        async def send(data: bytes) -> None:
            if packer:
                data = packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)
            while data:
                size = self.chance.choice([1, 7, 100, 4096, len(data)])
                piece, data = data[:size], data[size:]
                await self.say(writer, b"%x\r\n%s\r\n" % (len(piece), piece))

        for post in self.missed(asked):
            await send(post.line)
        for _ in range(self.chance.randint(0, 4)):
            await send(self.make().line)
            if self.chance.random() < 0.3:
                await send(HEARTBEAT)
        if self.is_last:
            await send(self.make().line)
            self.finished = True
            await reader.read()
            return
        fault = self.chance.choice(FAULTS)
        if fault in ("half line", "split character", "hang up in a chunk"):
            line = self.make().line
            cut = line.find("☃".encode()) + 1 or len(line) // 2
            if fault == "hang up in a chunk":
                await self.say(writer, b"ffff\r\n" + (b"" if packer else line[:cut]))
            else:
                await send(line[:cut])
        elif fault == "told":
            await send(TOLD)
            await self.say(writer, b"0\r\n\r\n")
        elif fault == "close":
            await self.say(writer, b"0\r\n\r\n")
        elif fault == "nonsense":
            await send(b"<html>what is this</html>\r\n")
        elif fault == "stall":
            await reader.read()
        if fault in ("reset", "half line"):
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for _ in range(self.chance.randint(0, 2)):
            self.make()
