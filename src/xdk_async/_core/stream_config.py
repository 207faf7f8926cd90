"""What a stream is told, and what it tells of itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from xdk_async._core.buffer import Buffer, OnFull
from xdk_async._core.checkpoint import Checkpoints, check_name
from xdk_async._core.event import Gap
from xdk_async._core.frames import LONGEST
from xdk_async._core.given import check_count, check_hook, check_seconds, check_type
from xdk_async._core.ladder import Steps, utc
from xdk_async._core.recovery import PARAMETER, Way
from xdk_async.errors import InvalidArgument, StreamError

SECONDS = (
    "timeout", "initial_backoff", "max_backoff", "backoff_multiplier", "max_elapsed", "checkpoint_every",
)  # fmt: skip
HOOKS = ("on_connect", "on_disconnect", "on_reconnect", "on_error", "on_gap")
OR_NONE = ("initial_backoff", "checkpoint_every")  # settings that may be 0
Told: TypeAlias = Awaitable[None] | None
UNPROVEN_RETRIES = (
    10  # while X has never answered, a wrong address is likelier than an outage; the official SDK's number
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamConfig:
    """Settings of a stream. Left alone they are X's own rules, and lose nothing that need not be lost.

    Hooks may be plain or async. What one of them raises ends the stream, and comes out of the loop.
    """

    max_retries: int | None = None
    """Attempts in a row, without a connection that lasted, after which the stream ends; 0 for none, -1 for no end.

    By default 10 until the stream has been connected once, and no end from then on."""
    max_elapsed: float | None = None
    """Seconds of such attempts after which the stream ends; None for no end."""
    initial_backoff: float | None = None
    """Seconds before the first attempt, in place of X's steps for lost connections and server errors."""
    max_backoff: float | None = None
    """Seconds before an attempt at the most, in place of X's steps."""
    backoff_multiplier: float | None = None
    """By how much each wait is longer than the one before, in place of X's steps."""
    jitter: bool = False
    """Whether to wait up to a quarter longer, by chance: good for many machines that lose X at the same moment."""
    timeout: float | None = 25.0
    """Seconds without a byte after which the connection counts as dead; X sends a heartbeat at least every 20."""
    chunk_size: int = 1024
    """Accepted as in the official SDK, without effect: bytes are read as they arrive."""
    longest_line: int = LONGEST
    """Bytes of one line at the most; a longer one is passed over, and told of as an `UndecodableLine` and a `Gap`."""
    on_connect: Callable[[], Told] | None = None
    """Called when X has accepted a connection."""
    on_disconnect: Callable[[Exception | None], Told] | None = None
    """Called when an open connection is lost, with the error; with None if X closed it properly."""
    on_reconnect: Callable[[int, float], Told] | None = None
    """Called before each further attempt, with its number and the seconds until then."""
    on_error: Callable[[StreamError], Told] | None = None
    """Called with everything that goes wrong, also with what the stream gets over."""
    on_gap: Callable[[Gap], Told] | None = None
    """Called when events may be missing that could not be recovered."""
    buffer: int = 10_000
    """Events that may wait for the consumer while the socket is read."""
    on_full: OnFull = "wait"
    """What happens when they are that many: `wait` (X then waits too, and may cut the connection, which is recovered),
    `drop_oldest`, `drop_newest` (both counted in `stats.dropped`), or `raise` a StreamError."""
    recovery: Sequence[Way] = ("backfill", "start_time")
    """How to get what was missed, best first. `backfill` and `start_time` ask X to send it again, if the access level
    allows it (a refusal is remembered). `search`, for the filtered stream, searches the gap for each rule: X bills that."""
    remember: int = 100_000
    """Keys of the last events, to drop repeats; 0 lets repeats through."""
    takeover: bool = False
    """Whether to close the app's older connection to the stream when X refuses a further one."""
    checkpoint: Checkpoints | None = None
    """Where to keep what was handed out, so that a restart neither loses nor repeats: a path of a SQLite file, a
    `redis://` address, a token store of either kind, or a store of your own."""
    checkpoint_name: str | None = None
    """Under which name; the stream's own name if left out, as `stream.posts`."""
    checkpoint_every: float = 1.0
    """Seconds between saves; 0 to save after each event. Leaving saves too; only a killed process repeats what it was given
    since the last one."""

    def __post_init__(self) -> None:
        for name, least in (("buffer", 1), ("longest_line", 1), ("remember", 0)):
            check_count(f"StreamConfig: {name}", getattr(self, name), least)
        if self.max_retries is not None:
            check_count("StreamConfig: max_retries", self.max_retries, -1, "0 or more, or -1 for no end")
        for name in SECONDS:
            if (value := getattr(self, name)) is not None or name == "checkpoint_every":
                check_seconds(f"StreamConfig: {name}", value, zero=name in OR_NONE, endless=True)
        for name in HOOKS:
            check_hook(f"StreamConfig: {name}", getattr(self, name))
        if self.checkpoint_name is not None:
            check_name(self.checkpoint_name, self.checkpoint)
        if self.on_full not in ("wait", "drop_oldest", "drop_newest", "raise"):
            raise InvalidArgument(f"StreamConfig(on_full={self.on_full!r}): wait, drop_oldest, drop_newest or raise")
        ways = (*PARAMETER, "search")
        check_type("StreamConfig: recovery=", self.recovery, Sequence, f"a list of {', '.join(ways)}")
        if isinstance(self.recovery, str) or any(each not in ways for each in self.recovery):
            raise InvalidArgument(f"StreamConfig(recovery={self.recovery!r}): a list of {', '.join(ways)}")

    def most_retries(self, *, been_open: bool) -> int | None:
        """Attempts in a row at the most; None for no end."""
        if self.max_retries is None:
            return None if been_open else UNPROVEN_RETRIES
        return None if self.max_retries < 0 else self.max_retries

    @property
    def steps(self) -> Steps:
        """The caller's own waits."""
        return Steps(self.initial_backoff, self.max_backoff, self.backoff_multiplier, self.jitter)


