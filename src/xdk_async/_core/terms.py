"""What a backfill is asked to do: checked, and made into a call and a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypedDict, TypeVar

from xdk_async._core.answer import Page
from xdk_async._core.bind import bind, parameters
from xdk_async._core.checkpoint import Checkpoints, check_name
from xdk_async._core.given import check_concurrency, check_type
from xdk_async._core.operation import Call, Operation
from xdk_async._core.pages import Pages
from xdk_async._core.plan import Plan
from xdk_async._core.recovery import DAY
from xdk_async._core.sender import Sender
from xdk_async._core.span import MARGIN, Span, months, oldest
from xdk_async.api import models
from xdk_async.api import operations as op
from xdk_async.api.fields import PostFields, SearchCountFields
from xdk_async.errors import InvalidArgument

T = TypeVar("T")
WITH_ANNOTATIONS = 100  # posts on a page, if these are asked for: https://github.com/DocNow/twarc/issues/504
OWN = (
    "start_time", "end_time", "since_id", "until_id", "next_token", "pagination_token", "sort_order",
)  # fmt: skip
START_OF = "search_count.fields"  # counts are put in order by their start, and gone on from
COUNTS = (op.POSTS_GET_COUNTS_ALL, op.POSTS_GET_COUNTS_RECENT)


class Going(TypedDict, total=False):
    """How a backfill goes."""

    concurrency: int
    """Requests under way at once, 8 if left out; limits are kept all the same."""
    checkpoint: Checkpoints | None
    """Where to note how far it came, to go on after a restart: a path, a `redis://` address, or a store."""
    checkpoint_name: str | None
    """Under which name; by default one made of the operation and the query or the user."""
    after: str | None
    """The `cursor` of an earlier backfill, to go on there; not with `checkpoint`."""


class PostBackfill(PostFields, Going, total=False):
    """How a backfill of posts goes, and what its posts hold."""

    max_results: int | None
    """Most posts on a page; as many as X takes if left out."""


class CountBackfill(SearchCountFields, Going, total=False):
    """How a backfill of counts goes, and what they hold."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a backfill is asked to do, beside what X is asked for."""

    start: datetime | timedelta | str
    end: datetime | timedelta | str | None
    counts: Operation[Page[models.PostCount]] | None = None
    """What counts the posts, to cut the range by."""
    concurrency: int = 8
    checkpoint: Checkpoints | None = None
    checkpoint_name: str | None = None
    after: str | None = None
    where: str = "after="
    """What holds the place to go on from, for errors."""

    @property
    def moves(self) -> dict[str, bool]:
        """Whether `any_start` and `any_end` will do in a later run, because they are given as so long ago."""
        return {
            "any_start": isinstance(self.start, timedelta),
            "any_end": self.end is None or isinstance(self.end, timedelta),
        }

    def with_going(self, asked: Mapping[str, Any]) -> tuple[Terms, dict[str, Any]]:
        """The same with what keywords say of how it goes, and the keywords for X."""
        rest = dict(asked)
        going = {name: rest.pop(name) for name in Going.__annotations__ if name in rest}
        return replace(self, **going), rest


def check(operation: Operation[Any], asked: Mapping[str, Any], terms: Terms) -> None:
    """Refuse what cannot work.

    Raises:
        InvalidArgument: There is such a thing.
    """
    check_concurrency(terms.concurrency)
    if terms.after is not None:
        check_type("after=", terms.after, str, "the `cursor` of an earlier backfill, a text")
    if terms.checkpoint_name is not None:
        check_name(terms.checkpoint_name, terms.checkpoint)
    if terms.after is not None and terms.checkpoint is not None:
        raise InvalidArgument("after= and checkpoint= both say where to go on: give one of them")
    for name in OWN:
        if asked.get(name) is not None:
            raise InvalidArgument(
                f"a backfill by {operation.name} sets {name} itself: say what you want by start= and end="
            )


def call_of(sender: Sender, operation: Operation[Page[T]], arguments: Mapping[str, Any]) -> Call[Page[T]]:
    """What X is asked for, without times, in pages as large as it takes.

    Raises:
        InvalidArgument: X would refuse an argument.
    """
    validate = sender.options.validate
    call = bind(operation, arguments, validate=validate)
    for name, value in call.query:
        if name == START_OF and "start" not in value:
            call = call.with_query({name: f"{value}%2Cstart"})
    param = parameters(operation).get("max_results")
    if param is None or "max_results" in dict(call.query):
        return call
    most = param.high or WITH_ANNOTATIONS
    if any("context_annotations" in value for name, value in call.query if name.endswith(".fields")):
        most = min(most, WITH_ANNOTATIONS)
    return call.with_query({"max_results": str(most)})


def plan_of(sender: Sender, call: Call[Page[T]], terms: Terms, left: Span, start: int) -> Plan:
    """What is to be fetched: what is left of the stretch at hand, and all from `start` to where that begins."""
    spans, rest = [] if left.is_empty else [left], Span(start, left.start)
    if call.operation in COUNTS:
        return Plan([*spans, *months(rest.start, rest.end)], None, Span(start, start), 1, 1)
    size = int(dict(call.query)["max_results"])
    counts = None if terms.counts is None or rest.is_empty else counted(sender, call, terms.counts, rest)
    return Plan(spans, counts, rest, size, terms.concurrency)


def counted(
    sender: Sender, call: Call[Any], operation: Operation[Page[models.PostCount]], rest: Span
) -> Pages[models.PostCount] | None:
    """How many posts X has: minute by minute in a day, hour by hour in more."""
    start = rest.start
    if operation.name.endswith("_recent"):
        start = max(start, oldest(operation, sender.transport.clock()) + MARGIN)
    if start >= rest.end:
        return None
    granularity = "minute" if rest.end - start <= DAY else "hour"
    changes: dict[str, str | None] = {**rest.query(start), "granularity": granularity}
    changes |= {name: value for name, value in call.query if name == "query"}
    return Pages(sender, Call(operation, operation.path).with_query(changes))
