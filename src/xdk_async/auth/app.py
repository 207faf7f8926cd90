"""The app's bearer token, bought with its key and secret on first use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import httpx

from xdk_async._core.limits import Principal
from xdk_async._core.operation import Auth
from xdk_async.auth.credential import Credential, digest
from xdk_async.auth.endpoint import TokenEndpoint


class AppToken(Credential):
    """One token for the app; X answers the same one however often it is asked for, until it is invalidated."""

    kind = Auth.APP
    renews = True

    def __init__(self, endpoint: TokenEndpoint) -> None:
        self._endpoint = endpoint
        self._token: str | None = None
        self._lock = asyncio.Lock()
        self.principal: Principal = Principal(digest(endpoint.client_id))

    async def sign(self, request: httpx.Request) -> None:
        """Set `Authorization: Bearer …`, verbatim: the token holds `%2F` and `%3D`."""
        request.headers["Authorization"] = f"Bearer {await self._current()}"

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign; on a 401, ask for the token once more: it may have been invalidated elsewhere."""
        used = await self._current()
        request.headers["Authorization"] = f"Bearer {used}"
        response = yield request
        if response.status_code == 401:
            newer = await self._current(unless=used)
            if newer != used:
                request.headers["Authorization"] = f"Bearer {newer}"
                yield request

    async def invalidate(self) -> None:
        """Make the current token useless, here and at X; the next call buys another."""
        async with self._lock:
            token, self._token = self._token or await self._endpoint.app_token(), None
            await self._endpoint.invalidate_app_token(token)

    async def _current(self, unless: str | None = None) -> str:
        async with self._lock:
            if self._token is None or self._token == unless:
                self._token = await self._endpoint.app_token()
            return self._token
