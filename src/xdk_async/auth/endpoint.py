"""X's token endpoints. https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from xdk_async._core.operation import Auth, Call, Operation
from xdk_async._core.options import Options
from xdk_async._core.refusal import refusal
from xdk_async._core.transport import Transport
from xdk_async.auth.primitives import revoke_request, token_request
from xdk_async.auth.token import Token, TokenRefused
from xdk_async.errors import AnswerError, Disconnected, InvalidArgument, ServerError

FORM = "application/x-www-form-urlencoded"
NO_OPTIONS = Options()


class TokenEndpoint:
    """Asks for tokens on behalf of one app.

    A confidential client (one with a secret) identifies itself in the `Authorization` header, a public one by its
    `client_id` in the body: which of the two is decided by whether a secret was given, never by trying.
    """

    def __init__(self, transport: Transport, client_id: str, client_secret: str | None = None) -> None:
        self._transport = transport
        self.client_id = client_id
        self._client_secret = client_secret

    async def exchange(self, code: str, redirect_uri: str, code_verifier: str) -> Token:
        """Buy a token with the code of a sign-in. X's codes are good for 30 seconds."""
        body = token_request("authorization_code", redirect_uri, code=code, code_verifier=code_verifier)
        return await self._token("oauth2.token", "/2/oauth2/token", body)

    async def renew(self, refresh_token: str) -> Token:
        """Buy the next token. The refresh token is used up by it, and comes back as another one."""
        return await self._token(
            "oauth2.refresh", "/2/oauth2/token", token_request("refresh_token", refresh_token=refresh_token)
        )

    async def revoke(self, token: str, hint: str) -> None:
        """Make a token useless."""
        await self._post("oauth2.revoke", "/2/oauth2/revoke", revoke_request(token, hint))

    async def app_token(self) -> str:
        """The app's bearer token, for its key and secret. X gives the same one until it is invalidated."""
        return (await self._token("oauth2.app_token", "/oauth2/token", "grant_type=client_credentials")).access_token

    async def invalidate_app_token(self, token: str) -> None:
        """Make the app's bearer token useless."""
        await self._post("oauth2.invalidate", "/oauth2/invalidate_token", f"access_token={quote(token, safe='')}")

    async def _token(self, name: str, path: str, body: str) -> Token:
        answer = await self._post(name, path, body)
        try:
            return Token.from_dict(answer, self._transport.clock())
        except InvalidArgument as error:
            raise Disconnected(f"POST {path}: X's answer could not be read as a token: {error}", sent=True) from None

    async def _post(self, name: str, path: str, body: str) -> Mapping[str, Any]:
        auth: httpx.Auth | None = None
        if self._client_secret is not None:
            # RFC 6749 §2.3.1: both halves are form-encoded first.
            auth = httpx.BasicAuth(quote(self.client_id, safe=""), quote(self._client_secret, safe=""))
        else:
            body = f"{body}&client_id={quote(self.client_id, safe='')}"
        operation: Operation[bytes] = Operation(name, "POST", path, lambda: bytes, Auth.NONE)
        call = Call(operation, path, (), body.encode(), FORM)
        status, headers, content = await self._transport.exchange(call, NO_OPTIONS, auth)
        if not 200 <= status < 300:
            raise refused(refusal(call, status, headers, content))
        try:
            answer: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any]) if content else {}
        except msgspec.DecodeError:
            raise Disconnected(f"POST {path}: X answered {status}, but no JSON with a token", sent=True) from None
        return answer


def refused(error: AnswerError) -> Exception:
    """A refusal as what it means for a sign-in; X's own failures and limits stay what they are."""
    if isinstance(error, ServerError) or error.status == 429:
        return error
    said = error.detail or error.title or "no reason given"
    return TokenRefused(f"{error.status} POST {error.path}: X refuses: {said}", error.title)
