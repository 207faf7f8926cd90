"""Bytes → answers. Pure. A 2xx never raises because of its shape."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar, cast, get_args, get_origin

import msgspec

from xdk_async._core import lenient
from xdk_async._core.answer import WHOLE, Page, Response, Streamed
from xdk_async._core.event import InBandErrors, UndecodableLine, UnknownMessage
from xdk_async._core.frames import SHOWN
from xdk_async._core.includes import Includes
from xdk_async._core.operation import Call, Operation
from xdk_async.api import models
from xdk_async.errors import AnswerError

A = TypeVar("A")
T = TypeVar("T")
NEEDED = frozenset((WHOLE, "data", "meta", "meta.next_token"))  # what a page cannot do without, if it is there
log = logging.getLogger("xdk_async")


class Decoding:
    """How the answers of an operation are read; made on first use."""

    __slots__ = ("decoder", "kind", "outer")

    def __init__(self, answer: Any, whole: bool) -> None:
        self.outer: Any = get_origin(answer) or answer
        inner: Any = get_args(answer)[0] if get_args(answer) else bytes
        data: Any = list[inner] if self.outer is Page else inner
        self.kind: Any = data if whole else models.Envelope[data]
        self.decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(self.kind)

    def decode(self, body: bytes) -> tuple[Any, tuple[str, ...]]:
        """What the body holds, and the paths of what did not fit."""
        try:
            return self.decoder.decode(body), ()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return lenient.decode(body, self.kind)


@functools.cache
def decoding(operation: Operation[Any]) -> Decoding:
    return Decoding(operation.answer(), operation.whole)


def read(call: Call[A], status: int, headers: Mapping[str, str], body: bytes, *, keep_raw: bool = False) -> A:
    """The answer of a call that X carried out."""
    how = decoding(call.operation)
    if how.outer is bytes:
        return cast("A", body)
    found, undecoded = how.decode(body) if body else (None, ())
    for where in dict.fromkeys(re.sub(r"\[\d+\]", "[]", path) for path in undecoded[:100]):
        warn_once(call.operation.name, where)
    empty = nothing()
    envelope = found if found is not None and not call.operation.whole else empty
    data = found if call.operation.whole else envelope.data
    parts: dict[str, Any] = {
        "includes": Includes(envelope.includes or empty.includes, call.expansions),
        "meta": envelope.meta or empty.meta,
        "errors": typed(envelope.errors),
        "status": status,
        "headers": headers,
        "undecoded": undecoded,
    }
    if how.outer is Page:
        return cast("A", Page(data or [], raw=body if keep_raw or undecoded else None, **parts))
    return cast("A", Response(data, raw=body, **parts))


def unreadable(answer: object, body: bytes) -> bool:
    """Whether an answer is a page of which nothing could be read, or not what follows: nobody knows what it held."""
    return isinstance(answer, Page) and (not body or not NEEDED.isdisjoint(answer.undecoded))


def assumed(call: Call[A], error: AnswerError) -> A:
    """The answer of a post that X refuses as a duplicate of the one that an attempt before it may have created."""
    log.warning(
        "%s: X has this post already; most likely an earlier attempt created it: %s", call.operation.name, error
    )
    empty = nothing()
    response: Response[Any] = Response(
        None,
        assumed=True,
        includes=Includes(empty.includes, call.expansions),
        meta=empty.meta,
        errors=[error.problem] if error.problem else [],
        status=error.status,
        headers=error.headers,
        undecoded=(),
        raw=error.body,
    )
    return cast("A", response)


class Line(NamedTuple, Generic[T]):
    """What one line of a stream holds."""

    event: Streamed[T] | None
    """An event, if the line carries data."""
    message: InBandErrors | UnknownMessage | UndecodableLine | None = None
    """What it carries instead."""

    @property
    def is_json(self) -> bool:
        """Whether it could be read at all."""
        return not isinstance(self.message, UndecodableLine)


def read_line(call: Call[Streamed[T]], line: bytes, *, keep_raw: bool = False) -> Line[T]:
    """One line of a stream."""
    found, undecoded = decoding(call.operation).decode(line)
    if found is None or found.data is None:
        return Line(None, InBandErrors(typed(found.errors)) if found and found.errors else message(line))
    includes = Includes(found.includes or nothing().includes, call.expansions)
    raw = line if keep_raw else None
    errors = typed(found.errors) if found.errors else []
    return Line(Streamed(found.data, includes, found.matching_rules or [], errors, undecoded, raw))


def message(line: bytes) -> UnknownMessage | UndecodableLine:
    """A line that holds neither data nor errors."""
    try:
        return UnknownMessage(lenient.loads(line))
    except (ValueError, RecursionError):
        return UndecodableLine(line[:SHOWN], len(line))


def typed(problems: list[models.Problem] | None) -> list[models.Problem]:
    """Each problem as an instance of its type's class."""
    return [as_its_type(problem) for problem in problems] if problems else []


def as_its_type(problem: models.Problem) -> models.Problem:
    kind = models.PROBLEMS.get(problem.type.rsplit("/", 1)[-1]) if problem.type else None
    return kind(**{name: getattr(problem, name) for name in problem.__struct_fields__}) if kind else problem


@functools.lru_cache(maxsize=1000)
def warn_once(operation: str, where: str) -> None:
    """Said once for a place, however many answers have it."""
    log.warning("%s answered in a shape that does not fit at %s", operation, where)


@functools.cache
def nothing() -> Any:
    """What stands in for the parts that X did not send."""
    return models.Envelope[Any](includes=models.Expansions(), meta=models.Meta())
