"""A local X to run the client against, without credentials and without a network.

`async with serve() as x:` runs it inside a test; `python -m xdk_async.sandbox` runs it in a terminal.
Needs the extra: `pip install "xdk-async[sandbox]"`.
"""

from __future__ import annotations

try:
    from xdk_async.sandbox.clock import Clock
    from xdk_async.sandbox.desk.journal import Received
    from xdk_async.sandbox.server import Served, serve
    from xdk_async.sandbox.world import Sandbox
except ModuleNotFoundError as _missing:
    if (_missing.name or "").partition(".")[0] not in ("starlette", "uvicorn", "oauthlib"):
        raise
    raise ModuleNotFoundError(
        f'the sandbox needs {_missing.name}: pip install "xdk-async[sandbox]"', name=_missing.name
    ) from None

__all__ = ["Clock", "Received", "Sandbox", "Served", "serve"]
