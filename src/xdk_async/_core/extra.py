"""Packages that come with an extra, and may not be there."""

from __future__ import annotations

import importlib.util

from xdk_async.errors import InvalidArgument


def need(module: str, what: str, extra: str) -> None:
    """Check that a package of an extra is there.

    Raises:
        InvalidArgument: It is not; says how to install it.
    """
    if importlib.util.find_spec(module) is None:
        raise InvalidArgument(f"{what} needs the extra: pip install 'xdk-async[{extra}]'")
