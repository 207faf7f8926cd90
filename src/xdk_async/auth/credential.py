"""What signs a request."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator

import httpx

from xdk_async._core.limits import Principal
from xdk_async._core.operation import Auth

OTHER = Principal("other")
CALLABLE = "callable "


class Credential(httpx.Auth):
    """Puts a signature or token on a request, never on anything shared. Works as `auth=` of a plain httpx client too."""

    kind: Auth
    """The schemes it can serve."""
    renews: bool = False
    """Whether it looks at answers, to renew itself on a 401."""
    principal: Principal = OTHER
    """Whom X counts its calls for."""

    def is_ready(self) -> bool:
        """Whether it can sign as things stand; one that cannot is passed over for one that can."""
        return True

    async def sign(self, request: httpx.Request) -> None:
        """Set the request's `Authorization` header."""
        raise NotImplementedError

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """httpx's way to ask for a signature."""
        await self.sign(request)
        yield request

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def principal_of(auth: httpx.Auth | None) -> Principal:
    """Whom X counts calls for that are signed so; what is not ours is one of its own, since a client has only one of it."""
    return auth.principal if isinstance(auth, Credential) else OTHER


def name_of_callable(source: object) -> str:
    """A name for what gives tokens, in this process."""
    return f"{CALLABLE}{id(source)}"


def is_nameless(principal: Principal) -> bool:
    """Whether it has a name in this process only."""
    return principal == OTHER or CALLABLE in (principal.app[: len(CALLABLE)], principal.user[: len(CALLABLE)])


def digest(*parts: str) -> str:
    """A name for a secret that does not give it away, the same in every process."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
