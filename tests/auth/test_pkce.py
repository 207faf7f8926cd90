"""Signing in with OAuth 2.0 and PKCE."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from xdk_async import AsyncClient, CredentialsError, Disconnected, InvalidArgument
from xdk_async.auth.login import PendingLogin
from xdk_async.auth.store import MemoryStore
from xdk_async.auth.token import Stored, Token, TokenKey
from xdk_async.oauth2_auth import OAuth2PKCEAuth

CALLBACK = "http://localhost:8080/callback"
ANSWER = {
    "token_type": "bearer",
    "expires_in": 7200,
    "access_token": "SECRET-a",
    "refresh_token": "SECRET-r",
    "scope": "tweet.read",
}


class Endpoint(httpx.AsyncBaseTransport):
    """Keeps what it is asked and answers a token."""

    def __init__(self, status: int = 200, answer: object = ANSWER) -> None:
        self.status, self.answer = status, answer
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, json=self.answer)

    def form(self, position: int = -1) -> dict[str, str]:
        return dict(parse_qsl(self.requests[position].content.decode(), strict_parsing=True))


def flow(endpoint: Endpoint | None = None, **settings: Any) -> OAuth2PKCEAuth:
    given: dict[str, Any] = {
        "client_id": "app",
        "redirect_uri": CALLBACK,
        "scope": "tweet.read users.read offline.access",
    }
    return OAuth2PKCEAuth(transport=endpoint or Endpoint(), **{**given, **settings})


def came_back(auth: OAuth2PKCEAuth, **query: str) -> str:
    assert auth.pending
    return str(httpx.URL(CALLBACK, params={"state": auth.pending.state, **query}))


def test_the_authorization_address_holds_what_x_wants() -> None:
    auth = flow()
    parts = urlsplit(auth.get_authorization_url())
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://x.com/i/oauth2/authorize"
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    verifier = auth.get_code_verifier()
    assert verifier
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert query == {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": CALLBACK,
        "scope": "tweet.read users.read offline.access",
        "state": auth.pending.state if auth.pending else "",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }


def test_every_sign_in_has_a_state_and_a_verifier_of_its_own() -> None:
    pending = [auth.pending for auth in (flow(), flow()) if auth.get_authorization_url()]
    assert pending[0] != pending[1]


async def test_a_public_client_names_itself_in_the_body_and_sends_no_header() -> None:
    endpoint = Endpoint()
    auth = flow(endpoint)
    auth.get_authorization_url()
    verifier = auth.code_verifier
    tokens = await auth.fetch_token(authorization_response=came_back(auth, code="c o+de"))
    assert endpoint.form() == {
        "grant_type": "authorization_code", "code": "c o+de", "redirect_uri": CALLBACK, "code_verifier": verifier, "client_id": "app",
    }  # fmt: skip
    assert "authorization" not in endpoint.requests[0].headers
    assert endpoint.requests[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert tokens["access_token"] == "SECRET-a"
    assert tokens["expires_at"] > 0


async def test_a_confidential_client_names_itself_in_the_header_and_not_in_the_body() -> None:
    endpoint = Endpoint()
    auth = flow(endpoint, client_secret="se:cret/")
    auth.get_authorization_url()
    await auth.fetch_token(came_back(auth, code="c"))
    assert "client_id" not in endpoint.form()
    assert endpoint.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"app:se%3Acret%2F").decode()


async def test_a_sign_in_begun_in_one_worker_is_finished_in_another() -> None:
    first, endpoint = flow(), Endpoint()
    first.get_authorization_url()
    assert first.pending
    kept = first.pending.to_json()
    second = flow(endpoint, pending=PendingLogin.from_json(kept))
    await second.fetch_token(came_back(first, code="c"))
    assert endpoint.form()["code_verifier"] == first.code_verifier
    with pytest.raises(InvalidArgument, match="no pending sign-in"):
        PendingLogin.from_json("{}")


@pytest.mark.parametrize(
    ("query", "error", "text"),
    [
        ({"error": "access_denied"}, CredentialsError, "the user declined"),
        (
            {"error": "invalid_scope", "error_description": "no such scope"},
            CredentialsError,
            "could not sign in: invalid_scope: no such",
        ),
        ({"code": "c", "state": "another"}, CredentialsError, "does not belong to this sign-in"),
        ({}, CredentialsError, "does not belong to this sign-in"),
    ],
)
async def test_what_comes_back_is_checked(query: dict[str, str], error: type[Exception], text: str) -> None:
    endpoint = Endpoint()
    auth = flow(endpoint)
    auth.get_authorization_url()
    with pytest.raises(error, match=text):
        await auth.fetch_token(came_back(auth, **query))
    assert endpoint.requests == []


@pytest.mark.parametrize(
    "address", ["http://localhost:8081/callback?code=c", "http://localhost:8080/callback/?code=c", "c"]
)
async def test_another_address_than_the_redirect_uri_is_refused(address: str) -> None:
    auth = flow()
    auth.get_authorization_url()
    with pytest.raises(InvalidArgument, match="not to the redirect URI"):
        await auth.fetch_token(address)


async def test_without_a_pending_sign_in_nothing_can_be_finished() -> None:
    with pytest.raises(CredentialsError, match="no sign-in is pending"):
        await flow().fetch_token(f"{CALLBACK}?code=c&state=s")
    with pytest.raises(InvalidArgument, match="no sign-in has begun"):
        await flow().exchange_code("c")


async def test_a_code_is_good_for_one_sign_in() -> None:
    auth = flow()
    auth.get_authorization_url()
    address = came_back(auth, code="c")
    await auth.fetch_token(address)
    with pytest.raises(CredentialsError, match="no sign-in is pending"):
        await auth.fetch_token(address)


async def test_pkce_parameters_made_elsewhere_are_used() -> None:
    endpoint = Endpoint()
    auth = flow(endpoint)
    with pytest.raises(InvalidArgument, match="43 to 128"):
        auth.set_pkce_parameters("short")
    auth.set_pkce_parameters("v" * 50)
    assert f"code_challenge={auth.get_code_challenge()}" in auth.get_authorization_url()
    await auth.exchange_code("c")
    assert endpoint.form()["code_verifier"] == "v" * 50


async def test_what_x_refuses_is_said_without_the_code() -> None:
    refusal = {"error": "invalid_request", "error_description": "Value passed for the authorization code was invalid."}
    auth = flow(Endpoint(400, refusal))
    auth.get_authorization_url()
    with pytest.raises(CredentialsError, match="400 POST /2/oauth2/token: X refuses: Value passed") as caught:
        await auth.fetch_token(came_back(auth, code="SECRET-code"))
    assert "SECRET" not in repr(caught.value)


@pytest.mark.parametrize("answer", [[], {}, {"access_token": 7, "expires_in": []}, "text"])
async def test_an_answer_that_is_no_token_is_a_clear_error(answer: object) -> None:
    auth = flow(Endpoint(200, answer))
    auth.get_authorization_url()
    with pytest.raises(Disconnected, match="token"):
        await auth.fetch_token(came_back(auth, code="c"))


def test_a_redirect_over_plain_http_is_warned_about_unless_it_stays_on_the_machine() -> None:
    with pytest.warns(UserWarning, match="neither https nor on this machine"):
        flow(redirect_uri="http://example.com/callback")
    for fine in ("https://example.com/callback", "http://127.0.0.1:1/c", "http://[::1]:1/c", "myapp://callback"):
        flow(redirect_uri=fine)


def test_states_that_x_does_not_take_are_refused() -> None:
    assert "state=mine" in flow().get_authorization_url("mine")
    for state in ("", "s" * 501):
        with pytest.raises(InvalidArgument, match="1 to 500"):
            flow().get_authorization_url(state)
    with pytest.raises(InvalidArgument, match="client_id= and redirect_uri="):
        OAuth2PKCEAuth().get_authorization_url()


async def test_refresh_and_revoke_go_through_the_store() -> None:
    endpoint = Endpoint()
    auth = flow(endpoint, token={"access_token": "SECRET-old", "refresh_token": "SECRET-or"})
    assert not auth.is_token_expired()
    assert (await auth.refresh_token())["access_token"] == auth.access_token == "SECRET-a"
    assert endpoint.form() == {"grant_type": "refresh_token", "refresh_token": "SECRET-or", "client_id": "app"}
    await auth.revoke()
    assert [endpoint.form(position)["token"] for position in (-2, -1)] == ["SECRET-r", "SECRET-a"]
    assert endpoint.requests[-1].url.path == "/2/oauth2/revoke"
    assert auth.token is None
    assert await auth.store.load(TokenKey("app", "default")) is None
    with pytest.raises(CredentialsError, match="sign in first"):
        await auth.refresh_token()


async def test_the_client_has_the_official_flow_methods_and_uses_what_comes_out() -> None:
    endpoint = Endpoint()
    async with AsyncClient(
        client_id="app", redirect_uri=CALLBACK, scope=["tweet.read", "users.read"], transport=endpoint
    ) as client:
        assert client.is_token_expired()
        with pytest.raises(CredentialsError, match="access_token="):
            await client.users.get_me()
        assert "scope=tweet.read+users.read" in client.get_authorization_url()
        assert client.oauth2_auth
        await client.fetch_token(came_back(client.oauth2_auth, code="c"))
        assert (client.access_token, client.is_token_expired()) == ("SECRET-a", False)
        await client.users.get_me()
        assert endpoint.requests[-1].headers["authorization"] == "Bearer SECRET-a"
        await client.refresh_token()
    async with AsyncClient(bearer_token="x", transport=endpoint) as client:
        with pytest.raises(InvalidArgument, match="client_id="):
            client.get_authorization_url()


async def test_a_flow_given_as_auth_signs_the_calls_of_the_client() -> None:
    endpoint = Endpoint()
    auth = flow(endpoint)
    auth.get_authorization_url()
    await auth.fetch_token(came_back(auth, code="c"))
    async with AsyncClient(auth=auth, transport=endpoint) as client:
        await client.users.get_me()
    assert endpoint.requests[-1].headers["authorization"] == "Bearer SECRET-a"


async def test_many_users_share_one_client() -> None:
    endpoint = Endpoint()
    auth = flow(endpoint)
    for subject in ("alice", "bob"):
        token = {"access_token": f"SECRET-{subject}"}
        await OAuth2PKCEAuth(client_id="app", token=token, store=auth.store, subject=subject).prepare()
    async with AsyncClient(
        client_id="app", token_store=auth.store, bearer_token="SECRET-app", transport=endpoint
    ) as client:
        alice, bob = client.as_user("alice"), client.as_user("bob")
        for view in (alice, bob, alice):
            await view.users.get_me()
            await view.posts.get_by_id("7")
        await client.posts.get_by_id("7")
        with pytest.raises(CredentialsError, match="no token is stored for 'carol'"):
            await client.as_user("carol").users.get_me()
        await alice.aclose()
    sent = [request.headers["authorization"].removeprefix("Bearer SECRET-") for request in endpoint.requests]
    assert sent == ["alice", "alice", "bob", "bob", "alice", "alice", "app"]
    async with AsyncClient(bearer_token="x", transport=endpoint) as client:
        with pytest.raises(InvalidArgument, match="token_store="):
            client.as_user("alice")


async def test_many_first_calls_at_once_find_the_token_that_was_passed_in() -> None:
    class Slow(MemoryStore):
        async def load(self, key: TokenKey) -> Stored | None:
            await asyncio.sleep(0)
            return await super().load(key)

    token = {"access_token": "SECRET-a"}
    async with AsyncClient(client_id="app", token=token, token_store=Slow(), transport=Endpoint()) as client:
        answers = await asyncio.gather(*(client.users.get_me() for _ in range(5)))
    assert {answer.status for answer in answers} == {200}


async def test_a_view_of_another_user_signs_that_user_in_and_out() -> None:
    endpoint = Endpoint()
    async with AsyncClient(
        client_id="app", redirect_uri=CALLBACK, token_store=MemoryStore(), transport=endpoint
    ) as client:
        alice = client.as_user("alice")
        await alice.exchange_code("c", code_verifier="v" * 43)
        assert (alice.access_token, client.access_token) == ("SECRET-a", None)
        assert alice.oauth2_auth
        assert await alice.oauth2_auth.store.load(TokenKey("app", "default")) is None
        await alice.refresh_token()
        assert endpoint.form()["refresh_token"] == "SECRET-r"


async def test_a_new_sign_in_is_used_at_once_and_a_revoked_one_no_more() -> None:
    endpoint = Endpoint()
    async with AsyncClient(
        client_id="app", redirect_uri=CALLBACK, token_store=MemoryStore(), transport=endpoint
    ) as client:
        for name in ("one", "two"):
            endpoint.answer = {**ANSWER, "access_token": f"SECRET-{name}"}
            await client.exchange_code("c", code_verifier="v" * 43)
            await client.users.get_me()
            assert endpoint.requests[-1].headers["authorization"] == f"Bearer SECRET-{name}"
        endpoint.answer = {**ANSWER, "access_token": "SECRET-three"}
        await client.refresh_token()
        await client.users.get_me()
        assert endpoint.requests[-1].headers["authorization"] == "Bearer SECRET-three"
        assert client.oauth2_auth
        await client.oauth2_auth.revoke()
        with pytest.raises(CredentialsError, match="no token is stored"):
            await client.users.get_me()


def test_each_sign_in_of_one_flow_has_a_verifier_of_its_own() -> None:
    auth = flow()
    auth.get_authorization_url()
    first = auth.pending
    auth.get_authorization_url()
    assert first
    assert auth.pending
    assert first.code_verifier != auth.pending.code_verifier


async def test_a_pending_sign_in_is_finished_from_itself_alone() -> None:
    first, endpoint = flow(), Endpoint()
    first.get_authorization_url()
    second = OAuth2PKCEAuth(client_id="app", pending=first.pending, transport=endpoint)
    await second.fetch_token(came_back(first, code="c"))
    assert endpoint.form()["redirect_uri"] == CALLBACK


async def test_a_flow_goes_on_after_its_client_was_closed() -> None:
    endpoint = Endpoint()
    auth = flow(endpoint, token={"access_token": "SECRET-old", "refresh_token": "SECRET-or"})
    async with AsyncClient(auth=auth):
        pass
    assert (await auth.refresh_token())["access_token"] == "SECRET-a"


async def test_what_a_client_is_told_fills_in_what_its_flow_was_not() -> None:
    endpoint, told = Endpoint(), list[str]()

    async def on_token(token: Token) -> None:
        told.append(token.access_token)

    auth = OAuth2PKCEAuth(token={"access_token": "SECRET-old", "refresh_token": "SECRET-or", "expires_at": 1.0})
    async with AsyncClient(auth=auth, client_id="app", on_token=on_token, transport=endpoint) as client:
        await client.users.get_me()
    assert told == ["SECRET-a"]
    with pytest.raises(InvalidArgument, match="client_id= of the client and of its auth= are not the same"):
        AsyncClient(auth=flow(), client_id="other")
    with pytest.raises(InvalidArgument, match="store="):
        AsyncClient(auth=flow(), token_store=MemoryStore())


def test_the_base_url_of_the_client_moves_its_flow_unless_that_has_one() -> None:
    moved = AsyncClient("http://127.0.0.1:9", auth=flow())
    assert moved.get_authorization_url().startswith("http://127.0.0.1:9/i/oauth2/authorize")
    kept = AsyncClient("http://127.0.0.1:9", auth=flow(base_url="http://127.0.0.1:7"))
    assert kept.get_authorization_url().startswith("http://127.0.0.1:7/i/oauth2/authorize")
    slashed = AsyncClient("https://api.x.com/", client_id="app", redirect_uri=CALLBACK)
    assert slashed.get_authorization_url().startswith("https://x.com/i/oauth2/authorize")


async def test_a_token_found_in_the_store_comes_into_view() -> None:
    store = MemoryStore()
    await store.save(TokenKey("app", "default"), Token(access_token="SECRET-s"))
    async with AsyncClient(client_id="app", token_store=store, transport=Endpoint()) as client:
        await client.users.get_me()
        assert (client.access_token, client.is_token_expired()) == ("SECRET-s", False)
