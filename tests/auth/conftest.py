"""Token stores to test with; Redis is a real one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from xdk_async.auth.redis_store import RedisStore
from xdk_async.auth.sqlite_store import SQLiteStore
from xdk_async.auth.store import MemoryStore, TokenStore


@pytest.fixture(scope="session")
def redis_address() -> Generator[str, None, None]:
    """A redis-server on a free loopback port, for the session."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"nothing listens on port {port}")


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
