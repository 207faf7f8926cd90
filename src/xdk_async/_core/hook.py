"""How a function of the caller's is called that may be plain or async."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


async def called(hook: Callable[..., object] | None, *arguments: object) -> Any:
    """Call a hook, if there is one, and wait for it if it is async; what it gave."""
    told: Any = None if hook is None else hook(*arguments)
    return await told if inspect.isawaitable(told) else told
