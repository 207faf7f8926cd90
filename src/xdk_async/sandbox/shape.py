"""The three forms of answers: one object, several by their names, a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from xdk_async.sandbox.ask import Ask, Reply
from xdk_async.sandbox.page import BadToken, Cut, cut
from xdk_async.sandbox.problem import not_found, unknown, wrong


class Record(Protocol):
    """Anything stored under an id."""

    id: str


R = TypeVar("R", bound=Record)


def one(ask: Ask, kind: str, record: Record | None, parameter: str, value: str) -> Reply:
    """The answer to a single look-up; `parameter` and `value` are what was looked for."""
    if record is None:
        raise unknown(kind, parameter, value)
    return _reply(ask, kind, [record], lambda shown: shown[0])


def several(ask: Ask, kind: str, parameter: str, find: Callable[[str], Record | None]) -> Reply:
    """The answer to a look-up of many; what was not found stands in `errors`."""
    asked = {value: find(value) for value in ask.names(parameter)}
    reply = _reply(ask, kind, [record for record in asked.values() if record is not None])
    missed = [not_found(kind, parameter, value) for value, record in asked.items() if record is None]
    reply.errors = [*missed, *reply.errors]
    return reply


def page(ask: Ask, kind: str, records: Iterable[R], size: int, *, ends: bool = False, previous: bool = True) -> Reply:
    """One page of many; `size` is used if `max_results` is not given, `ends` tells the newest and oldest id."""
    part = part_of(ask, [*records], size, lambda record: record.id)
    reply = _reply(ask, kind, part.items)
    meta: dict[str, Any] = {"result_count": len(part.items)}
    if ends and part.items:
        ids = sorted((record.id for record in part.items), key=int)
        meta |= {"newest_id": ids[-1], "oldest_id": ids[0]}
    if part.next_token:
        meta["next_token"] = part.next_token
    if previous and part.previous_token:
        meta["previous_token"] = part.previous_token
    reply.meta = meta
    return reply


T = TypeVar("T")


def part_of(ask: Ask, items: Sequence[T], size: int, key: Callable[[T], str]) -> Cut[T]:
    """The part that the request's page token means."""
    about = "|".join((ask.operation.name, *ask.path.values(), ask.query.get("query", "")))
    try:
        return cut(items, key, ask.number("max_results", size), ask.token, about)
    except BadToken:
        name = "pagination_token" if "pagination_token" in ask.query else "next_token"
        message = f"The {name} was not given out for this list."
        raise wrong(name, ask.token or "", message) from None


def _reply(ask: Ask, kind: str, records: Sequence[Record], data: Callable[[list[Any]], Any] = list) -> Reply:
    view = ask.view()
    shown = [view.show(kind, record) for record in records]
    if kind == "post":
        ask.count_reads(len(shown))
    return Reply(data=data(shown), includes=view.includes(), errors=view.errors)
