"""Served sandboxes: a fresh one for each test that writes, one per module for those that only read."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.sandbox.api import Api, Serve, opened
from tests.sandbox.sign_in import marked
from xdk_async.sandbox import Sandbox


@pytest.fixture
def served() -> Serve:
    """Serves a sandbox of the test's own making."""
    return opened


@pytest_asyncio.fixture
async def x() -> AsyncIterator[Api]:
    """A sandbox of its own."""
    async with opened(Sandbox(heartbeat=60, limits={"*": 100_000})) as api:
        yield api


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def reader() -> AsyncIterator[Api]:
    """A sandbox that the module's tests share: nothing may be written, and there are no limits worth the name."""
    async with opened(Sandbox(limits={"*": 100_000})) as api:
        yield api


@pytest.fixture
def quiet_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests call and sign with logs addresses and headers; those hold codes and tokens, and are not ours."""
    for name in ("httpx", "httpcore.connection", "httpcore.http11", "oauthlib.oauth1.rfc5849"):
        monkeypatch.setattr(logging.getLogger(name), "disabled", True)


@pytest_asyncio.fixture
async def host(quiet_tools: None) -> AsyncIterator[Api]:
    """A sandbox of its own to sign in to, whose secrets are marked."""
    async with opened(marked()) as api:
        yield api
