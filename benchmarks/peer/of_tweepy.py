"""tweepy's AsyncClient: as people use it, which opens a connection for each request, or with a session given to it."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable
from typing import Any

from benchmarks import content
from benchmarks.peer.base import Peer, Site
from benchmarks.peer.moved import moved

ARGUMENTS: dict[str, Any] = {
    "query": content.QUERY,
    "max_results": 100,
    "tweet_fields": list(content.POST_FIELDS),
    "user_fields": list(content.USER_FIELDS),
    "media_fields": list(content.MEDIA_FIELDS),
    "expansions": list(content.EXPANSIONS),
}


class Client(Peer):
    """One `AsyncClient`, and an `AsyncStreamingClient` for each stream."""

    def __init__(self, site: Site, token: str, keep: bool = False) -> None:
        super().__init__(site, token)
        self._keep = keep

    async def begin(self) -> None:
        self._tweepy: Any = importlib.import_module("tweepy.asynchronous")
        base: Any = importlib.import_module("tweepy.asynchronous.client").AsyncBaseClient
        streaming: Any = importlib.import_module("tweepy.asynchronous.streaming")
        address = self.site.address

        async def connect(stream: Any, method: str, endpoint: str, **more: Any) -> None:
            url, headers = f"{address}/2/tweets/{endpoint}/stream", {"Authorization": f"Bearer {stream.bearer_token}"}
            await streaming.AsyncBaseStream._connect(stream, method, url, headers=headers, **more)

        self._streams: Any = type("Moved", (streaming.AsyncStreamingClient,), {"_connect": connect})
        self._kind: Any = type(
            "Moved", (self._tweepy.AsyncClient,), {"request": moved(base.request, self.site.address)}
        )
        self.client = self._kind(self.token)
        self.signing = self._kind(
            consumer_key="key", consumer_secret="secret", access_token="1-token", access_token_secret="secret"
        )
        if self._keep:
            aiohttp: Any = importlib.import_module("aiohttp")
            self.client.session = self.signing.session = aiohttp.ClientSession()

    async def aclose(self) -> None:
        if self._keep:
            await self.client.session.close()

    async def small(self) -> object:
        return await self.client.get_me(user_auth=False)

    async def page(self) -> object:
        return await self.client.search_recent_tweets(**ARGUMENTS)

    async def create(self) -> object:
        return await self.client.create_tweet(text="Hello from a benchmark", user_auth=False)

    async def signed(self) -> object:
        return await self.signing.get_me()

    def decode(self, body: bytes) -> object:
        base: Any = importlib.import_module("tweepy.client")
        tweet: Any = importlib.import_module("tweepy.tweet").Tweet
        found = json.loads(body)
        data = found.get("data")
        return base.Response(
            [tweet(each) for each in data], self.client._process_includes(found["includes"]), [], found["meta"]
        )

    async def collect(self, pages: int, work: float, ahead: bool) -> list[Any]:
        found: list[Any] = []
        async for page in self._tweepy.AsyncPaginator(self.client.search_recent_tweets, limit=pages, **ARGUMENTS):
            found.append(page)
            if work:
                await asyncio.sleep(work)
        return found

    async def follow(self, count: int, seen: Callable[[str], None]) -> None:
        async def on_response(stream: Any, response: Any) -> None:
            nonlocal count
            seen(response.data.text)
            count -= 1
            if not count:
                stream.disconnect()

        kind: Any = type("Counting", (self._streams,), {"on_response": on_response})
        await kind(self.token).filter(expansions=["author_id"])

    def another_user(self) -> object:
        return self._kind(
            consumer_key="key", consumer_secret="secret", access_token="1-token", access_token_secret="secret"
        )

    def sign(self, url: str) -> object:
        oauthlib: Any = importlib.import_module("oauthlib.oauth1")
        return oauthlib.Client("key", "secret", "1-token", "secret").sign(url)
