"""Signing in with OAuth 1.0a: each step is verified by oauthlib, as X would verify it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from oauthlib.oauth1.rfc5849 import signature

from xdk_async import AsyncClient, CredentialsError, InvalidArgument
from xdk_async.oauth1_auth import OAuth1

KEY, SECRET = "SECRET-key", "SECRET-secret"


class X(httpx.AsyncBaseTransport):
    """Answers a request only if its signature is that of the secrets that belong to it."""

    secrets = {"": "", "SECRET-request": "SECRET-request-secret", "77-SECRET-token": "SECRET-token-secret"}

    def __init__(self) -> None:
        self.oauth: list[dict[str, str]] = []
        self.confirmed = "true"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        header, query = {"Authorization": request.headers["authorization"]}, request.url.query.decode()
        parameters = signature.collect_parameters(uri_query=query, headers=header, exclude_oauth_signature=False)
        given = {name: value for name, value in parameters if name.startswith("oauth_")}
        self.oauth.append(given)
        parameters = [(name, value) for name, value in parameters if name != "oauth_signature"]
        untyped: Any = signature
        base = untyped.signature_base_string(
            request.method, untyped.base_string_uri(str(request.url)), untyped.normalize_parameters(parameters)
        )
        secrets = SimpleNamespace(
            client_secret=SECRET, resource_owner_secret=self.secrets[given.get("oauth_token", "")]
        )
        wanted: str = untyped.sign_hmac_sha1_with_client(base, secrets)
        if given["oauth_signature"] != wanted:
            return httpx.Response(401, json={"errors": [{"code": 32, "message": "Could not authenticate you."}]})
        return self.answer(request, given)

    def answer(self, request: httpx.Request, given: dict[str, str]) -> httpx.Response:
        if request.url.path == "/oauth/request_token":
            form = {"oauth_token": "SECRET-request", "oauth_token_secret": "SECRET-request-secret"}
            return httpx.Response(200, text=urlencode({**form, "oauth_callback_confirmed": self.confirmed}))
        if request.url.path == "/oauth/access_token":
            if given.get("oauth_verifier") != "1234":
                return httpx.Response(401, text="Error processing your OAuth request: Invalid oauth_verifier parameter")
            form = {
                "oauth_token": "77-SECRET-token",
                "oauth_token_secret": "SECRET-token-secret",
                "user_id": "77",
                "screen_name": "a",
            }
            return httpx.Response(200, text=urlencode(form))
        return httpx.Response(200, json={"data": {"id": "77", "username": "a", "name": "A"}})


@pytest.mark.parametrize(
    "callback", ["http://localhost:8080/callback?a=b c", "http://localhost/cb?next=%2Fhome&x=%252F", "oob"]
)
async def test_the_whole_flow(callback: str) -> None:
    x = X()
    oauth1 = OAuth1(api_key=KEY, api_secret=SECRET, callback=callback, transport=x)
    await oauth1.get_request_token(x_auth_access_type="read")
    assert x.oauth[0]["oauth_callback"] == callback
    url = urlsplit(oauth1.get_authorization_url(login_with_x=False, force_login=True, screen_name="a"))
    assert url.path == "/oauth/authorize"
    assert parse_qs(url.query) == {"oauth_token": ["SECRET-request"], "force_login": ["true"], "screen_name": ["a"]}
    assert urlsplit(oauth1.get_authorization_url(login_with_x=True)).path == "/oauth/authenticate"
    token = await oauth1.get_access_token("1234")
    assert (token.user_id, token.screen_name) == ("77", "a")
    assert oauth1.request_token is None
    async with AsyncClient(auth=oauth1, transport=x) as client:
        assert (await client.users.get_me()).data
    assert x.oauth[-1]["oauth_token"] == "77-SECRET-token"


async def test_start_oauth_flow_gives_the_address() -> None:
    url = await OAuth1(KEY, SECRET, "oob", transport=X()).start_oauth_flow()
    assert url == "https://api.x.com/oauth/authorize?oauth_token=SECRET-request"


async def test_existing_tokens_need_no_flow_and_name_their_user() -> None:
    x = X()
    oauth1 = OAuth1(KEY, SECRET, "oob", "77-SECRET-token", "SECRET-token-secret")
    assert oauth1.access_token
    assert oauth1.access_token.user_id == "77"
    async with AsyncClient(auth=oauth1, transport=x) as client:
        assert (await client.users.get_me()).data
        await oauth1.invalidate()
        assert oauth1.access_token is None
        with pytest.raises(CredentialsError, match="no access token yet"):
            await client.users.get_me()


async def test_a_callback_that_x_does_not_confirm_ends_the_flow() -> None:
    x = X()
    x.confirmed = "false"
    with pytest.raises(CredentialsError, match="did not confirm the callback"):
        await OAuth1(KEY, SECRET, "oob", transport=x).get_request_token()


async def test_a_wrong_verifier_is_said_and_the_request_token_is_kept() -> None:
    oauth1 = OAuth1(KEY, SECRET, "oob", transport=X())
    await oauth1.get_request_token()
    with pytest.raises(CredentialsError, match="401 POST /oauth/access_token"):
        await oauth1.get_access_token("9999")
    await oauth1.get_access_token("1234")


async def test_steps_out_of_order_are_refused() -> None:
    oauth1 = OAuth1(KEY, SECRET, "oob", transport=X())
    with pytest.raises(InvalidArgument, match="no request token yet"):
        oauth1.get_authorization_url()
    with pytest.raises(InvalidArgument, match="no request token yet"):
        await oauth1.get_access_token("1234")
    with pytest.raises(InvalidArgument, match="belong together"):
        OAuth1(KEY, SECRET, "oob", access_token="77-SECRET-token")


def test_nothing_shows_a_secret() -> None:
    oauth1 = OAuth1(KEY, SECRET, "oob", "77-SECRET-token", "SECRET-token-secret")
    assert "SECRET" not in f"{oauth1!r} {oauth1.access_token!r} {oauth1.credential()!r} {oauth1.signer()!r}"
