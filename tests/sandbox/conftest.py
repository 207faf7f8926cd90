"""Served sandboxes: a fresh one for each test that writes, one per module for those that only read."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import httpx
import pytest
import pytest_asyncio

from tests.sandbox.api import Api
from xdk_async.sandbox import Sandbox, serve

Served: TypeAlias = Callable[[Sandbox], AbstractAsyncContextManager[Api]]


@asynccontextmanager
async def opened(sandbox: Sandbox) -> AsyncGenerator[Api, None]:
    async with serve(sandbox) as served, httpx.AsyncClient(base_url=served.url, trust_env=False) as client:
        yield Api(served, client)


@pytest.fixture
def served() -> Served:
    """Serves a sandbox of the test's own making."""
    return opened


@pytest_asyncio.fixture
async def x() -> AsyncIterator[Api]:
    """A sandbox of its own."""
    async with opened(Sandbox(heartbeat=60)) as api:
        yield api


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def reader() -> AsyncIterator[Api]:
    """A sandbox that the module's tests share: nothing may be written, and there are no limits worth the name."""
    limits = dict.fromkeys(("posts.search_recent", "posts.get_by_id", "posts.get_by_ids"), 100_000)
    async with opened(Sandbox(limits=limits)) as api:
        yield api
