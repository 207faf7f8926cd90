"""The warning before a post that costs many times as much as others."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from xdk_async._core.hook import called

PACKAGE = f"{Path(__file__).parents[1]}{os.sep}"


class CostWarning(UserWarning):
    """A post holds a URL, for which X charges many times the price of other posts. It has not been sent yet.

    Python shows it once for each line of a program; `warnings.filterwarnings("ignore", category=CostWarning)` silences it
    and `"error"` makes such posts fail unsent.
    """


@dataclass(frozen=True, slots=True)
class Costly:
    """A post that is about to be sent, and costs more than others."""

    operation: str
    """Name of the operation: `posts.create`."""
    cost: Decimal
    """US dollars that it costs."""
    usual: Decimal
    """US dollars that it would cost without the URL."""
    text: str
    """What it says."""


OnCostly: TypeAlias = Callable[[Costly], Awaitable[None] | None]


async def warn(found: Costly, hook: OnCostly | None) -> None:
    """Tell the hook, or, without one, warn where the library was called from. What either raises ends the call."""
    if hook is not None:
        await called(hook, found)
        return
    message = f"{found.operation}: with a URL a post costs ${found.cost} instead of ${found.usual}"
    warnings.warn(message, CostWarning, stacklevel=outside())


def outside() -> int:
    """How far up the stack the library ends, as `warnings.warn` of the caller counts."""
    level, frame = 0, inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        level, frame = level + 1, frame.f_back
    return level  # this function's own frame counts for the one of `warn`, which is called beside it
