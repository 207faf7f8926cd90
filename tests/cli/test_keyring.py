"""Secrets that the file holds encrypted, with a key in the keyring."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from tests.cli.conftest import Run
from tests.cli.test_sign_in import sign_in
from xdk_async.testing import LocalX


class InMemory(KeyringBackend):
    """A keyring that ends with the test."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password


class Locked(InMemory):
    """A keyring that nobody opens."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"{service} is locked")


@pytest.fixture
def ring() -> Generator[InMemory, None, None]:
    before, mine = keyring.get_keyring(), InMemory()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@pytest.fixture
def file(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDK_ASYNC_STORE", str(home / "tokens.sqlite"))
    return home / "tokens.sqlite"


def test_the_file_alone_gives_no_secret_away(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ring: InMemory, file: Path
) -> None:
    sign_in(run, x, monkeypatch, x.me.id)
    assert b"SECRET-" in file.read_bytes(), "without the keyring"
    assert run("logout").code == 0
    file.unlink()

    sign_in(run, x, monkeypatch, x.me.id, "--keyring", "--client-secret", x.client_secret)
    assert b"SECRET-" not in file.read_bytes()
    assert [service for service, _ in ring.held] == ["xdk-async"]
    assert run("accounts").items[0]["keyring"] is True
    x.clock.advance(7200)
    assert run("whoami").items[0]["username"] == "sandbox", "renewed"
    assert b"SECRET-" not in file.read_bytes()

    ring.held.clear()
    done = run("whoami")
    assert done.code == 3
    assert "the keyring holds no key" in done.err
    assert run("accounts").code == 0


def test_another_key_opens_nothing(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ring: InMemory, file: Path
) -> None:
    sign_in(run, x, monkeypatch, x.me.id, "--keyring")
    held = dict(ring.held)
    ring.held.clear()
    sign_in(run, x, monkeypatch, x.me.id, "--keyring", "--as", "other")
    assert ring.held != held
    done = run("whoami", "--as", "sandbox")
    assert done.code == 3
    assert "sign in again" in done.err
    assert run("whoami", "--as", "other").code == 0


def test_a_machine_without_a_keyring_says_so_before_anybody_signs_in(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(Locked())
    try:
        done = run("login", "--keyring", "--base-url", x.url, "--client-id", "c")
    finally:
        keyring.set_keyring(before)
    assert done.code == 3
    assert "the keyring does not work" in done.err
    monkeypatch.setitem(sys.modules, "keyring", None)
    done = run("login", "--keyring", "--base-url", x.url, "--client-id", "c")
    assert done.code == 2
    assert 'pip install "xdk-async[keyring]"' in done.err
