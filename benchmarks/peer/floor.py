"""The least that Python can do it with: an asyncio protocol written for this server, and msgspec with the same structs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import ssl
import time
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec

from benchmarks import content
from benchmarks.peer.base import Peer, Site
from xdk_async import models

FIELDS = "&".join(
    f"{name}={quote(','.join(values), safe='')}"
    for name, values in (
        ("tweet.fields", content.POST_FIELDS),
        ("user.fields", content.USER_FIELDS),
        ("media.fields", content.MEDIA_FIELDS),
        ("expansions", content.EXPANSIONS),
    )
)
PAGE = f"/2/tweets/search/recent?query={quote(content.QUERY, safe='')}&max_results=100&{FIELDS}"
STREAM = "/2/tweets/search/stream?expansions=author_id"
ME: msgspec.json.Decoder[Any] = msgspec.json.Decoder(models.Envelope[models.User])
POSTS: msgspec.json.Decoder[Any] = msgspec.json.Decoder(models.Envelope[list[models.Post]])
POST: msgspec.json.Decoder[Any] = msgspec.json.Decoder(models.Envelope[models.Post])
CREATED: msgspec.json.Decoder[Any] = msgspec.json.Decoder(models.Envelope[models.CreatePostsResponseData])


class Wire(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._missing = 0
        self._answer: asyncio.Future[bytes] | None = None
        self._take: Callable[[bytes], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        """Head and body of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer

    def listen(self, request: bytes, take: Callable[[bytes], None]) -> None:
        """Hand out whatever comes."""
        self._take = take
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._take is not None:
            self._take(data)
            return
        if not self._parts:
            end = data.index(b"\r\n\r\n")
            start = data.rindex(b"content-length: ", 0, end) + 16
            self._missing = end + 4 + int(data[start:end])
        self._parts.append(data)
        self._missing -= len(data)
        if not self._missing and self._answer is not None:
            whole, self._parts = b"".join(self._parts), []
            self._answer.set_result(whole)


class Client(Peer):
    """Idle connections in a list."""

    def __init__(self, site: Site, token: str) -> None:
        super().__init__(site, token)
        self._idle: list[Wire] = []
        self._all: list[Wire] = []
        self._context = ssl.create_default_context() if site.scheme == "https" else None
        self._key = hmac.new(b"secret&secret", digestmod=hashlib.sha1)

    async def aclose(self) -> None:
        for wire in self._all:
            wire.transport.abort()

    async def _wire(self) -> Wire:
        if self._idle:
            return self._idle.pop()
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(Wire, "localhost", self.site.port, ssl=self._context)
        self._all.append(wire)
        return wire

    def _request(self, method: str, target: str, authorization: str, body: str = "") -> bytes:
        more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        return (
            f"{method} {target} HTTP/1.1\r\nHost: localhost:{self.site.port}\r\nAccept: application/json\r\n"
            f"Accept-Encoding: gzip\r\nUser-Agent: floor\r\n{more}Authorization: {authorization}\r\n\r\n{body}"
        ).encode()

    async def _body(self, request: bytes) -> bytes:
        wire = await self._wire()
        answer = await wire.ask(request)
        self._idle.append(wire)
        end = answer.index(b"\r\n\r\n")
        body = answer[end + 4 :]
        return (
            zlib.decompress(body, 31, int.from_bytes(body[-4:], "little") + 1)
            if answer.find(b"content-encoding: gzip", 0, end) > 0
            else body
        )

    async def small(self) -> object:
        return ME.decode(await self._body(self._request("GET", "/2/users/me", f"Bearer {self.token}")))

    async def page(self) -> object:
        return POSTS.decode(await self._body(self._request("GET", PAGE, f"Bearer {self.token}")))

    async def create(self) -> object:
        body = '{"text":"Hello from a benchmark"}'
        return CREATED.decode(await self._body(self._request("POST", "/2/tweets", f"Bearer {self.token}", body)))

    async def signed(self) -> object:
        header = self.sign(f"{self.site.address}/2/users/me")
        return ME.decode(await self._body(self._request("GET", "/2/users/me", header)))

    def decode(self, body: bytes) -> object:
        return POSTS.decode(body)

    async def follow(self, count: int, seen: Callable[[str], None]) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        unchunked, left = Unchunked(), count
        rest = b""

        def take(data: bytes) -> None:
            nonlocal rest, left
            *lines, rest = (rest + unchunked.feed(data)).split(b"\n")
            for line in lines:
                seen(POST.decode(line).data.text)
                left -= 1
                if not left and not done.done():
                    done.set_result(None)

        (await self._wire()).listen(self._request("GET", STREAM, f"Bearer {self.token}"), take)
        await done

    def sign(self, url: str) -> str:
        """All but the keys, the nonce, the time and the address is known beforehand."""
        address, _, query = url.partition("?")
        nonce, now = secrets.token_hex(16), str(int(time.time()))
        pairs = [
            *(each.partition("=")[::2] for each in query.split("&") if each),
            ("oauth_consumer_key", "key"), ("oauth_nonce", nonce), ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", now), ("oauth_token", "1-token"), ("oauth_version", "1.0"),
        ]  # fmt: skip
        text = "&".join([f"{name}={value}" for name, value in sorted(pairs)])
        signing = self._key.copy()
        twice = text.replace("%", "%25").replace("&", "%26").replace("=", "%3D")
        signing.update(f"GET&{quote(address, safe='')}&{twice}".encode())
        signature = quote(base64.b64encode(signing.digest()), safe="")
        return (
            f'OAuth oauth_consumer_key="key", oauth_nonce="{nonce}", oauth_signature_method="HMAC-SHA1", '
            f'oauth_timestamp="{now}", oauth_token="1-token", oauth_version="1.0", oauth_signature="{signature}"'
        )


class Unchunked:
    """The data of an answer in HTTP chunks; its head is passed over."""

    def __init__(self) -> None:
        self._rest = b""
        self._in_head = True

    def feed(self, data: bytes) -> bytes:
        """What `data` adds."""
        data = self._rest + data
        at = 0
        if self._in_head:
            at = data.index(b"\r\n\r\n") + 4
            self._in_head = False
        found: list[bytes] = []
        while (end := data.find(b"\r\n", at)) > 0:
            size = int(data[at:end], 16)
            if not size or len(data) < end + size + 4:
                break
            found.append(data[end + 2 : end + 2 + size])
            at = end + size + 4
        self._rest = data[at:]
        return b"".join(found)
