"""Who is calling, and whether an operation takes that kind of token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xdk_async._core.operation import Auth, Operation
from xdk_async.sandbox.problem import blank, refusal

KINDS = {Auth.APP: "an app-only token", Auth.OAUTH2: "an OAuth 2.0 user token", Auth.OAUTH1: "an OAuth 1.0a signature"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a token stands for."""

    token: str
    auth: Auth
    user_id: str | None = None  # None for an app


NOBODY = Caller("", Auth.NONE)


class Access:
    """The tokens that are good, and what for."""

    def __init__(self) -> None:
        self._callers: dict[str, Caller] = {}

    def grant(self, token: str, auth: Auth, user_id: str | None = None) -> None:
        """Make a token good."""
        self._callers[token] = Caller(token, auth, user_id)

    def caller(self, operation: Operation[Any], authorization: str | None) -> Caller:
        """Who sent that `Authorization` header.

        Raises:
            Refusal: The operation needs a token, and there is none, or not one of ours.
        """
        if operation.auth is Auth.NONE:
            return NOBODY
        scheme, _, token = (authorization or "").partition(" ")
        found = self._callers.get(token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise blank(401, "Unauthorized")
        return found


def allow(operation: Operation[Any], caller: Caller) -> None:
    """Let the caller do this.

    Raises:
        Refusal: The operation wants another kind of token.
    """
    if operation.auth is Auth.NONE or caller.auth & operation.auth:
        return
    wanted = " or ".join(name for kind, name in KINDS.items() if kind & operation.auth)
    detail = f"{operation.method} {operation.path} takes {wanted}; this call came with {KINDS[caller.auth]}."
    raise refusal(403, "unsupported-authentication", "Unsupported Authentication", detail)
