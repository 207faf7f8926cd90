"""How far a backfill came, as a string that another process can go on from. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from xdk_async._core.operation import Call
from xdk_async._core.span import Span, iso
from xdk_async.errors import InvalidArgument

FREE = ("max_results",)  # what may be another one when it goes on


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """How far a backfill came, earlier runs of it included where nothing else is said."""

    items: int
    """Posts, or counts, that were handed out."""
    pages: int
    """Pages that were handed out, or begun."""
    reached: datetime
    """Everything from this moment on was handed out."""
    fraction: float
    """How much of the time range that is, from 0 to 1."""
    windows_done: int
    """Windows that were handed out whole, in this run."""
    windows_open: int
    """Windows that were begun and are not handed out whole."""
    expected: int | None
    """Posts that X counted so far in what this run is to fetch; None where it does not count."""
    lost_until: datetime | None
    """Posts before this moment could not be had: the last 7 days had gone on. None if there are none."""


class Place(msgspec.Struct, frozen=True):
    """Which backfill it is of, and what of it is still to come: `current`, and all from `start` to where that begins.

    How the rest is cut is not in it: any cut of it gives the same posts.
    """

    operation: str
    asked: dict[str, str]
    """Digests of what was asked for, by name of the parameter."""
    start: int
    end: int
    current: Span
    items: int = 0
    pages: int = 0

    @property
    def is_end(self) -> bool:
        """Whether nothing is to come."""
        return self.current.is_empty and self.current.start <= self.start

    def text(self) -> str:
        """As a string."""
        return msgspec.json.encode(self).decode()


def digests(call: Call[Any]) -> dict[str, str]:
    """What a call asks for, without giving it away at length."""
    parts = {"path": call.path, **{name: value for name, value in call.query if name not in FREE}}
    return {name: hashlib.sha256(value.encode()).hexdigest()[:12] for name, value in parts.items()}


def first_place(call: Call[Any], whole: Span) -> Place:
    """Where a backfill begins."""
    return Place(call.operation.name, digests(call), whole.start, whole.end, Span(whole.end, whole.end))


def continued(first: Place, text: str | bytes, where: str, *, any_start: bool = False, any_end: bool = False) -> Place:
    """The place that was saved, if it is one of the same backfill.

    Args:
        first: where the backfill begins.
        text: what was saved.
        where: what holds it, for errors.
        any_start: whether the start is so long ago, whenever that is: that of the first run stays.
        any_end: whether the end was left to the library, or is so long ago: that of the first run stays.

    Raises:
        InvalidArgument: It is one of another backfill, or none at all.
    """
    try:
        found = msgspec.json.decode(text, type=Place)
    except msgspec.DecodeError:
        raise InvalidArgument(f"{first.operation}: {where} does not hold a place of a backfill") from None
    others = [
        *differences(first.asked, found.asked),
        *(["start"] if found.start != first.start and not any_start else []),
        *(["end"] if found.end != first.end and not any_end else []),
    ]
    if found.operation != first.operation:
        others = [f"operation ({found.operation})"]
    if others:
        raise InvalidArgument(
            f"{first.operation}: {where} belongs to another backfill, from {iso(found.start)} to {iso(found.end)}: "
            f"another {', '.join(others)}; ask for the same again, or begin anew under another name"
        )
    return found


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
