"""This library, with its default settings."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import httpx

from benchmarks import content
from benchmarks.peer.base import Peer, Site
from xdk_async import AsyncClient
from xdk_async._core.bind import bind
from xdk_async._core.operation import Call
from xdk_async._core.read import read
from xdk_async.api import operations as op
from xdk_async.auth.oauth1 import OAuth1Signer

ARGUMENTS: dict[str, Any] = {
    "query": content.QUERY,
    "max_results": 100,
    "tweet_fields": list(content.POST_FIELDS),
    "user_fields": list(content.USER_FIELDS),
    "media_fields": list(content.MEDIA_FIELDS),
    "expansions": list(content.EXPANSIONS),
}


class Client(Peer):
    """Over its own pool, over httpx's transport, through a proxy, or over HTTP/2."""

    def __init__(self, site: Site, token: str, over: str = "") -> None:
        super().__init__(site, token)
        self._over = over

    async def begin(self) -> None:
        transport = httpx.AsyncHTTPTransport() if self._over == "httpx" else None
        address = self.site.address
        if self._over == "http2":
            address = f"https://localhost:{self.site.h2_port}"
        # The server takes requests as a proxy gets them too, and answers them itself.
        proxy = f"http://127.0.0.1:{self.site.port}" if self._over == "proxy" else None
        self.client = AsyncClient(
            address, bearer_token=self.token, transport=transport, proxy=proxy, http2=self._over == "http2"
        )
        self.signing = AsyncClient(
            self.site.address, api_key="key", api_secret="secret", access_token="1-token", access_token_secret="secret",
            transport=transport,
        )  # fmt: skip
        self._transport = transport
        self._call: Call[Any] = bind(op.POSTS_SEARCH_RECENT, ARGUMENTS)
        self._signer = OAuth1Signer("key", "secret", "1-token", "secret")
        self._users = 0

    async def aclose(self) -> None:
        await self.client.aclose()
        await self.signing.aclose()
        if self._transport is not None:
            await self._transport.aclose()

    async def small(self) -> object:
        return (await self.client.users.get_me()).data

    async def page(self) -> object:
        return await self.client.posts.search_recent(**ARGUMENTS)

    async def create(self) -> object:
        return (await self.client.posts.create(text="Hello from a benchmark")).data

    async def signed(self) -> object:
        return (await self.signing.users.get_me()).data

    def decode(self, body: bytes) -> object:
        return read(self._call, 200, {}, body)

    async def collect(self, pages: int, work: float, ahead: bool) -> list[Any]:
        found: list[Any] = []
        async for page in self.client.posts.search_recent(**ARGUMENTS).pages(pages, prefetch=int(ahead)):
            found.append(page)
            if work:
                await asyncio.sleep(work)
        return found

    async def follow(self, count: int, seen: Callable[[str], None]) -> None:
        async with self.client.stream.posts(expansions=["author_id"]) as posts:
            async for event in posts:
                seen(event.data.text or "")
                count -= 1
                if not count:
                    return

    def another_user(self) -> object:
        self._users += 1
        return self._several.as_user(f"user {self._users}")

    @property
    def _several(self) -> AsyncClient:
        if not hasattr(self, "_many"):
            self._many = AsyncClient(
                self.site.address, client_id="id", client_secret="secret", redirect_uri="http://localhost/"
            )
        return self._many

    def sign(self, url: str) -> object:
        return self._signer.header("GET", parsed(url))


@functools.cache
def parsed(url: str) -> httpx.URL:
    """A request has its address in this form already."""
    return httpx.URL(url)
