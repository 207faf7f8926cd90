"""All state as one JSON document: the store whole, whatever is in it, who is signed in, what was used up, and the time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING

import msgspec

from xdk_async._core.operation import Auth
from xdk_async.sandbox.access import Caller
from xdk_async.sandbox.rate import Window
from xdk_async.sandbox.sign_in.family import Family
from xdk_async.sandbox.sign_in.pair import Temporary, UserPair
from xdk_async.sandbox.store import Store

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

FORMAT = 1


class StateError(ValueError):
    """State that cannot be read."""


class Good(msgspec.Struct, frozen=True):
    """A token that is good."""

    token: str
    auth: int
    user_id: str | None
    scopes: list[str] | None
    expires: float | None
    level: str | None


class Used(msgspec.Struct, frozen=True):
    """A window of calls."""

    operation: str
    principal: str
    window: Window


class Time(msgspec.Struct, frozen=True):
    """What the clock says."""

    offset: float = 0.0
    frozen: float | None = None


class Rest(msgspec.Struct, kw_only=True):
    """State besides the store."""

    tokens: list[Good] = []
    app_token: str | None = None  # that was bought with key and secret
    families: list[Family] = []
    pairs: dict[str, UserPair] = {}
    temporary: dict[str, Temporary] = {}
    windows: list[Used] = []
    time: Time = Time()


class Document(msgspec.Struct, kw_only=True):
    """All of it."""

    format: int
    store: Store
    rest: Rest


def rest_of(sandbox: Sandbox) -> Rest:
    """What there is besides the store."""
    return Rest(
        tokens=[good(each) for each in sandbox.access.callers.values()],
        app_token=sandbox.bought.token,
        families=[*sandbox.families.all],
        pairs=sandbox.pairs.users,
        temporary=sandbox.pairs.temporary,
        windows=[Used(operation, who, window) for (operation, who, _), window in sandbox.rate.windows.items()],
        time=Time(sandbox.clock.offset, sandbox.clock.now() if sandbox.clock.is_frozen else None),
    )


def snapshot(sandbox: Sandbox) -> bytes:
    """The document."""
    return msgspec.json.encode(Document(format=FORMAT, store=sandbox.store, rest=rest_of(sandbox)))


def restore(sandbox: Sandbox, document: bytes) -> None:
    """Bring a document's state back.

    Raises:
        StateError: It is none, or of another version of this package.
    """
    try:
        found = msgspec.json.decode(document, type=Document)
    except msgspec.DecodeError as error:
        raise StateError(f"this is no snapshot of a sandbox: {error}") from None
    if found.format != FORMAT:
        raise StateError(f"this snapshot is of format {found.format}, and this version reads {FORMAT}")
    put_back(sandbox, found.store, found.rest)


def put_back(sandbox: Sandbox, store: Store, rest: Rest) -> None:
    """Replace all state; who holds the store sees the new one."""
    for each in fields(Store):
        setattr(sandbox.store, each.name, getattr(store, each.name))
    sandbox.families.take(rest.families)
    sandbox.pairs.users, sandbox.pairs.temporary = rest.pairs, rest.temporary
    sandbox.access.callers = callers(rest.tokens)
    sandbox.bought.token = rest.app_token
    sandbox.rate.windows = {(used.operation, used.principal, used.window.seconds): used.window for used in rest.windows}
    sandbox.clock.put_back(rest.time.offset, rest.time.frozen)
    sandbox.begin_again()


def good(caller: Caller) -> Good:
    """A token with what it is good for."""
    expires = None if caller.expires == math.inf else caller.expires
    scopes = None if caller.scopes is None else sorted(caller.scopes)
    return Good(caller.token, caller.auth.value, caller.user_id, scopes, expires, caller.level)


def callers(tokens: Iterable[Good]) -> dict[str, Caller]:
    """The same the other way round."""
    return {
        each.token: Caller(
            each.token,
            Auth(each.auth),
            each.user_id,
            None if each.scopes is None else frozenset(each.scopes),
            math.inf if each.expires is None else each.expires,
            each.level,
        )
        for each in tokens
    }
