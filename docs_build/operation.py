"""One operation of X's API as a row of a table: what it is called, what it needs, what it costs, where X describes it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from codegen.page import SITE
from xdk_async._core.limits import Allowance
from xdk_async._core.operation import Auth, Operation
from xdk_async._core.price import shown
from xdk_async._core.tariff import tariff
from xdk_async.api import operations
from xdk_async.api.limits import LIMITS
from xdk_async.api.prices import PRICES

PAGES: dict[str, str] = json.loads(
    (Path(__file__).parents[1] / "codegen" / "catalogue" / "pages.json").read_text(encoding="utf-8")
)
HEAD = """\
| Method of `client`, and its request with X's page | As | Scopes (OAuth 2.0) | Costs | Calls allowed |
|---|---|---|---|---|
"""
LENGTHS = {1: "1 s", 900: "15 min", 86_400: "24 h"}
KINDS = {Auth.APP: "app", Auth.OAUTH2: "user (OAuth 2.0)", Auth.OAUTH1: "user (OAuth 1.0a)"}


def all_operations() -> list[Operation[Any]]:
    """The table that client, sandbox and tests read too, by group and name."""
    named: list[Any] = list(vars(operations).values())
    found: list[Operation[Any]] = [each for each in named if isinstance(each, Operation)]
    return sorted(found, key=lambda each: each.name)


def by_group() -> dict[str, list[Operation[Any]]]:
    """The operations of each group."""
    groups: dict[str, list[Operation[Any]]] = {}
    for each in all_operations():
        groups.setdefault(each.name.partition(".")[0], []).append(each)
    return groups


def table(rows: Iterable[Operation[Any]]) -> str:
    """A table in Markdown."""
    return HEAD + "".join(row(each) for each in rows)


def row(operation: Operation[Any]) -> str:
    """One line of the table."""
    group, _, method = operation.name.partition(".")
    page = SITE + PAGES[f"{operation.method} {operation.path}"]
    cells = [
        f"[`{operation.name}`]({group}.md#{anchor(group, method)})<br>[{operation.method} {operation.path}]({page})",
        credential(operation),
        " ".join(f"`{scope}`" for scope in operation.scopes.split()),
        price(operation),
        allowed(operation),
    ]
    return "| " + " | ".join(cells) + " |\n"


def anchor(group: str, method: str) -> str:
    """Where the page of a group describes a method."""
    return f"xdk_async.groups.{class_of(group)}.{method}"


def class_of(group: str) -> str:
    """The class of a group, as X's own SDK calls it."""
    return "".join(word.title() for word in group.split("_")) + "Client"


def credential(operation: Operation[Any]) -> str:
    """Who may call it."""
    if operation.auth is Auth.NONE:
        return "anybody"
    if operation.auth == Auth.ANY:
        return "app, user"
    if operation.auth == Auth.USER:
        return "user"
    return ", ".join(name for kind, name in KINDS.items() if operation.auth & kind)


def allowed(operation: Operation[Any]) -> str:
    """The windows that X publishes."""
    published = LIMITS.get(operation.name)
    if published is None:
        return ""
    user = f"user: {windows(published.user)}" if published.user else ""
    app = f"app: {windows(published.app)}" if published.app else ""
    return "; ".join(each for each in (user, app) if each)


def windows(allowances: Iterable[Allowance]) -> str:
    """Numbers of calls and lengths of windows."""
    return ", ".join(f"{each.calls:,}/{LENGTHS[each.seconds]}" for each in allowances)


def price(operation: Operation[Any]) -> str:
    """What X charges: for the request, and for each resource that comes back."""
    found = tariff(operation, PRICES)
    by_request = PRICES.amounts.get(operation.name, 0)
    parts = [shown(by_request)] if by_request else []
    parts += [f"{shown(amount)} {name}" for name, amount in variants(operation).items()]
    if found.each:
        owned = PRICES.amounts["owned"]
        less = f" ({shown(owned)} owned)" if found.is_owned and owned < found.each else ""
        parts.append(f"{shown(found.each)} each {found.kind}{less}")
    return ", ".join(parts)


def variants(operation: Operation[Any]) -> dict[str, int]:
    """Prices of requests that are special, such as a post with a URL."""
    begin = f"{operation.name}:"
    words = {"url": "with a URL", "reply": "for a reply"}
    found = {name.removeprefix(begin): amount for name, amount in PRICES.amounts.items() if name.startswith(begin)}
    return {words.get(name, name): amount for name, amount in found.items()}
