"""Sign-in with OAuth 1.0a, under the official module and class names."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Mapping
from typing import Literal
from urllib.parse import urlencode

import httpx

from xdk_async._core.operation import Auth, Call, Operation
from xdk_async._core.options import Options
from xdk_async._core.refusal import refusal
from xdk_async._core.transport import Transport
from xdk_async.auth.credential import Credential
from xdk_async.auth.login import Borrowed
from xdk_async.auth.oauth1 import OAuth1Signer
from xdk_async.auth.primitives import form
from xdk_async.auth.token import TokenRefused
from xdk_async.errors import CredentialsError, InvalidArgument

BASE_URL = "https://api.x.com"


class OAuth1RequestToken:
    """The temporary token of a sign-in."""

    def __init__(self, oauth_token: str, oauth_token_secret: str) -> None:
        self.oauth_token: str = oauth_token
        self.oauth_token_secret: str = oauth_token_secret

    def __repr__(self) -> str:
        return "<OAuth1RequestToken>"


class OAuth1AccessToken:
    """A user's token. It does not expire."""

    def __init__(
        self, access_token: str, access_token_secret: str, user_id: str | None = None, screen_name: str | None = None
    ) -> None:
        self.access_token: str = access_token
        self.access_token_secret: str = access_token_secret
        self.user_id: str | None = user_id or (access_token.partition("-")[0] if "-" in access_token else None)
        """X's id of the user, which also begins the token."""
        self.screen_name: str | None = screen_name
        """The user's handle, if the token was just issued."""

    def __repr__(self) -> str:
        return f"<OAuth1AccessToken of {self.user_id}>"


