"""Sign-in with OAuth 2.0 and PKCE, under the official module and class names."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from xdk_async._core.given import check_type
from xdk_async._core.hook import called
from xdk_async._core.transport import Transport
from xdk_async.auth.flow import BASE_URL, Flow
from xdk_async.auth.login import PendingLogin, code_from, warn_if_open
from xdk_async.auth.primitives import authorization_url, s256_challenge
from xdk_async.auth.renewal import OnToken, Renewing, RenewingToken
from xdk_async.auth.store import MemoryStore, TokenStore
from xdk_async.auth.token import Token, TokenDict, TokenKey
from xdk_async.errors import CredentialsError, InvalidArgument

DEFAULT_SCOPE = "tweet.read users.read offline.access"


class OAuth2PKCEAuth(Flow):
    """The flow of one user's sign-in, and the session that comes out of it.

    Args:
        base_url: Where X answers. `X_BASE_URL`, or X itself, if left out.
        authorization_base_url: Where users sign in. Follows `base_url` if that is set and this is not.
        client_id: The app's OAuth 2.0 client id.
        client_secret: The secret of a confidential client. A public client has none: then the id goes in the body.
        redirect_uri: Where X sends the user back to; one that the app has registered, compared exactly.
        token: A token from an earlier sign-in.
        scope: What to ask for. `offline.access` makes X give a refresh token.
        store: Where the token is kept; in memory if left out.
        subject: Whose token it is, a name of your choice.
        pending: A sign-in that another worker began.
        on_token: Gets each new token after it is saved and before it is used; sync or async.
        transport: Sends the requests, in place of the default one; it is not closed.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        base_url: str | None = None,
        authorization_base_url: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        redirect_uri: str | None = None,
        token: Mapping[str, Any] | Token | None = None,
        scope: str | Sequence[str] | None = None,
        *,
        store: TokenStore | None = None,
        subject: str = "default",
        pending: PendingLogin | None = None,
        on_token: OnToken | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.base_url: str
        self.authorization_base_url: str
        self._place(base_url or os.environ.get("X_BASE_URL") or BASE_URL, authorization_base_url)
        self._placed = bool(base_url or os.environ.get("X_BASE_URL") or authorization_base_url)
        self.client_id: str | None = client_id
        self.client_secret: str | None = client_secret
        self.redirect_uri: str | None = redirect_uri
        self.scope: str = scopes(scope) if scope else DEFAULT_SCOPE
        self.store: TokenStore = store or MemoryStore()
        self._given_store = store is not None
        self.key: TokenKey = TokenKey(client_id or "", subject)
        self.pending: PendingLogin | None = pending
        self.on_token: OnToken | None = on_token
        self.code_verifier: str | None = pending.code_verifier if pending else None
        self.code_challenge: str | None = s256_challenge(self.code_verifier) if self.code_verifier else None
        self._token: Token | None = Token.from_dict(token, clock()) if isinstance(token, Mapping) else token
        self._saved = self._token is None
        self._preparing = asyncio.Lock()
        self._http = transport
        self._clock = clock
        self._shared: Transport | None = None
        self._on_change: Callable[[str], None] | None = None
        self._chosen_verifier = False
        if redirect_uri:
            warn_if_open(redirect_uri)

    @property
    def token(self) -> TokenDict | None:
        """The token last seen here, as a dictionary."""
        return self._token.to_dict() if self._token else None

    @property
    def access_token(self) -> str | None:
        """The access token last seen here."""
        return self._token.access_token if self._token else None

    def is_token_expired(self) -> bool:
        """Whether there is no token, or it expires within the leeway. One of unknown expiry does not count as expired."""
        return self._token is None or self._token.is_due(self._clock())

    def set_pkce_parameters(self, code_verifier: str, code_challenge: str | None = None) -> None:
        """Use a verifier made elsewhere.

        Args:
            code_verifier: 43 to 128 characters (RFC 7636).
            code_challenge: its S256 challenge; derived if left out.
        """
        if not 43 <= len(code_verifier) <= 128:
            raise InvalidArgument(f"code_verifier has {len(code_verifier)} characters: RFC 7636 wants 43 to 128")
        self.code_verifier = code_verifier
        self.code_challenge = code_challenge or s256_challenge(code_verifier)
        self._chosen_verifier = True

    def get_code_verifier(self) -> str | None:
        """The verifier in use, if a sign-in has begun."""
        return self.code_verifier

    def get_code_challenge(self) -> str | None:
        """The challenge in use, if a sign-in has begun."""
        return self.code_challenge

    def get_authorization_url(self, state: str | None = None) -> str:
        """Where to send the user. Begins a sign-in, which is `pending` until `fetch_token`.

        Args:
            state: A value that comes back with the user, 500 characters at the most; random if left out.
        """
        if not self.client_id or not self.redirect_uri:
            raise InvalidArgument("signing in needs client_id= and redirect_uri=")
        if state is not None and not 0 < len(state) <= 500:
            raise InvalidArgument(f"state has {len(state)} characters: X takes 1 to 500")
        if not self._chosen_verifier:  # a fresh one for each sign-in (RFC 7636 §4.1), unless one was set for this
            self.set_pkce_parameters(secrets.token_urlsafe(64))
        self._chosen_verifier = False
        self.pending = PendingLogin(
            state=state or secrets.token_urlsafe(32),
            code_verifier=str(self.code_verifier),
            redirect_uri=self.redirect_uri,
        )
        site = f"{self.authorization_base_url}/oauth2/authorize"
        return authorization_url(
            site, self.client_id, self.redirect_uri, self.scope, self.pending.state, str(self.code_challenge)
        )

    async def fetch_token(self, authorization_response: str) -> TokenDict:
        """Finish the pending sign-in.

        Args:
            authorization_response: The whole address that X sent the user back to.

        Raises:
            CredentialsError: The user declined, the state is not the one that was sent, or X refuses the code.
        """
        code = code_from(authorization_response, self.pending)
        if self.pending is not None:
            self.redirect_uri, self.code_verifier = self.pending.redirect_uri, self.pending.code_verifier
        return await self.exchange_code(code)

    async def exchange_code(self, code: str, code_verifier: str | None = None) -> TokenDict:
        """Buy a token with a code, and save it.

        Args:
            code: What came back with the user; good for 30 seconds, once.
            code_verifier: The verifier of the sign-in, if it is not the one begun here.
        """
        verifier = code_verifier or self.code_verifier
        if not verifier or not self.redirect_uri:
            raise InvalidArgument(
                "no sign-in has begun here: call get_authorization_url(), set_pkce_parameters() or pass pending="
            )
        async with self._borrowed() as transport:
            self._token = await self.endpoint(transport).exchange(code, self.redirect_uri, verifier)
        await self.store.save(self.key, self._token)
        self._saved, self.pending, self.code_verifier, self.code_challenge = True, None, None, None
        self._chosen_verifier = False
        self._changed()
        await called(self.on_token, self._token)
        return self._token.to_dict()

    async def refresh_token(self) -> TokenDict:
        """Renew the token now; whoever else renews at the same moment, one renewal is made."""
        await self.prepare()
        before = await self.store.load(self.key)
        if before is None:
            raise CredentialsError("there is no token to renew: sign in first")
        async with self._borrowed() as transport:
            how = Renewing(self.store, self.endpoint(transport), self._clock, asyncio.sleep, self.remember)
            self._token = (await RenewingToken(self.key, how).renewed(before)).token
        self._changed()
        return self._token.to_dict()

    async def revoke(self) -> None:
        """Make the user's tokens useless at X, and forget them."""
        await self.prepare()
        stored = await self.store.load(self.key)
        if stored is not None:
            async with self._borrowed() as transport:
                endpoint = self.endpoint(transport)
                if stored.token.refresh_token:
                    await endpoint.revoke(stored.token.refresh_token, "refresh_token")
                await endpoint.revoke(stored.token.access_token, "access_token")
            await self.store.delete(self.key)
        self._token = None
        self._changed()

    def __repr__(self) -> str:
        return f"<OAuth2PKCEAuth of {self.key.subject!r}>"


def scopes(given: str | Sequence[str]) -> str:
    """Scopes as X takes them."""
    found = given.split() if isinstance(given, str) else given
    check_type("scope=", found, Sequence, "scopes, a text or a list of texts")
    for each in found:
        check_type("scope=", each, str, "scopes, a text or a list of texts")
    return given if isinstance(given, str) else " ".join(given)
