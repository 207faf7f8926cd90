"""The doors to the app's own bearer token."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from xdk_async._core.operation import Auth
from xdk_async.sandbox.access import Access
from xdk_async.sandbox.presented import Presented
from xdk_async.sandbox.sign_in.client import basic, same
from xdk_async.sandbox.sign_in.door import legacy, single

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox


class AppToken:
    """The one token that the app can have."""

    def __init__(self, access: Access, mint: Callable[[], str]) -> None:
        self._access = access
        self._mint = mint
        self.token: str | None = None
        """What was handed out, and is good."""

    def current(self) -> str:
        """The token; a new one only if there is none. It holds percent signs, as X's do, and is sent as it is."""
        if self.token is None:
            self.token = f"{self._mint()}%2F{self._mint()}%3D"
            self._access.grant(self.token, Auth.APP)
        return self.token

    def invalidate(self, token: str) -> bool:
        """Make it useless; False if it was another."""
        if token != self.token:
            return False
        self._access.revoke(token)
        self.token = None
        return True


def token(sandbox: Sandbox, shown: Presented) -> Response:
    """Give the app its token, for its key and secret."""
    _check(sandbox, shown)
    if single(shown.form)[0].get("grant_type") != "client_credentials":
        raise legacy(400, 170, "`grant_type` is `client_credentials`, in a form.")
    return JSONResponse({"token_type": "bearer", "access_token": sandbox.bought.current()})


def invalidate(sandbox: Sandbox, shown: Presented) -> Response:
    """Take the app's token back; X's documentation shows two ways to sign this, and both are good here."""
    if shown.scheme == "oauth":
        sandbox.signatures.check(shown, lambda token: sandbox.pairs.user_secret(token) if token else "")
    else:
        _check(sandbox, shown)
    given = {**single(shown.query)[0], **single(shown.form)[0]}.get("access_token", "")
    if not sandbox.bought.invalidate(given):
        raise legacy(401, 89, "The access_token is unknown, or no longer good.")
    return JSONResponse({"access_token": given})


def _check(sandbox: Sandbox, shown: Presented) -> None:
    if not same(basic(shown), (sandbox.api_key, sandbox.api_secret)):
        raise legacy(403, 99, "The API key or its secret is wrong.")
