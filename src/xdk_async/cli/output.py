"""Data on standard output: a table for people, JSON lines for programs. Nothing else goes there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, cast

import click
import msgspec

from xdk_async.cli.failure import PipeClosed

KEPT = {0x09, 0x0A}  # tab and line feed
# What steers a terminal, from wherever a post's text brings it: C0, DEL and C1, and marks that turn the direction of text.
STEERING = dict.fromkeys(
    [*(set(range(0x20)) - KEPT), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd"
)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ROOM = 100  # characters in a line, from which on a table shows all columns


class Column(NamedTuple):
    """A column of a table, unless `--fields` chooses others."""

    path: str
    """Where the value is, such as `author.username`."""
    title: str = ""
    wraps: bool = False
    """Whether it gets the room that is left, over several lines."""
    room: int = 0
    """It is left out of lines with fewer characters, unless `--fields` chooses it."""


class Output:
    """Takes items one by one. JSON lines are written at once, a table at the end."""

    def __init__(
        self,
        columns: Sequence[Column],
        form: Literal["json", "table"] | None,
        fields: str | None,
        nothing: str = "",
    ) -> None:
        chosen = [each.strip() for each in (fields or "").split(",") if each.strip()]
        self.is_table: bool = form == "table" or (form is None and sys.stdout.isatty())
        self._chosen = chosen
        titles = {each.path: each for each in columns}
        named = [titles.get(each, Column(each, wraps=each == "text"))._replace(room=0) for each in chosen]
        self._columns = named or list(columns)
        self._rows: list[Mapping[str, Any]] = []
        self._nothing = nothing

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rows:
            write_table(self._columns, self._rows)
        elif self._nothing and self.is_table and kind is None:
            click.echo(self._nothing, err=True)
        if kind is None:
            flush()

    def add(self, item: Mapping[str, Any]) -> None:
        """Print an item, or keep it for the table."""
        if self.is_table:
            self._rows.append(item)
        else:
            write_line(chosen_part(item, self._chosen) if self._chosen else item)

    def now(self, item: Mapping[str, Any]) -> None:
        """Print an item at once, in a terminal as a line of its own: for what has no end."""
        if not self.is_table:
            self.add(item)
        else:
            shown = [show(value_at(item, each.path)) for each in self._columns]
            write(f"{'  '.join(each.replace(chr(10), ' ') for each in shown if each)}\n".encode())
        flush()

    def facts(self, item: Mapping[str, Any]) -> None:
        """Print one item alone: in a terminal as two columns, name and value."""
        if not self.is_table:
            self.add(item)
            return
        paths = [(each.title or each.path, value_at(item, each.path)) for each in self._columns]
        rows = [{"name": name, "value": value} for name, value in paths if value is not None]
        write_table([Column("name"), Column("value", wraps=True)], rows, head=False)


def value_at(item: Mapping[str, Any], path: str) -> Any:
    """The value under a dotted path; None if there is none."""
    found: Any = item
    for step in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = cast("Mapping[str, Any]", found).get(step)
    return found


def chosen_part(item: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """The item with nothing but what the paths lead to; null where there is nothing."""
    part: dict[str, Any] = {}
    for path in paths:
        *way, last = path.split(".")
        place = part
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value_at(item, path)
    return part


def show(value: Any) -> str:
    """A value for people: times to the minute, in UTC; nothing that could steer the terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (dict, list)):
        return msgspec.json.encode(value).decode().translate(STEERING)
    text = str(value)
    if TIME.fullmatch(text):
        return f"{text[:10]} {text[11:16]}"
    return text.translate(STEERING)


def write_table(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], *, head: bool = True) -> None:
    """Print a table as wide as the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    columns = [each for each in columns if console.width >= each.room]
    table = Table(box=box.SIMPLE_HEAD if head else None, show_header=head, pad_edge=False, header_style="bold")
    for column in columns:
        number = all(isinstance(value_at(each, column.path), (int, type(None))) for each in rows)
        narrow = not column.wraps
        table.add_column(
            column.title or column.path.rpartition(".")[2], justify="right" if number else "left", no_wrap=narrow,
            overflow="ellipsis" if narrow else "fold", ratio=1 if column.wraps else None,
        )  # fmt: skip
    for row in rows:
        table.add_row(*(Text(show(value_at(row, each.path))) for each in columns))
    try:
        console.print(table)
    except BrokenPipeError:
        raise PipeClosed from None


def write_line(item: Any) -> None:
    """Print a value as one line of JSON."""
    write(msgspec.json.encode(item) + b"\n")


def write(content: bytes) -> None:
    """Print bytes as they are."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    except BrokenPipeError:
        raise PipeClosed from None


def flush() -> None:
    """Let what was printed go."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise PipeClosed from None
