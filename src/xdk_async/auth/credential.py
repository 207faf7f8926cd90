"""What signs a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx

from xdk_async._core.operation import Auth


class Credential(httpx.Auth):
    """Puts a signature or token on a request, never on anything shared. Works as `auth=` of a plain httpx client too."""

    kind: Auth
    """The schemes it can serve."""
    renews: bool = False
    """Whether it looks at answers, to renew itself on a 401."""

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
