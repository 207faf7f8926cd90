"""A redis-server of a test's own, which can be killed and started again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.loopback import free_port, wait_for


def connected(address: str, **settings: Any) -> Any:
    """A client of it, whose own types are incomplete."""
    untyped: Any = Redis
    return untyped.from_url(address, **settings)


class RedisServer:
    """On a free loopback port, without persistence: what it held is gone with it."""

    def __init__(self, *options: str) -> None:
        found = shutil.which("redis-server")
        if found is None:
            pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
        self.port = free_port()
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._command = [found, *where, *options]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, directory: Path | None = None) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, cwd=directory)
        try:
            wait_for(self.port)
        except AssertionError:
            self.kill()
            raise

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
