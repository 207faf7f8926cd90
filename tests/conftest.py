"""Settings that all tests share."""

from __future__ import annotations

import gc
import logging
import os
import sys
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.redis_server import RedisServer
from xdk_async import XError

MARK = "SECRET-"  # every token, key and code that a test uses holds it

SLOW = (  # what serves, draws, starts processes, moves files or goes through all operations: left out by `nox -s tests`
    "auth/test_store.py", "backfill", "cli", "client/test_secrets.py", "cost/test_processes.py", "docs", "limits/test_breaker.py",
    "limits/test_gate.py", "limits/test_redis", "limits/test_windows.py", "media", "observe/test_otel.py", "processes",
    "sandbox", "sink", "stream/test_faults.py", "surface", "test_examples.py",
    "test_official_samples.py", "test_web_login.py", "testing", "transport", "webhooks/test_app.py",
    "webhooks/test_end_to_end.py",
)  # fmt: skip

settings.register_profile("quick", max_examples=100, deadline=None)
settings.register_profile("soak", max_examples=5000, deadline=None)
settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips", action="store_true", help="a skipped test is a failure: everything it needs must be there"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes longer, by where it is."""
    slow = tuple(str(Path(__file__).parent / each) for each in SLOW)
    for item in items:
        if str(item.path).startswith(slow):
            item.add_marker("slow")


def pytest_collection_finish() -> None:
    """What is there before the first test need not be looked at after each: `gc.get_objects` leaves frozen objects out."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and --no-skips was given: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many samples of the documentation ran."""
    passed: list[pytest.TestReport] = terminalreporter.stats.get("passed", [])
    counts = [value for each in passed for name, value in each.user_properties if name == "samples"]
    if counts:
        ran = sum(int(str(each)) for each in counts)
        terminalreporter.write_line(f"{ran} samples of the documentation ran, in {len(counts)} places")


@pytest.fixture(autouse=True)
def no_credentials_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine has in its environment must not reach a test."""
    for name in [name for name in os.environ if name.startswith("X_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_telemetry_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """That some tests import OpenTelemetry's SDK must not switch it on for all others."""
    monkeypatch.delitem(sys.modules, "opentelemetry.sdk", raising=False)


class Listener(logging.Handler):
    """Keeps every line that is logged, at any level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def shown(error: BaseException) -> str:
    """All that a person may see of an exception."""
    return "".join([repr(error), str(error), *traceback.format_exception(error)])


def source_aside(text: str) -> str:
    """A traceback without the lines of source code in it, which quote the test itself."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("    "))


@pytest.fixture(autouse=True)
def nothing_shows_a_secret(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """No log line, no exception with its traceback, and no `repr` of ours may hold a token that a test used."""
    if request.node.get_closest_marker("shows_a_secret"):  # to test this very fixture
        yield
        return
    listener, errors, initialise = Listener(), list[XError](), XError.__init__

    def remember(self: XError, *arguments: Any, **more: Any) -> None:
        errors.append(self)
        initialise(self, *arguments, **more)

    monkeypatch.setattr(XError, "__init__", remember)
    root = logging.getLogger()
    before = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    yield
    root.setLevel(before)
    root.removeHandler(listener)
    texts = [*listener.lines, *(source_aside(shown(error)) for error in errors)]
    if request.path.parent.name in ("auth", "client"):  # where tokens live; looking at every object takes time
        texts += [repr(each) for each in gc.get_objects() if str(type(each).__module__).startswith("xdk_async.")]
    leaks = [text for text in texts if MARK in text]
    assert leaks == [], "a secret is shown"


@pytest.fixture(scope="session")
def redis_address() -> Generator[str, None, None]:
    """A redis-server on a free loopback port, for the session."""
    server = RedisServer()
    try:
        server.start()
        yield server.address
    finally:
        server.kill()
