"""What a sign-in knows, and how it lives together with a client."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any, Self

import httpx

from xdk_async._core.hook import called
from xdk_async._core.transport import Transport
from xdk_async.auth.endpoint import TokenEndpoint
from xdk_async.auth.login import Borrowed, PendingLogin
from xdk_async.auth.renewal import OnToken
from xdk_async.auth.store import TokenStore
from xdk_async.auth.token import Token, TokenKey
from xdk_async.errors import CredentialsError, InvalidArgument

BASE_URL = "https://api.x.com"
AUTHORIZATION_BASE_URL = "https://x.com/i"


class Flow:
    """The state of one user's sign-in with OAuth 2.0."""

    base_url: str
    authorization_base_url: str
    client_id: str | None
    client_secret: str | None
    store: TokenStore
    key: TokenKey
    pending: PendingLogin | None
    on_token: OnToken | None
    code_verifier: str | None
    code_challenge: str | None
    _token: Token | None
    _saved: bool
    _given_store: bool
    _placed: bool
    _preparing: asyncio.Lock
    _http: httpx.AsyncBaseTransport | None
    _shared: Transport | None
    _on_change: Callable[[str], None] | None

    def endpoint(self, transport: Transport) -> TokenEndpoint:
        """X's token endpoint, asked as this app."""
        if not self.client_id:
            raise CredentialsError("the token endpoint has to know the app: pass client_id=")
        return TokenEndpoint(transport, self.client_id, self.client_secret)

    def share(self, transport: Transport, on_change: Callable[[str], None]) -> None:
        """Use a client's connections, and the place they lead to, from now on.

        Args:
            transport: The client's.
            on_change: Told the subject whenever the session under it has become another.
        """
        self._shared = transport
        self._on_change = on_change
        if not self._placed:
            self._place(str(transport.base_url), None)

    def for_subject(self, subject: str) -> Self:
        """The same flow for another user: same app, store and connections, nothing begun."""
        other = copy.copy(self)
        other.key = TokenKey(self.key.client_id, subject)
        other.begin_anew()
        return other

    def begin_anew(self) -> None:
        """Know of no token and no sign-in."""
        self._token, self._saved, self.pending = None, True, None
        self.code_verifier = self.code_challenge = None

    def fill(self, **given: Any) -> None:
        """Take what a client was told and this flow was not.

        Raises:
            InvalidArgument: Both were told, and not the same.
        """
        for name, value in given.items():
            known = getattr(self, name)
            if value is not None and known is not None and value != known:
                raise InvalidArgument(f"{name}= of the client and of its auth= are not the same: give it once")
            setattr(self, name, known if value is None else value)
        self.key = TokenKey(self.client_id or "", self.key.subject)

    def see(self, token: Token) -> None:
        """Keep a token in view that was found in the store."""
        self._token = token

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change(self.key.subject)

    def _place(self, base_url: str, authorization_base_url: str | None) -> None:
        self.base_url = base_url.rstrip("/")
        own_site = AUTHORIZATION_BASE_URL if self.base_url == BASE_URL else f"{self.base_url}/i"
        self.authorization_base_url = (authorization_base_url or own_site).rstrip("/")

    def _borrowed(self) -> Borrowed:
        return Borrowed(self._shared, self.base_url, self._http)

    async def prepare(self) -> None:
        """Put a token that was passed in into the store, once, unless the store already knows better."""
        if self._saved or self._token is None:
            return
        async with self._preparing:
            if not self._saved and await self.store.load(self.key) is None:
                await self.store.save(self.key, self._token)
            self._saved = True

    def may_have_token(self) -> bool:
        """Whether a sign-in has ended here, or perhaps elsewhere, where a store was given; `await store.load(key)` knows."""
        return self._token is not None or self._given_store

    async def remember(self, token: Token) -> None:
        """Keep a renewed token in view, and hand it on."""
        self._token = token
        await called(self.on_token, token)
