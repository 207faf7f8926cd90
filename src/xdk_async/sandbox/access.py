"""Who is calling, and whether an operation takes that kind of token."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from xdk_async._core.operation import Auth, Operation
from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.presented import Presented
from xdk_async.sandbox.problem import blank, forbidden, refusal

KINDS = {Auth.APP: "an app-only token", Auth.OAUTH2: "an OAuth 2.0 user token", Auth.OAUTH1: "an OAuth 1.0a signature"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a token stands for."""

    token: str = field(repr=False)
    auth: Auth
    user_id: str | None = None  # None for an app
    scopes: frozenset[str] | None = None  # None: all there are
    expires: float = math.inf  # by the sandbox's clock
    level: str | None = None  # what an OAuth 1.0a token may do; X tells it in a header


NOBODY = Caller("", Auth.NONE)


class Access:
    """The tokens that are good, and what for. `signer` finds out who signed a request with OAuth 1.0a."""

    def __init__(self, clock: Clock, signer: Callable[[Presented], Caller]) -> None:
        self._clock = clock
        self._signer = signer
        self.callers: dict[str, Caller] = {}

    def grant(
        self,
        token: str,
        auth: Auth,
        user_id: str | None = None,
        *,
        scopes: frozenset[str] | None = None,
        expires: float = math.inf,
    ) -> None:
        """Make a token good."""
        self.callers[token] = Caller(token, auth, user_id, scopes, expires)

    def revoke(self, token: str) -> None:
        """Make a token useless; it may be so already."""
        self.callers.pop(token, None)

    def caller(self, operation: Operation[Any], shown: Presented) -> Caller:
        """Who sent that request.

        Raises:
            Refusal: The operation needs a token, and there is none, or not one of ours, or it has expired.
        """
        if operation.auth is Auth.NONE:
            return NOBODY
        if shown.scheme == "oauth":
            return self._signer(shown)
        found = self.callers.get(shown.value) if shown.scheme == "bearer" else None
        if found is None or self._clock.now() >= found.expires:
            raise blank(401, "Unauthorized")
        return found


def allow(operation: Operation[Any], caller: Caller) -> None:
    """Let the caller do this.

    Raises:
        Refusal: The operation wants another kind of token, or one that may do more.
    """
    if operation.auth is Auth.NONE:
        return
    if caller.auth & operation.auth:
        _within(operation, caller)
        return
    wanted = " or ".join(name for kind, name in KINDS.items() if kind & operation.auth)
    detail = f"{operation.method} {operation.path} takes {wanted}; this call came with {KINDS[caller.auth]}."
    raise refusal(403, "unsupported-authentication", "Unsupported Authentication", detail)


def _within(operation: Operation[Any], caller: Caller) -> None:
    """Let the caller do what its user has allowed."""
    scopes = operation.scopes.split()
    if caller.scopes is not None and (lacking := [scope for scope in scopes if scope not in caller.scopes]):
        raise forbidden(f"The token lacks the scopes {' '.join(lacking)}.")
    if caller.level == "read" and operation.method != "GET":
        raise forbidden("The token may only read.")
    if caller.level in ("read", "read-write") and any(scope.startswith("dm.") for scope in scopes):
        raise forbidden("The token does not reach Direct Messages.")