class OAuth1:
    """An app's key with a user's token, or the flow that gets one: request token, authorization, access token.

    Args:
        api_key: The app's API key (consumer key).
        api_secret: Its secret.
        callback: Where X sends the user back to; `oob` shows a PIN instead.
        access_token: A user's token, if there is one already.
        access_token_secret: Its secret.
        base_url: Where X answers. `X_BASE_URL`, or X itself, if left out.
        transport: Sends the requests of the flow, in place of the default one; it is not closed.
    """

    def __init__(
        self,
        api_key: str,
        api_secret: str,
        callback: str = "oob",
        access_token: str | None = None,
        access_token_secret: str | None = None,
        *,
        base_url: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.api_key: str = api_key
        self._api_secret = api_secret
        self.callback: str = callback
        self.base_url: str = (base_url or os.environ.get("X_BASE_URL") or BASE_URL).rstrip("/")
        self._placed = bool(base_url or os.environ.get("X_BASE_URL"))
        self.request_token: OAuth1RequestToken | None = None
        self.access_token: OAuth1AccessToken | None = None
        if bool(access_token) != bool(access_token_secret):
            raise InvalidArgument("access_token and access_token_secret belong together: give both or none")
        if access_token and access_token_secret:
            self.access_token = OAuth1AccessToken(access_token, access_token_secret)
        self._http = transport
        self._shared: Transport | None = None

    async def get_request_token(
        self, *, x_auth_access_type: Literal["read", "write"] | None = None
    ) -> OAuth1RequestToken:
        """Begin a sign-in.

        Args:
            x_auth_access_type: Ask for less than the app may: `read`, or `write` without Direct Messages.

        Raises:
            CredentialsError: X refuses the key, its secret or the callback.
        """
        query: dict[str, str] = {"x_auth_access_type": x_auth_access_type} if x_auth_access_type else {}
        answer = await self._step("/oauth/request_token", query, callback=self.callback)
        if answer.get("oauth_callback_confirmed") != "true":
            raise CredentialsError("POST /oauth/request_token: X did not confirm the callback: register it for the app")
        self.request_token = OAuth1RequestToken(*self._pair(answer, "/oauth/request_token"))
        return self.request_token

    def get_authorization_url(
        self, login_with_x: bool = False, *, force_login: bool | None = None, screen_name: str | None = None
    ) -> str:
        """Where to send the user.

        Args:
            login_with_x: Skip the question for users who have said yes before ("Log in with X").
            force_login: Ask for the password even if the user is signed in.
            screen_name: The handle to fill in.
        """
        if self.request_token is None:
            raise InvalidArgument("there is no request token yet: await get_request_token() first")
        query = {"oauth_token": self.request_token.oauth_token}
        query |= {"force_login": str(force_login).lower()} if force_login is not None else {}
        query |= {"screen_name": screen_name} if screen_name else {}
        return f"{self.base_url}/oauth/{'authenticate' if login_with_x else 'authorize'}?{urlencode(query)}"

    async def get_access_token(self, verifier: str) -> OAuth1AccessToken:
        """Finish a sign-in.

        Args:
            verifier: `oauth_verifier` of the callback, or the PIN.
        """
        if self.request_token is None:
            raise InvalidArgument("there is no request token yet: await get_request_token() first")
        answer = await self._step("/oauth/access_token", {}, verifier=verifier)
        pair = self._pair(answer, "/oauth/access_token")
        self.access_token = OAuth1AccessToken(*pair, answer.get("user_id"), answer.get("screen_name"))
        self.request_token = None  # used up: nothing may be signed with it any more
        return self.access_token

    async def start_oauth_flow(self, login_with_x: bool = False) -> str:
        """Get a request token, and give the address to send the user to."""
        await self.get_request_token()
        return self.get_authorization_url(login_with_x)

    async def invalidate(self) -> None:
        """Make the user's token useless at X, and forget it."""
        signer = self.signer()
        await self._post("/1.1/oauth/invalidate_token.json", "", signer)
        self.access_token = None

    def signer(self) -> OAuth1Signer:
        """What signs requests with the user's token: made anew for each stage, so that no former secret lives on.

        Raises:
            CredentialsError: The sign-in has not ended.
        """
        if self.access_token is None:
            raise CredentialsError(
                "OAuth 1.0a has no access token yet: finish the sign-in with get_access_token(verifier)"
            )
        return OAuth1Signer(
            self.api_key, self._api_secret, self.access_token.access_token, self.access_token.access_token_secret
        )

    def credential(self) -> Credential:
        """What a client signs with: the user's token as it is at that moment."""
        return _Current(self)

    def share(self, transport: Transport) -> None:
        """Use a client's connections, and the place they lead to, from now on."""
        self._shared = transport
        if not self._placed:
            self.base_url = str(transport.base_url).rstrip("/")

    async def _step(
        self, path: str, query: Mapping[str, str], *, callback: str | None = None, verifier: str | None = None
    ) -> dict[str, str]:
        """One step of the flow, signed by a signer of its own; with the request token once there is one."""
        token = self.request_token if verifier else None
        pair = (token.oauth_token, token.oauth_token_secret) if token else ()
        extra = {"oauth_callback": callback} if callback else {"oauth_verifier": str(verifier)}
        signer = OAuth1Signer(self.api_key, self._api_secret, *pair)
        header = signer.header("POST", httpx.URL(self.base_url + path, params=query), extra=extra)
        return form(await self._post(path, urlencode(query), Prepared(header)))

    async def _post(self, path: str, query: str, auth: httpx.Auth) -> bytes:
        operation: Operation[bytes] = Operation("oauth1", "POST", path, lambda: bytes, Auth.NONE)
        pairs = tuple((name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part))
        call = Call(operation, path, pairs)
        async with Borrowed(self._shared, self.base_url, self._http) as transport:
            status, headers, body = await transport.exchange(call, Options(), auth)
        if 200 <= status < 300:
            return body
        error = refusal(call, status, headers, body)
        raise TokenRefused(
            f"{status} POST {path}: X refuses: {error.detail or error.title or 'no reason given'}"
        ) from error

    def _pair(self, answer: dict[str, str], path: str) -> tuple[str, str]:
        try:
            return answer["oauth_token"], answer["oauth_token_secret"]
        except KeyError:
            raise TokenRefused(f"POST {path}: X answered without a token") from None

    def __repr__(self) -> str:
        return f"<OAuth1 of {self.access_token or 'an app'}>"


class _Current(Credential):
    kind = Auth.OAUTH1

    def __init__(self, flow: OAuth1) -> None:
        self._flow = flow
        self._made_for: OAuth1AccessToken | None = None
        self._signer: OAuth1Signer | None = None

    async def sign(self, request: httpx.Request) -> None:
        if self._signer is None or self._made_for is not self._flow.access_token:
            self._signer, self._made_for = self._flow.signer(), self._flow.access_token
        await self._signer.sign(request)


class Prepared(httpx.Auth):
    """A signature that is already made."""

    def __init__(self, header: str) -> None:
        self._header = header

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Put it on."""
        request.headers["Authorization"] = self._header
        yield request
