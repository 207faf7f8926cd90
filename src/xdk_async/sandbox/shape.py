"""The three forms of answers: one object, several by their names, a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from xdk_async.sandbox.ask import Ask, Reply
from xdk_async.sandbox.page import BadToken, Cut, cut
from xdk_async.sandbox.problem import not_authorized, not_found, unknown, wrong


class Record(Protocol):
    """Anything stored under an id."""

    id: str


R = TypeVar("R", bound=Record)
T = TypeVar("T")


def one(ask: Ask, kind: str, record: object, parameter: str, value: str) -> Reply:
    """The answer to a single look-up; `parameter` and `value` are what was looked for."""
    if record is None:
        raise unknown(kind, parameter, value)
    return _reply(ask, kind, [record], lambda shown: shown[0])


def several(
    ask: Ask, kind: str, parameter: str, find: Callable[[str], T | None], allowed: Callable[[T], bool] = lambda _: True
) -> Reply:
    """The answer to a look-up of many; what was not found, or is not for the caller to see, stands in `errors`."""
    asked = {value: find(value) for value in ask.names(parameter)}
    reply = _reply(ask, kind, [record for record in asked.values() if record is not None and allowed(record)])
    missed = [not_found(kind, parameter, value) for value, record in asked.items() if record is None]
    kept = [value for value, record in asked.items() if record is not None and not allowed(record)]
    reply.errors = [*missed, *(not_authorized(kind, parameter, value) for value in kept), *reply.errors]
    return reply


def page(ask: Ask, kind: str, records: Iterable[R], size: int, *, ends: bool = False, previous: bool = True) -> Reply:
    """One page of many; `size` is used if `max_results` is not given, `ends` tells the newest and oldest id."""
    part = part_of(ask, [*records], size, lambda record: record.id)
    reply = _reply(ask, kind, part.items)
    meta = meta_of(part, previous=previous)
    if ends and part.items:
        ids = sorted((record.id for record in part.items), key=int)
        meta |= {"newest_id": ids[-1], "oldest_id": ids[0]}
    reply.meta = meta
    return reply


def whole_list(ask: Ask, kind: str, records: Iterable[object], *, counted: bool = True) -> Reply:
    """All there are, where there are no pages."""
    reply = _reply(ask, kind, [*records])
    if counted:
        reply.meta = {"result_count": len(reply.data)}
    return reply


def meta_of(part: Cut[T], *, previous: bool = True) -> dict[str, Any]:
    """What is told about a page."""
    meta: dict[str, Any] = {"result_count": len(part.items)}
    if part.next_token:
        meta["next_token"] = part.next_token
    if previous and part.previous_token:
        meta["previous_token"] = part.previous_token
    return meta


def part_of(ask: Ask, items: Sequence[T], size: int, key: Callable[[T], str]) -> Cut[T]:
    """The part that the request's page token means."""
    about = "|".join((ask.operation.name, *ask.path.values(), ask.query.get("query", "")))
    try:
        return cut(items, key, ask.number("max_results", size), ask.token, about)
    except BadToken:
        name = "pagination_token" if "pagination_token" in ask.query else "next_token"
        message = f"The {name} was not given out for this list."
        raise wrong(name, ask.token or "", message) from None


def _reply(ask: Ask, kind: str, records: Sequence[object], data: Callable[[list[Any]], Any] = list) -> Reply:
    view = ask.view()
    shown = [view.show(kind, record) for record in records]
    if kind == "post":
        ask.count_reads(len(shown))
    return Reply(data=data(shown), includes=view.includes(), errors=view.errors)
