"""Holds a request against the table of operations: every mistake in it is told, not only the first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from xdk_async._core.operation import Operation, Param
from xdk_async.sandbox.clock import parsed
from xdk_async.sandbox.form import form
from xdk_async.sandbox.problem import finding, invalid

Findings = Iterator[dict[str, Any]]

NUMBER = re.compile(r"-?[0-9]+")


def check(operation: Operation[Any], path: Mapping[str, str], query: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The query as a dictionary.

    Raises:
        Refusal: Something in the path or the query is not as the table says.
    """
    given = dict(query)
    findings = [*_findings(operation, path, query, given)]
    if findings:
        raise invalid(findings)
    return given


def _findings(
    operation: Operation[Any], path: Mapping[str, str], query: Sequence[tuple[str, str]], given: Mapping[str, str]
) -> Findings:
    known: dict[str, list[Param]] = {}
    for param in (*operation.params, *operation.fields):
        known.setdefault(param.wire or param.name, []).append(param)
    for name, params in known.items():
        value = path.get(name) if params[0].path else given.get(name)
        if value is not None:
            yield from _value(operation, name, params, value)
        elif params[0].required:
            yield finding(f"`{name}` is required here.", {name: []})
    allowed = sorted(name for name, params in known.items() if not params[0].path)
    for name, value in given.items():
        if name not in allowed:
            takes = f"takes {', '.join(allowed)}" if allowed else "takes none"
            yield finding(f"`{name}` is no query parameter of this operation, which {takes}.", {name: [value]})
    yield from _combinations(operation, query, given)


def _combinations(operation: Operation[Any], query: Sequence[tuple[str, str]], given: Mapping[str, str]) -> Findings:
    for name in given:
        values = [value for each, value in query if each == name]
        if len(values) > 1:
            yield finding(
                f"`{name}` came {len(values)} times; several values go into one, with commas.", {name: values}
            )
    for pair in (*operation.exclusive, ("post.fields", "tweet.fields")):
        if all(name in given for name in pair):
            together = {name: [given[name]] for name in pair}
            yield finding(f"`{pair[0]}` and `{pair[1]}` exclude each other.", together)


def _value(operation: Operation[Any], name: str, params: Sequence[Param], value: str) -> Findings:
    param = params[0]
    entries = value.split(",") if param.many else [value]
    if value == "":
        yield finding(f"`{name}` is empty.", {name: [value]})
        return
    if param.many:
        yield from _amount(name, value, len(entries), param)
    for entry in entries:
        reason = _reason(operation, name, params, entry)
        if reason:
            yield finding(f"The {name} [{entry}] {reason}.", {name: [entry]})


def _amount(name: str, value: str, amount: int, param: Param) -> Findings:
    low, high = param.low or 0, param.high
    if amount < low or (high is not None and amount > high):
        span = f"{low} to {high}" if high is not None else f"at least {low}"
        yield finding(f"`{name}` holds {amount} entries, and takes {span}.", {name: [value]})


def _reason(operation: Operation[Any], name: str, params: Sequence[Param], entry: str) -> str | None:
    param = params[0]
    choices = [choice for each in params for choice in each.choices]
    if choices and entry not in choices:
        return _instead(param, entry) or f"is none of {', '.join(dict.fromkeys(choices))}"
    if param.kind == "int":
        return _off_limits(param, entry)
    if param.kind == "bool" and entry not in ("true", "false"):
        return "is neither true nor false"
    if param.kind == "datetime" and parsed(entry) is None:
        return "is no time of the form YYYY-MM-DDTHH:mm:ssZ"
    wanted = form(operation.name, name)
    return wanted.says if wanted and not wanted.pattern.fullmatch(entry) else None


def _instead(param: Param, entry: str) -> str | None:
    if entry not in param.elsewhere:
        return None
    older = param.elsewhere[entry]
    also = f", or `tweet.fields={older}`" if older else ""
    return f"is an expansion here, not a field: `expansions={entry}`{also}"


def _off_limits(param: Param, entry: str) -> str | None:
    if not NUMBER.fullmatch(entry):
        return "is not a whole number"
    low, high = param.low or 0, param.high
    if int(entry) < low or (high is not None and int(entry) > high):
        return f"is not in the range {low} to {high}" if high is not None else f"is below {low}"
    return None


def pairs(query: bytes) -> list[tuple[str, str]]:
    """The names and values of a query string."""
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True)
