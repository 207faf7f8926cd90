"""The guard over the whole suite can fail."""

from __future__ import annotations

import logging
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import conftest
from xdk_async import CredentialsError, XError

pytestmark = pytest.mark.shows_a_secret


class Node:
    """A test without markers."""

    def get_closest_marker(self, name: str) -> None:
        """None has any."""


def guard(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    request = SimpleNamespace(path=Path("elsewhere/test_x.py"), node=Node())
    fixture: Any = conftest.nothing_shows_a_secret
    running: Generator[None] = fixture.__wrapped__(request, monkeypatch)
    return running


def finish(running: Generator[None]) -> None:
    with pytest.raises(StopIteration):
        next(running)


def test_a_secret_in_a_log_line_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    running = guard(monkeypatch)
    next(running)
    logging.getLogger("xdk_async").debug("sent %s", "SEC" + "RET-token")
    with pytest.raises(AssertionError, match="a secret is shown"):
        finish(running)


def test_a_secret_in_an_exception_is_found_even_if_it_was_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    running = guard(monkeypatch)
    next(running)
    with pytest.raises(XError):
        raise CredentialsError("SEC" + "RET-token")
    with pytest.raises(AssertionError, match="a secret is shown"):
        finish(running)


def test_nothing_shown_is_nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    running = guard(monkeypatch)
    next(running)
    logging.getLogger("xdk_async").debug("sent nothing")
    finish(running)
