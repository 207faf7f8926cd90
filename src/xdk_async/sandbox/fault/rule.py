"""Rules: which fault happens to which calls. Data, checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=10**9)]
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Ordinal: TypeAlias = Annotated[int, Meta(ge=1)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Status: TypeAlias = Annotated[int, Meta(ge=200, le=599)]
End: TypeAlias = Literal["end", "cut", "reset", "stall"]
Problem: TypeAlias = Literal[
    "rate-limited", "rate-limited-app-24h", "rate-limited-user-24h", "rate-limited-untold", "retry-after",
    "usage-capped", "too-many-connections", "credits-depleted", "unauthorized", "forbidden", "duplicate-content",
    "client-not-enrolled", "user-not-enrolled", "not-found", "no-rules", "internal-error", "over-capacity",
]  # fmt: skip
Change: TypeAlias = Literal["mixed", "numbers", "nulls", "missing", "unknown", "objects"]


class Rule(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="fault", omit_defaults=True
):
    """To which calls the fault happens. All that is given must hold."""

    operation: str = "*"
    """The operation's name, or a pattern such as `posts.*`. The endpoints of signing in have names too: `oauth2.token`."""
    nth: Ordinal | list[Ordinal] | None = None
    """The how-manieth matching call, or several such numbers, counted from 1 since the rule was made."""
    probability: Share = 1.0
    """How probable it is."""
    seed: int = 0
    """Decides, with `probability` and with what is drifted, by chance but the same way every time."""
    times: Ordinal | None = None
    """How often it happens at the most."""


class Latency(Rule, frozen=True, kw_only=True, tag="latency"):
    """The answer comes later."""

    seconds: Seconds


class Answer(Rule, frozen=True, kw_only=True, tag="status"):
    """Another answer comes, and the call is not carried out. A problem of X's by name, or a status with any body."""

    problem: Problem | None = None
    status: Status | None = None
    body: Any = None
    """JSON; left out, it is the problem that X would send with the status."""
    headers: dict[str, str] = {}
    seconds: Seconds | None = None
    """Until the window opens, or what `Retry-After` says."""


class Html(Rule, frozen=True, kw_only=True, tag="html"):
    """A web page comes, as from a proxy that fails, and the call is not carried out."""

    status: Status = 502


class Truncate(Rule, frozen=True, kw_only=True, tag="truncate"):
    """The call is carried out, but the connection ends before the whole answer has come."""

    share: Share = 0.5
    """How much of the body comes."""


class Reset(Rule, frozen=True, kw_only=True, tag="reset"):
    """The connection is reset: before the call is carried out, after it, or amid its answer; on a stream, after events."""

    when: Literal["before", "after", "amid"] = "before"
    after: Count | None = None
    """Events that come before it; for streams only."""


class Stall(Rule, frozen=True, kw_only=True, tag="stall"):
    """Nothing more comes, and the connection stays open: before the answer, or amid it; on a stream, after events."""

    when: Literal["before", "amid"] = "before"
    after: Count | None = None
    """Events that come before it; for streams only. Heartbeats stop too."""
    seconds: Seconds | None = None
    """How long; without, until the client leaves."""


class Drift(Rule, frozen=True, kw_only=True, tag="drift"):
    """The answer has another shape than X documents: some members are of other types, null, missing, or unknown."""

    change: Change = "mixed"
    share: Share = 0.3
    """Of the members, by chance."""


class Spoken(Rule, frozen=True, kw_only=True, tag="vocabulary"):
    """The answer is in that version's words, whichever the request was in."""

    version: Literal["2.166", "2.167"] = "2.166"


class Gzip(Rule, frozen=True, kw_only=True, tag="gzip"):
    """The answer is compressed, whether or not it was asked for; a stream line by line."""

    broken: bool = False
    """Whether it cannot be decompressed."""


class StreamRule(Rule, frozen=True, kw_only=True):
    """What happens to streams only."""

    after: Count = 0
    """Events that come before it."""


class Close(StreamRule, frozen=True, kw_only=True, tag="close"):
    """The stream ends: cleanly, cut off, or reset."""

    then: Literal["end", "cut", "reset"] = "end"


class HalfLine(StreamRule, frozen=True, kw_only=True, tag="half_line"):
    """Half of the next event comes, and then?"""

    then: End = "cut"


class SplitUtf8(StreamRule, frozen=True, kw_only=True, tag="split_utf8"):
    """Events come in pieces that begin in the middle of characters."""


class Disconnect(StreamRule, frozen=True, kw_only=True, tag="disconnect"):
    """X says within the stream that it ends it, and does."""


class Duplicate(StreamRule, frozen=True, kw_only=True, tag="duplicate"):
    """Events come twice."""

    count: Ordinal = 1
    """How many."""


class LongLine(StreamRule, frozen=True, kw_only=True, tag="long_line"):
    """The next event is very long."""

    bytes: Annotated[int, Meta(ge=1, le=200_000_000)] = 10_000_000


class Missed(StreamRule, frozen=True, kw_only=True, tag="missed"):
    """Events do not come, then the stream ends. Who asks for `backfill_minutes` or a `start_time` gets them."""

    count: Ordinal = 1
    then: End = "end"


class Garbage(StreamRule, frozen=True, kw_only=True, tag="garbage"):
    """A line comes that is no event."""

    line: str = "<html><body>Bad Gateway</body></html>"


Fault: TypeAlias = (
    Latency | Answer | Html | Truncate | Reset | Stall | Drift | Spoken | Gzip
    | Close | HalfLine | SplitUtf8 | Disconnect | Duplicate | LongLine | Missed | Garbage
)  # fmt: skip
FAULTS: Mapping[str, type[Rule]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (
        Latency, Answer, Html, Truncate, Reset, Stall, Drift, Spoken, Gzip,
        Close, HalfLine, SplitUtf8, Disconnect, Duplicate, LongLine, Missed, Garbage,
    )
}  # fmt: skip
"""The kinds of faults by name."""
