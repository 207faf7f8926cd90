"""The guard over the whole suite can fail."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from tests import conftest
from xdk_async import CredentialsError, XError


pytestmark = pytest.mark.shows_a_secret


def guard(monkeypatch: pytest.MonkeyPatch) -> object:
    request = SimpleNamespace(path=SimpleNamespace(parent=SimpleNamespace(name="elsewhere")), node=SimpleNamespace(get_closest_marker=lambda name: None))
    return conftest.nothing_shows_a_secret.__wrapped__(request, monkeypatch)  # type: ignore[attr-defined]


def finish(running: object) -> None:
    with pytest.raises(StopIteration):
        next(running)  # type: ignore[call-overload]


def test_a_secret_in_a_log_line_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    running = guard(monkeypatch)
    next(running)  # type: ignore[call-overload]
    logging.getLogger("xdk_async").debug("sent %s", "SEC" + "RET-token")
    with pytest.raises(AssertionError, match="a secret is shown"):
        finish(running)


def test_a_secret_in_an_exception_is_found_even_if_it_was_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    running = guard(monkeypatch)
    next(running)  # type: ignore[call-overload]
    with pytest.raises(XError):
        raise CredentialsError("SEC" + "RET-token")
    with pytest.raises(AssertionError, match="a secret is shown"):
        finish(running)


def test_nothing_shown_is_nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    running = guard(monkeypatch)
    next(running)  # type: ignore[call-overload]
    logging.getLogger("xdk_async").debug("sent nothing")
    finish(running)
