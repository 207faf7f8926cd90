"""What every target does, whatever its format, and which of them a path means."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from xdk_async._core.given import check_type, path_of
from xdk_async.errors import InvalidArgument
from xdk_async.sink.column import Table

Mode: TypeAlias = Literal["resume", "append", "overwrite"]


class Sink:
    """A target of `collect` with its settings. Used by one `collect` at a time, and by one thread at a time.

    Args:
        path: The file.
    """

    batch: int = 1000
    """Items that are written at once, unless `collect` is told otherwise."""
    every: float = 10.0
    """Seconds after which they are written though they are fewer."""
    is_taken: bool = False
    """Whether a `collect` uses it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Path = path_of(path, "collect")
        """The file."""
        self.troubles: tuple[type[Exception], ...] = (OSError,)
        """What it raises when the disk is full, a right is missing, and the like."""

    def open(self, table: Table, mode: Mode) -> bytes | None:
        """Make it ready for such items, and give the state that was written last; None if it is new.

        Raises:
            InvalidArgument: Something else is there, or what it needs is not installed.
        """
        raise NotImplementedError

    def write(self, rows: Sequence[dict[str, Any]], state: bytes) -> int:
        """Add rows and keep the state: whatever happens, both are there or neither. How many rows were new."""
        raise NotImplementedError

    def finish(self, state: bytes) -> None:
        """Bring it into its last form, once nothing more comes."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({os.fspath(self.path)!r})"


SUFFIXES: Mapping[str, tuple[str, str]] = {
    ".jsonl": ("xdk_async.sink.jsonl", "JSONL"),
    ".ndjson": ("xdk_async.sink.jsonl", "JSONL"),
    ".jsonl.gz": ("xdk_async.sink.jsonl", "JSONL"),
    ".ndjson.gz": ("xdk_async.sink.jsonl", "JSONL"),
    ".db": ("xdk_async.sink.sqlite", "SQLite"),
    ".sqlite": ("xdk_async.sink.sqlite", "SQLite"),
    ".sqlite3": ("xdk_async.sink.sqlite", "SQLite"),
    ".parquet": ("xdk_async.sink.parquet", "Parquet"),
    ".duckdb": ("xdk_async.sink.duckdb", "DuckDB"),
}


def sink_of(target: Sink | str | os.PathLike[str]) -> Sink:
    """The target that is meant.

    Raises:
        InvalidArgument: No format has such a suffix.
    """
    if isinstance(target, Sink):
        return target
    check_type("collect", target, (str, os.PathLike), "a path or a Sink to write to")
    name = path_of(target, "collect").name.lower()
    suffix = next((each for each in SUFFIXES if name.endswith(each) and name != each), None)
    if suffix is None:
        raise InvalidArgument(f"{os.fspath(target)!r} ends in none of {', '.join(SUFFIXES)}, which say the format")
    module, kind = SUFFIXES[suffix]
    made: Sink = getattr(importlib.import_module(module), kind)(target)
    return made


@contextlib.contextmanager
def taken(sink: Sink) -> Generator[None]:
    """Keep a target from being used by two at once: one would close it while the other writes.

    Raises:
        InvalidArgument: Another `collect` uses it.
    """
    if sink.is_taken:
        raise InvalidArgument(f"another collect uses this {sink!r}: give each of them one of its own")
    sink.is_taken = True
    try:
        yield
    finally:
        sink.is_taken = False


def needed(module: str, extra: str, what: str) -> Any:
    """A module that an extra brings.

    Raises:
        InvalidArgument: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != top:
            raise
        raise InvalidArgument(f'{what} needs {top}: pip install "xdk-async[{extra}]"') from None


def refuse_foreign(path: Path | str, mode: Mode) -> None:
    """Raise for a target that `collect` did not make, unless the caller says what to do with it."""
    if mode == "resume":
        raise InvalidArgument(
            f"{path} is there already, and does not say how far its collecting came: use mode='append' to add to it,"
            f" or mode='overwrite' to begin anew"
        )


def refuse_lost(what: str) -> None:
    """Raise for a target that holds less than was collected: going on would leave that out, beginning anew bills it again.

    Args:
        what: what is gone, or shorter.
    """
    raise InvalidArgument(f"{what}: put it back to go on, or use mode='overwrite' to begin anew")
