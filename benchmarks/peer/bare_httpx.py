"""A program that uses httpx without any SDK: one client, JSON into dictionaries."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from benchmarks.peer.bare_aiohttp import PARAMETERS
from benchmarks.peer.base import Peer


class Client(Peer):
    """One `httpx.AsyncClient`."""

    async def begin(self) -> None:
        limits = httpx.Limits(max_connections=1000, max_keepalive_connections=1000)
        headers = {"Authorization": f"Bearer {self.token}"}
        self.client = httpx.AsyncClient(base_url=self.site.address, headers=headers, limits=limits, timeout=60)

    async def aclose(self) -> None:
        await self.client.aclose()

    async def _get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        answer = await self.client.get(path, params=parameters)
        return answer.raise_for_status().json()

    async def small(self) -> object:
        return await self._get("/2/users/me")

    async def page(self) -> object:
        return await self._get("/2/tweets/search/recent", PARAMETERS)

    async def create(self) -> object:
        answer = await self.client.post("/2/tweets", json={"text": "Hello from a benchmark"})
        return answer.raise_for_status().json()

    def decode(self, body: bytes) -> object:
        return json.loads(body)

    async def follow(self, count: int, seen: Callable[[str], None]) -> None:
        async with self.client.stream("GET", "/2/tweets/search/stream", params={"expansions": "author_id"}) as answer:
            async for line in answer.aiter_lines():
                if line:
                    seen(json.loads(line)["data"]["text"])
                    count -= 1
                    if not count:
                        return

    def another_user(self) -> object:
        return httpx.AsyncClient(base_url=self.site.address, headers={"Authorization": "Bearer another"})
