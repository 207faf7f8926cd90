"""Token stores to test with."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from xdk_async.auth.redis_store import RedisStore
from xdk_async.auth.sqlite_store import SQLiteStore
from xdk_async.auth.store import MemoryStore, TokenStore


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[TokenStore, None]:
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        yield SQLiteStore(tmp_path / "tokens.sqlite")
    else:
        found = RedisStore(request.getfixturevalue("redis_address"), prefix=f"test:{tmp_path.name}")
        yield found
        await found.aclose()
