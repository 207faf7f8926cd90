"""What the tests of signing in share: a sandbox whose every secret is marked, and a person who answers its page."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from tests.sandbox.api import Api
from xdk_async.sandbox import Sandbox

CALLBACK = "http://localhost:8080/callback"
VERIFIER = "SECRET-verifier-" + "v" * 40
SCOPE = "tweet.read users.read offline.access"
REFUSED = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
UNKNOWN_CLIENT = {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


def marked(**settings: Any) -> Sandbox:
    """A sandbox all of whose credentials hold the mark that nothing may show."""
    names = ("app_token", "user_token", "client_secret", "api_key", "api_secret", "oauth1_token_secret")
    given: dict[str, Any] = {**{name: f"SECRET-{name}" for name in names}, **settings}
    return Sandbox(mark="SECRET-", **given)


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def wish(**changes: str | None) -> str:
    """The query of a good authorization request, changed; None leaves a parameter out."""
    given: dict[str, str | None] = {
        "response_type": "code",
        "client_id": Sandbox.client_id,
        "redirect_uri": CALLBACK,
        "scope": SCOPE,
        "state": "SECRET-state",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
        **changes,
    }
    return urlencode({name: value for name, value in given.items() if value is not None})


def sent_back(answer: httpx.Response) -> dict[str, str]:
    """What the user brings back to the app."""
    assert answer.status_code == 302, answer.text
    assert "content-type" not in answer.headers or not answer.content
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query, keep_blank_values=True))


async def said(x: Api, decision: str = "allow", user: str = "", **changes: str | None) -> dict[str, str]:
    """What comes back if a person answers the page."""
    data = {"decision": decision, "user": user}
    return sent_back(await x.client.post(f"/i/oauth2/authorize?{wish(**changes)}", data=data))


async def exchange(x: Api, code: str, auth: tuple[str, str] | None = None, **changes: str | None) -> httpx.Response:
    """Buy a token with a code, as a public client unless `auth` is given."""
    given: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": None if auth else Sandbox.client_id,
        **changes,
    }
    return await post(x, "/2/oauth2/token", auth, **given)


async def renew(x: Api, refresh_token: str, auth: tuple[str, str] | None = None) -> httpx.Response:
    """Buy the next token."""
    client_id = None if auth else Sandbox.client_id
    return await post(
        x, "/2/oauth2/token", auth, grant_type="refresh_token", refresh_token=refresh_token, client_id=client_id
    )


async def post(x: Api, path: str, auth: tuple[str, str] | None = None, **form: str | None) -> httpx.Response:
    """Send a form; None leaves a field out."""
    data = {name: value for name, value in form.items() if value is not None}
    return await x.client.post(path, data=data, auth=auth or httpx.USE_CLIENT_DEFAULT)


async def status(x: Api, token: str, path: str = "/2/users/me") -> int:
    """What a bearer token gets."""
    return (await x.client.get(path, headers={"authorization": f"Bearer {token}"})).status_code
