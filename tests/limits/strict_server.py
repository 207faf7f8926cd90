"""An X on a real socket that counts the calls of all who come, in short windows, and tells them by headers."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

from aiohttp import web

OPERATION = "/2/tweets/search/recent"


class StrictServer:
    """So many calls in so many seconds, which begin with a call. What happens at a call may be set by its number."""

    def __init__(self, calls: int, seconds: float, latency: float = 0.1) -> None:
        self.calls, self.seconds, self.latency = calls, seconds, latency
        self.windows: list[int] = []  # calls of each
        self.ends = 0.0
        self.refused = 0
        self.at: dict[tuple[int, int], Callable[[], None]] = {}  # by window and call, from 0 and 1
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get(OPERATION, self.answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def aclose(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def answer(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.latency / 2)
        now = time.time()
        if now >= self.ends:
            self.windows.append(0)
            self.ends = now + self.seconds
        fits = self.windows[-1] < self.calls
        if fits:
            self.windows[-1] += 1
            act = self.at.pop((len(self.windows) - 1, self.windows[-1]), None)
            if act is not None:
                act()
        else:
            self.refused += 1
        headers = {
            "x-rate-limit-limit": str(self.calls),
            "x-rate-limit-remaining": str(self.calls - self.windows[-1]),
            "x-rate-limit-reset": str(math.floor(self.ends)),
        }
        await asyncio.sleep(self.latency / 2)
        if not fits:
            return web.json_response({"title": "Too Many Requests", "status": 429}, status=429, headers=headers)
        return web.json_response({"data": [{"id": "7", "text": "cats"}], "meta": {"result_count": 1}}, headers=headers)
