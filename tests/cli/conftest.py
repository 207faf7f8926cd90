"""The command in this process, against a local X on a socket, with a home of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple

import pexpect
import pytest

from xdk_async.cli import main
from xdk_async.testing import LocalX

COMMAND = [sys.executable, "-m", "xdk_async.cli"]


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def items(self) -> list[dict[str, Any]]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.out.split("\n") if line]  # a post may hold U+2028


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that holds nothing."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDK_ASYNC_STORE", "XDK_ASYNC_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def x(home: Path) -> Generator[LocalX, None, None]:
    """A local X on a socket; its tokens hold the mark of secrets."""
    local = LocalX(
        mark="SECRET-", app_token="SECRET-app", user_token="SECRET-user", client_secret="SECRET-client",
        api_secret="SECRET-api", oauth1_token_secret="SECRET-oauth1", media_processing=0,
    )  # fmt: skip
    yield local
    local.stop()


@pytest.fixture
def signed(x: LocalX, monkeypatch: pytest.MonkeyPatch) -> LocalX:
    """The local X, and its tokens in the environment."""
    monkeypatch.setenv("X_BASE_URL", x.url)
    monkeypatch.setenv("X_BEARER_TOKEN", x.app_token)
    monkeypatch.setenv("X_ACCESS_TOKEN", x.user_token)
    return x


Run = Callable[..., Ran]


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process."""

    def go(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert "SECRET-" not in said.out + said.err, "a secret is shown"
        return Ran(code, said.out, said.err)

    return go


@pytest.fixture
def environment(signed: LocalX) -> dict[str, str]:
    """As a process gets it: the local X's address and tokens, a home of its own."""
    assert signed.url
    return {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "NO_PROXY": "*"}


Spawn = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def spawn(environment: dict[str, str]) -> Generator[Spawn, None, None]:
    """Runs a command line in a terminal."""
    running: list[pexpect.spawn[str]] = []

    def start(*arguments: str) -> pexpect.spawn[str]:
        process: pexpect.spawn[str] = pexpect.spawn(
            COMMAND[0], [*COMMAND[1:], *arguments], env=environment, encoding="utf-8", timeout=30, dimensions=(40, 110)
        )
        running.append(process)
        return process

    yield start
    for each in running:
        each.close(force=True)


def ended(process: pexpect.spawn[str]) -> int | None:
    """The exit code, once everything was read."""
    process.expect(pexpect.EOF)
    process.close()
    return process.exitstatus