@dataclass(frozen=True, slots=True)
class StreamState:
    """How a stream's connections are at this moment, in the official SDK's words."""

    retry_count: int = 0
    """Attempts in a row since one last succeeded."""
    current_backoff: float = 0.0
    """Seconds waited, or being waited, before the last of them."""
    is_connected: bool = False
    """Whether a connection is open."""
    total_items_received: int = 0
    """Events that arrived, repeats not counted."""
    last_error: StreamError | None = None
    """What went wrong last, also if the stream got over it."""


class StreamStats:
    """What a stream has done so far, and how it is. Read it at any time; a new connection goes on counting."""

    __slots__ = (
        "_backoff",
        "_buffer",
        "_last_byte",
        "_retries",
        "_since",
        "bytes",
        "connections",
        "duplicates",
        "events",
        "gaps",
        "lag",
        "last_error",
        "reconnects",
    )

    def __init__(self, buffer: Buffer[Any]) -> None:
        self.connections: int = 0
        """Connections that are open now."""
        self.events: int = 0
        """Events that arrived, repeats not counted."""
        self.bytes: int = 0
        """Bytes that arrived, after decompression."""
        self.reconnects: int = 0
        """Connections beyond the first of each partition."""
        self.duplicates: int = 0
        """Repeats that were dropped."""
        self.gaps: int = 0
        """Spans that could not be recovered."""
        self.lag: float | None = None
        """Seconds from the making of the last event to its arrival, by X's clock; None if no event has told."""
        self.last_error: StreamError | None = None
        """What went wrong last, also if the stream got over it."""
        self._retries = 0
        self._backoff = 0.0
        self._buffer = buffer
        self._since: float | None = None
        self._last_byte: float | None = None

    @property
    def connected_since(self) -> datetime | None:
        """Since when, in UTC, a connection has been open without a break; None if none is."""
        return utc(self._since) if self._since is not None and self.connections else None

    @property
    def last_byte_at(self) -> datetime | None:
        """When the last byte arrived, heartbeats included, in UTC."""
        return utc(self._last_byte) if self._last_byte is not None else None

    @property
    def buffered(self) -> int:
        """Events that wait for the consumer."""
        return len(self._buffer)

    @property
    def dropped(self) -> int:
        """Events that were dropped because the buffer was full."""
        return self._buffer.dropped

    @property
    def state(self) -> StreamState:
        """How the connections are at this moment, in the official SDK's words."""
        return StreamState(self._retries, self._backoff, self.connections > 0, self.events, self.last_error)

    def retrying(self, attempt: int, delay: float) -> None:
        """Another attempt is made after so many seconds."""
        self._retries, self._backoff = attempt, delay

    def opened(self, now: float) -> None:
        """A connection was opened."""
        self._retries, self._backoff = 0, 0.0
        if not self.connections:
            self._since = now
        self.connections += 1

    def closed(self) -> None:
        """A connection is gone."""
        self.connections -= 1

    def received(self, size: int, now: float) -> None:
        """Bytes arrived."""
        self.bytes += size
        self._last_byte = now

    def __repr__(self) -> str:
        return (
            f"<StreamStats: {self.connections} open, {self.events} events, {self.reconnects} reconnects, "
            f"{self.buffered} buffered, {self.dropped} dropped, {self.gaps} gaps>"
        )
