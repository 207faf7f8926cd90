"""The command `xdk-async`. Needs the extra `cli`; only `xdk-async sandbox` works without it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

NEEDED = ("click", "platformdirs", "rich", "yaml")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] == "sandbox":
        return sandbox(given[1:])
    for package in NEEDED:
        if importlib.util.find_spec(package) is None:
            sys.stderr.write(f'The command line needs {package}: pip install "xdk-async[cli]"\n')
            return 2
    from xdk_async.cli.app import run

    return run(given)


def sandbox(arguments: Sequence[str]) -> int:
    """Serve a local X."""
    try:
        from xdk_async.sandbox.__main__ import main as serve
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("starlette", "uvicorn", "oauthlib"):
            raise
        sys.stderr.write(f'The sandbox needs {error.name}: pip install "xdk-async[sandbox]"\n')
        return 1
    return serve(arguments)
