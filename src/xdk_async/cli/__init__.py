"""The command `xdk-async`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

USAGE = """\
usage: xdk-async COMMAND ...

commands:
  sandbox    serve a local X (xdk-async sandbox --help)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] == "sandbox":
        return sandbox(given[1:])
    if given and given[0] in ("-h", "--help"):
        sys.stdout.write(USAGE)
        return 0
    sys.stderr.write(f"xdk-async: there is no command {given[0]!r}\n{USAGE}" if given else USAGE)
    return 2


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
