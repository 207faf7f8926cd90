"""What a stream tells beside its data: connections that come and go, gaps, and messages of other kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from xdk_async._core.answer import Streamed
from xdk_async.api import models
from xdk_async.errors import XError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StreamConnected:
    """X accepted a connection."""

    at: datetime
    """When, in UTC."""
    attempt: int
    """Which attempt in a row it was, from 1."""
    recovering_from: datetime | None = None
    """From when on X was asked to send again what was missed; None if nothing was."""
    partition: int | None = None
    """Which partition, on streams that have them."""


@dataclass(frozen=True, slots=True)
class StreamDisconnected:
    """An open connection was lost or closed, or a partition ended for good (`final`)."""

    at: datetime
    """When, in UTC."""
    error: XError | None = None
    """Why; None if X closed it properly."""
    final: bool = False
    """Whether this partition is not connected anew: the others go on."""
    partition: int | None = None
    """Which partition, on streams that have them."""


@dataclass(frozen=True, slots=True)
class StreamReconnecting:
    """Another attempt will be made."""

    attempt: int
    """Which attempt in a row it will be, from 1."""
    delay: float
    """Seconds until then."""
    error: XError | None = None
    """What the last one ended with; None if X closed the stream properly."""
    partition: int | None = None
    """Which partition, on streams that have them."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A span for which events may be missing and could not be recovered."""

    start: datetime
    """Its beginning, in UTC by X's clock: until then everything arrived."""
    end: datetime
    """Its end, in UTC by X's clock."""
    reason: str
    """Why it was not recovered."""
    partition: int | None = None
    """Which partition, on streams that have them."""


@dataclass(frozen=True, slots=True)
class InBandErrors:
    """X told of problems within the stream, often that it will be closed. The stream goes on, or is connected anew."""

    errors: Sequence[models.Problem]
    """What X says, such as `operational-disconnect` with its `disconnect_type`."""


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """A message without data and without errors: X adds new kinds."""

    message: Any
    """Its JSON, untyped."""


@dataclass(frozen=True, slots=True)
class UndecodableLine:
    """A line that holds no JSON, or is too long to be held."""

    line: bytes
    """Its first bytes, 4096 at the most."""
    size: int
    """Its length in bytes."""


StreamEvent: TypeAlias = (
    Streamed[T]
    | Gap
    | StreamConnected
    | StreamDisconnected
    | StreamReconnecting
    | InBandErrors
    | UnknownMessage
    | UndecodableLine
)
"""What `Stream.events()` yields."""
