"""A collecting seen in a terminal (extra `cli`)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from xdk_async._core.price import micros, shown
from xdk_async.sink.summary import Summary
from xdk_async.sink.target import needed


class Display:
    """Shows nothing."""

    def update(self, summary: Summary, waiting: int) -> None:
        """How it stands, with the items that were fetched and wait to be written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear it away."""


class Line(Display):
    """Shows one line that changes, by rich.

    Args:
        path: where to.
    """

    def __init__(self, path: Path) -> None:
        progress: Any = needed("rich.progress", "cli", "progress=True")
        console: Any = needed("rich.console", "cli", "progress=True")
        columns = (
            progress.SpinnerColumn(),
            progress.TextColumn("{task.fields[path]}", markup=False),
            progress.TextColumn("{task.completed:,.0f} items"),
            progress.TextColumn("{task.fields[more]}", markup=False),
            progress.TimeElapsedColumn(),
        )
        self._progress = progress.Progress(*columns, console=console.Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=None, path=path.name, more="")

    def update(self, summary: Summary, waiting: int) -> None:
        """How it stands, with the items that were fetched and wait to be written."""
        more = [f"{summary.pages:,} pages"] if summary.pages else []
        more += [shown(micros(summary.cost, "cost"))] if summary.cost else []
        more += [f"{summary.waited:,.0f} s waited for limits"] if summary.waited else []
        self._progress.update(self._task, completed=summary.total + waiting, more=", ".join(more))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


def display(wanted: bool | None, path: Path) -> Display:
    """What shows it.

    Args:
        wanted: whether to; None for yes if there is a terminal and rich.
        path: where to.

    Raises:
        InvalidArgument: It is wanted, and rich is not installed.
    """
    if wanted is None:
        wanted = sys.stderr.isatty() and importlib.util.find_spec("rich") is not None
    return Line(path) if wanted else Display()
