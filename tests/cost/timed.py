"""Clients whose time a test moves, and answers to bill."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from decimal import Decimal
from typing import Any

import httpx

from tests.client.fakes import Clock
from xdk_async import AsyncClient

MIDNIGHT = 1_790_035_200.0  # 2026-09-22 00:00:00 UTC
ME = "2244994945"
ZERO = Decimal(0)
OAUTH1 = {
    "api_key": "SECRET-key",
    "api_secret": "SECRET-key-secret",
    "access_token": f"{ME}-SECRET-token",
    "access_token_secret": "SECRET-token-secret",
}


class Timed(AsyncClient):
    """A client with a clock of its own, over any transport."""

    def __init__(self, http: httpx.AsyncBaseTransport, clock: Clock | None = None, **settings: Any) -> None:
        self.clock: Clock = clock or Clock(MIDNIGHT - 3600)
        given: dict[str, Any] = {"bearer_token": "SECRET-app", **OAUTH1} if "bearer_token" not in settings else {}
        super().__init__(transport=http, retries=settings.pop("retries", 2), **given, **settings)
        self._sender.transport.keep_time(self.clock, self.clock.sleep)


def objects(ids: Iterable[int]) -> list[dict[str, str]]:
    return [{"id": str(each), "text": "hello", "name": "somebody", "username": "somebody"} for each in ids]


def answer(ids: Iterable[int], users: Iterable[int] = (), **rest: Any) -> httpx.Response:
    """A page of posts or of people, with people who are included."""
    includes = {"users": objects(users)}
    return httpx.Response(200, json={"data": objects(ids), **({"includes": includes} if users else {}), **rest})


def made(id: int = 99) -> httpx.Response:
    """A post was written."""
    return httpx.Response(201, json={"data": {"id": str(id), "text": "hello"}})


class Slow(httpx.AsyncBaseTransport):
    """Answers each page with as many new posts as are asked for, or fewer; keeps count of what is on its way."""

    def __init__(self, *, share: float = 1.0) -> None:
        self.share = share
        self.sent = 0
        self.delivered = 0
        self.gate: asyncio.Event = asyncio.Event()
        self.gate.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent += 1
        await self.gate.wait()
        await asyncio.sleep(0)
        count = int(int(request.url.params["max_results"]) * self.share)
        first, self.delivered = self.delivered, self.delivered + count
        return answer(range(first + 1, first + count + 1))


class Lines(httpx.AsyncByteStream):
    """A stream of posts that goes on for ever."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._ids = ids
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for each in self._ids:
            await asyncio.sleep(0)
            self.sent += 1
            yield json.dumps({"data": {"id": str(each), "text": "hello"}}).encode() + b"\r\n"
        await asyncio.Event().wait()
