"""A program that uses aiohttp without any SDK: one session, JSON into dictionaries."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aiohttp

from benchmarks import content
from benchmarks.peer.base import Peer

PARAMETERS = {
    "query": content.QUERY,
    "max_results": "100",
    "tweet.fields": ",".join(content.POST_FIELDS),
    "user.fields": ",".join(content.USER_FIELDS),
    "media.fields": ",".join(content.MEDIA_FIELDS),
    "expansions": ",".join(content.EXPANSIONS),
}


class Client(Peer):
    """One session."""

    async def begin(self) -> None:
        self.session = aiohttp.ClientSession(self.site.address, headers={"Authorization": f"Bearer {self.token}"})

    async def aclose(self) -> None:
        await self.session.close()

    async def _get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        async with self.session.get(path, params=parameters) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def small(self) -> object:
        return await self._get("/2/users/me")

    async def page(self) -> object:
        return await self._get("/2/tweets/search/recent", PARAMETERS)

    async def create(self) -> object:
        async with self.session.post("/2/tweets", json={"text": "Hello from a benchmark"}) as answer:
            answer.raise_for_status()
            return await answer.json()

    def decode(self, body: bytes) -> object:
        return json.loads(body)

    async def follow(self, count: int, seen: Callable[[str], None]) -> None:
        async with self.session.get("/2/tweets/search/stream", params={"expansions": "author_id"}) as answer:
            async for line in answer.content:
                seen(json.loads(line)["data"]["text"])
                count -= 1
                if not count:
                    return

    def another_user(self) -> object:
        return aiohttp.ClientSession(self.site.address, headers={"Authorization": "Bearer another"})
