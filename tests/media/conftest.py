"""A served sandbox, and clients whose waiting takes no time but moves the sandbox's clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from xdk_async._core.operation import Auth
from xdk_async._core.options import Options
from xdk_async._core.sender import Sender
from xdk_async._core.transport import Transport
from xdk_async.api.groups import Groups
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.sandbox import Sandbox, Served, serve


class Client(Groups):
    """The groups of a client over a sender of the test's making."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sender.transport.aclose()


class World:
    """A sandbox and its time."""

    def __init__(self, served: Served, moment: list[float]) -> None:
        self.url = served.url
        self.sandbox = served.sandbox
        self.moment = moment
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment[0] += seconds
        await asyncio.sleep(0)

    def client(self, transport: httpx.AsyncBaseTransport | None = None) -> Client:
        """A client of the signed-in user, in the sandbox's time."""
        shared = Transport(self.url, http=transport, clock=lambda: self.moment[0], sleep=self.sleep)
        user = Bearer(self.sandbox.user_token, Auth.OAUTH2)
        return Client(Sender(shared, Credentials(app=Bearer(self.sandbox.app_token), oauth2=user), Options()))

    def only_upload(self) -> str:
        """SHA-256 of the one file that has arrived."""
        (upload,) = self.sandbox.store.uploads.values()
        return upload.sha256


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    moment = [1_800_000_000.0]
    sandbox = Sandbox(
        clock=lambda: moment[0], limits={"media.append_upload": 100_000, "media.get_upload_status": 9_000}
    )
    async with serve(sandbox) as served:
        yield World(served, moment)


@pytest_asyncio.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with world.client() as client:
        yield client


class Breaking(httpx.AsyncBaseTransport):
    """Over the real network, but every so-manieth request for a segment fails, before or after X has carried it out."""

    def __init__(self, every: int) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._every = every
        self.segments = 0
        self.failures: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/append"):
            return await self._real.handle_async_request(request)
        self.segments += 1
        if self.segments % self._every:
            return await self._real.handle_async_request(request)
        way = ("reset before", "500", "reset after", "503 after")[len(self.failures) % 4]
        self.failures.append(way)
        if way.endswith("after"):
            answer = await self._real.handle_async_request(request)
            await answer.aread()
            await answer.aclose()
        if way.startswith("reset"):
            raise httpx.ReadError("connection reset by peer", request=request)
        return httpx.Response(int(way[:3]), text="<html>over capacity</html>", request=request)

    async def aclose(self) -> None:
        await self._real.aclose()
