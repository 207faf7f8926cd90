"""Progress of long work, on stderr, for those who sit in front of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager


def nothing(_: float, __: str) -> None:
    """Nobody sits there."""


@contextmanager
def progress(what: str, total: float | None, unit: str = "") -> Generator[Callable[[float, str], None], None, None]:
    """A bar (or what stands for one, as long as nobody knows the end) with a function that moves it.

    Args:
        what: what is done.
        total: where it ends; None if nobody knows.
        unit: what is counted; `bytes` are shown as such.
    """
    if not sys.stderr.isatty():
        yield nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    count = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        count,
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=False) as shown:
        task = shown.add_task(what, total=total, note=unit if unit != "bytes" else "")

        def move(done: float, note: str) -> None:
            shown.update(task, completed=done)
            if note:
                shown.update(task, note=note)

        yield move
