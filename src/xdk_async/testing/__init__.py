"""What helps to test programs that use this package. Importing it lets `respx` catch calls of the default transport.

The fixtures of the pytest plugin (`x_sandbox`, `x_client`, `x_url`, `x_user`, `x_post`, `x_cassette`) need no import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from xdk_async.testing.mocking import register_respx

if TYPE_CHECKING:
    from xdk_async.testing.asgi import ASGITransport
    from xdk_async.testing.cassette import Cassette, CassetteError
    from xdk_async.testing.local import LocalX

__all__ = ["ASGITransport", "Cassette", "CassetteError", "LocalX", "register_respx"]
_HOMES = {"ASGITransport": "asgi", "Cassette": "cassette", "CassetteError": "cassette", "LocalX": "local"}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
