"""A token endpoint as strict as X's: refresh tokens rotate, are good once, and a used one kills its family."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

import httpx

from xdk_async.auth.token import Token


class Clock:
    """Seconds that pass only when somebody sleeps."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class TokenServer(httpx.AsyncBaseTransport):
    """Grants tokens, and answers `/2/users/me` to those who hold a live one."""

    def __init__(self, clock: Clock, lifetime: float = 7200.0) -> None:
        self.clock = clock
        self.lifetime = lifetime
        self.grants = 0
        self.refuses_all = False
        self.requests: list[httpx.Request] = []
        self.before: Callable[[], Awaitable[None]] | None = None  # run when a grant arrives, before it is carried out
        self.after: Callable[[], Awaitable[None]] | None = None  # run when it is carried out, before it is answered
        self._numbers = itertools.count(1)
        self._live: dict[str, float] = {}
        self._refresh: dict[str, bool] = {}  # token → whether it was used
        self._families_dead = False

    def issue(self) -> Token:
        """A token as a sign-in would have got it."""
        return Token.from_dict(self._grant(), self.clock())

    def _grant(self) -> dict[str, object]:
        number = next(self._numbers)
        access, refresh = f"SECRET-access-{number}", f"SECRET-refresh-{number}"
        self._live[access] = self.clock() + self.lifetime
        self._refresh[refresh] = False
        return {
            "token_type": "bearer",
            "expires_in": self.lifetime,
            "access_token": access,
            "refresh_token": refresh,
            "scope": "tweet.read",
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path == "/2/oauth2/token":
            if self.before is not None:
                await self.before()
            answer = self._renew(parse_qs(request.content.decode())["refresh_token"][0])
            if answer.status_code == 200 and self.after is not None:
                await self.after()
            return answer
        token = request.headers["authorization"].removeprefix("Bearer ")
        if self._live.get(token, 0) > self.clock() and not self.refuses_all:
            return httpx.Response(200, json={"data": {"id": "7", "username": "a", "name": "A"}})
        return httpx.Response(401, json={"title": "Unauthorized", "status": 401, "detail": "Unauthorized"})

    def _renew(self, refresh: str) -> httpx.Response:
        if self._families_dead or self._refresh.get(refresh) is not False:
            self._families_dead = self._families_dead or refresh in self._refresh
            return httpx.Response(
                400, json={"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
            )
        self._refresh[refresh] = True
        self.grants += 1
        return httpx.Response(200, json=self._grant())
