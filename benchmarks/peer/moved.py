"""Functions of tweepy with this server's address in place of the one that is written into them."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

HOST = "https://api.twitter.com"


def moved(function: Any, address: str) -> Any:
    """The function compiled anew: as fast as it was, since nothing stands between."""
    source = textwrap.dedent(inspect.getsource(function))
    if HOST not in source:
        raise RuntimeError(f"{function.__qualname__} does not name {HOST} any more")
    names: dict[str, Any] = {}
    exec(source.replace(HOST, address), vars(inspect.getmodule(function)), names)
    return names[function.__name__]
