"""A pytest plugin, found by its entry point. Nothing of it costs anything until a fixture is used.

Its fixtures are plain ones, so that they work with pytest-asyncio in either mode, with anyio's plugin, and without any.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdk_async.client import AsyncClient
    from xdk_async.sandbox.record import Post, User
    from xdk_async.testing.cassette import Cassette, Mode
    from xdk_async.testing.local import LocalX

MARKER = "x_sandbox(**settings): settings of the `x_sandbox` fixture, those of `xdk_async.sandbox.Sandbox`"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--x-record`."""
    group = parser.getgroup("xdk_async", "xdk-async")
    group.addoption(
        "--x-record", action="store_true", help="let x_cassette ask X itself, and write its answers down anew"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


def pytest_runtest_setup() -> None:
    """Let respx catch calls of the default transport, once somebody has imported it."""
    if "respx" in sys.modules:
        from xdk_async.testing.mocking import register_respx

        register_respx()


@pytest.fixture
def x_sandbox(request: pytest.FixtureRequest) -> Iterator[LocalX]:
    """A local X of the test's own: state, faults, clock, factories, assertions. `x_sandbox.url` serves it on a socket.

    Settings come from `@pytest.mark.x_sandbox(seed=None, limits={...})`, the nearest marker first.
    """
    from xdk_async.testing.local import LocalX

    settings: dict[str, Any] = {}
    for marker in request.node.iter_markers("x_sandbox"):
        if marker.args:
            raise pytest.UsageError("the marker x_sandbox takes settings by name, such as x_sandbox(seed=None)")
        settings = {**marker.kwargs, **settings}
    x = LocalX(**settings)
    try:
        yield x
    finally:
        x.stop()


@pytest.fixture
def x_client(x_sandbox: LocalX) -> AsyncClient:
    """A client of `x_sandbox`, without a socket, signed in as the app and as `x_sandbox.me`. Needs no closing."""
    return x_sandbox.client()


@pytest.fixture
def x_url(x_sandbox: LocalX) -> str:
    """Where `x_sandbox` is served, from a thread of its own: for other clients, other processes, tests without a loop."""
    return x_sandbox.url


@pytest.fixture
def x_user(x_sandbox: LocalX) -> Callable[..., User]:
    """Makes accounts: `x_user("ada", name="Ada")`."""
    return x_sandbox.user


@pytest.fixture
def x_post(x_sandbox: LocalX) -> Callable[..., Post]:
    """Makes posts: `x_post("Hello", author="ada")`."""
    return x_sandbox.post


@pytest.fixture
def x_cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """Answers of X that were recorded, in `cassettes/` beside the test; with `--x-record` they are recorded anew.

    Give it to a client: `AsyncClient(transport=x_cassette, …)`.
    """
    from xdk_async.testing.cassette import Cassette

    path = Path(request.path).parent / "cassettes" / f"{request.path.stem}.{request.node.name}.json"
    mode: Mode = "record" if request.config.getoption("--x-record") else "replay"
    with Cassette(path, mode) as cassette:
        yield cassette
