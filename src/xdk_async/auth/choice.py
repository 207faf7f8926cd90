"""Which credential serves an operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from xdk_async._core.operation import Auth, Operation
from xdk_async._core.options import CredentialName
from xdk_async.auth.credential import Credential
from xdk_async.errors import CredentialsError

READS = ("GET", "HEAD")
NAMED = {
    Auth.APP: "an app-only bearer token (bearer_token= or X_BEARER_TOKEN)",
    Auth.OAUTH2: "a user's OAuth 2.0 token (access_token= or X_ACCESS_TOKEN)",
    Auth.OAUTH1: "a user's OAuth 1.0a token (api_key=, api_secret=, access_token= and access_token_secret=, or X_API_KEY, …)",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client holds."""

    app: Credential | None = None
    oauth2: Credential | None = None
    oauth1: Credential | None = None
    custom: httpx.Auth | None = None  # `auth=`: used for everything
    prefer_user: bool = False  # a view made by as_user: reads go as the user too


def choose(operation: Operation[Any], held: Credentials, wanted: CredentialName | None) -> httpx.Auth | None:
    """The credential that signs a call of `operation`.

    Reads that both may make are made as the app, so that the user's windows stay free; writes as the user. A bearer
    token may be a user's as well (X's documentation hands those to `bearer_token`), so it serves where nothing else does.

    Raises:
        CredentialsError: None can fit.
    """
    if operation.auth is Auth.NONE:
        return None
    if held.custom is not None and wanted is None:
        return held.custom
    ready: Credential | None = None
    for name in order(operation, held, wanted):
        each: Credential | None = getattr(held, name)
        if each is not None and each.is_ready():
            if each.kind & operation.auth:
                return each
            ready = ready or each
    if wanted and ready is not None:  # one that was asked for by name is tried: X may take it one day
        return ready
    raise CredentialsError(missing(operation, wanted))


def order(operation: Operation[Any], held: Credentials, wanted: CredentialName | None) -> tuple[str, ...]:
    """The credentials to look at, best first."""
    if wanted == "user":
        return ("oauth2", "oauth1")
    if wanted is not None:
        return (wanted,)
    as_app = not held.prefer_user and operation.method in READS and Auth.APP in operation.auth
    return ("app", "oauth2", "oauth1") if as_app else ("oauth2", "oauth1", "app")


def missing(operation: Operation[Any], wanted: CredentialName | None) -> str:
    """What to say when none fits."""
    takes = " or ".join(text for kind, text in NAMED.items() if kind & operation.auth)
    scopes = f" with the scopes {operation.scopes}" if operation.scopes else ""
    chosen = f"; credential={wanted!r} was chosen, and the client holds none" if wanted else ""
    where = f"{operation.method} {operation.path}".rstrip()
    return f"{operation.name} ({where}) needs {takes}{scopes}{chosen}"
