"""How a function of the caller's is called that may be plain or async."""

from __future__ import annotations

import inspect
from collections.abc import Callable


async def called(hook: Callable[..., object] | None, *arguments: object) -> None:
    """Call a hook, if there is one, and wait for it if it is async."""
    if hook is not None and inspect.isawaitable(told := hook(*arguments)):
        await told
