"""What a collecting has done."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from xdk_async._core.price import micros, shown
from xdk_async._core.wait import Wait
from xdk_async.errors import RateLimited


@dataclass(frozen=True, slots=True)
class Summary:
    """What a collecting has done so far, or in all. `str()` of it is one line."""

    path: Path
    """Where to."""
    items: int = 0
    """Rows added by this run; in tables, those that were there already are not counted."""
    pages: int = 0
    """Pages fetched by this run; 0 for streams."""
    cost: Decimal = Decimal(0)
    """US dollars that X charges for this run, as far as is known."""
    waited: float = 0.0
    """Seconds that its calls waited for limits."""
    seconds: float = 0.0
    """Seconds that it took."""
    resumed: bool = False
    """Whether an earlier run was gone on with."""
    done: bool = False
    """Whether all that the query gives, or as much as was asked for, is there."""
    total: int = 0
    """Rows there of this query, those of earlier runs included."""

    def __str__(self) -> str:
        parts = [counted(self.items, "item")]
        if self.pages:
            parts.append(counted(self.pages, "page"))
        if self.resumed:
            parts.append(f"{self.total:,} in all" if self.items else f"nothing new, {self.total:,} in all")
        if self.cost:
            parts.append(shown(micros(self.cost, "cost")))
        if self.waited:
            parts.append(f"{self.waited:.0f} s waited for limits")
        return f"{os.fspath(self.path)}: {', '.join(parts)}, in {self.seconds:.1f} s"


def counted(number: int, what: str) -> str:
    """`1 item`, `1,500 items`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


class Tally:
    """Counts what a run does.

    Args:
        path: where to.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.items: int = 0
        self.pages: int = 0
        self.total: int = 0
        self.cost: Decimal = Decimal(0)
        self.waited: float = 0.0
        self.resumed: bool = False
        self.done: bool = False
        self._time = asyncio.get_running_loop().time
        self._began = self._time()

    def waits(self, wait: Wait) -> None:
        """A call is going to wait."""
        if wait.why != "retry" or isinstance(wait.error, RateLimited):
            self.waited += wait.seconds

    def summary(self) -> Summary:
        """How it stands."""
        return Summary(
            self._path, self.items, self.pages, self.cost, self.waited, self._time() - self._began, self.resumed,
            self.done, self.total,
        )  # fmt: skip
