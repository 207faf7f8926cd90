"""Which credential signs what, and what is said when none can."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.client.fakes import FakeX
from xdk_async import AsyncClient, CredentialsError
from xdk_async._core.operation import Auth, Operation
from xdk_async._core.options import CredentialName
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials, choose
from xdk_async.auth.credential import Credential
from xdk_async.auth.oauth1 import OAuth1Signer

APP, OAUTH2, OAUTH1 = Bearer("app"), Bearer("user", Auth.OAUTH2), OAuth1Signer("k", "s", "t", "ts")
NAMES: dict[httpx.Auth | None, str] = {APP: "app", OAUTH2: "oauth2", OAUTH1: "oauth1", None: "none"}


def operation(method: str, auth: Auth) -> Operation[Any]:
    return Operation("group.method", method, "/2/path", lambda: object, auth, "tweet.read users.read")


def chosen(method: str, auth: Auth, held: str, wanted: CredentialName | None = None) -> str:
    """The credential that is chosen, of those held (`a`pp, OAuth `2`, OAuth `1`)."""
    credentials = Credentials(
        app=APP if "a" in held else None, oauth2=OAUTH2 if "2" in held else None, oauth1=OAUTH1 if "1" in held else None
    )
    try:
        return NAMES[choose(operation(method, auth), credentials, wanted)]
    except CredentialsError:
        return "refused"


@pytest.mark.parametrize(
    ("method", "auth", "held", "found"),
    [
        # Both may: reads as the app, so that the user's windows stay free; writes as the user.
        ("GET", Auth.ANY, "a21", "app"),
        ("HEAD", Auth.ANY, "a21", "app"),
        ("POST", Auth.ANY, "a21", "oauth2"),
        ("DELETE", Auth.ANY, "a21", "oauth2"),
        ("GET", Auth.ANY, "21", "oauth2"),
        ("GET", Auth.ANY, "1", "oauth1"),
        ("POST", Auth.ANY, "a1", "oauth1"),
        ("POST", Auth.ANY, "a", "app"),
        # Only the app.
        ("GET", Auth.APP, "a21", "app"),
        ("POST", Auth.APP, "a21", "app"),
        ("GET", Auth.APP, "21", "refused"),
        # Only users: a bearer token may be a user's as well.
        ("GET", Auth.USER, "a21", "oauth2"),
        ("GET", Auth.USER, "a1", "oauth1"),
        ("GET", Auth.USER, "a", "app"),
        ("POST", Auth.OAUTH2, "a1", "app"),
        ("POST", Auth.OAUTH2, "1", "refused"),
        # Only OAuth 1.0a: no bearer token can serve.
        ("GET", Auth.OAUTH1, "a21", "oauth1"),
        ("GET", Auth.OAUTH1, "a2", "refused"),
        ("POST", Auth.APP | Auth.OAUTH1, "a21", "oauth1"),
        ("POST", Auth.APP | Auth.OAUTH1, "a2", "app"),
        ("GET", Auth.APP | Auth.OAUTH1, "a21", "app"),
        # Nobody.
        ("GET", Auth.NONE, "a21", "none"),
        ("GET", Auth.NONE, "", "none"),
        ("GET", Auth.ANY, "", "refused"),
    ],
)
def test_the_credential_is_chosen_by_what_the_operation_takes_and_does(
    method: str, auth: Auth, held: str, found: str
) -> None:
    assert chosen(method, auth, held) == found


@pytest.mark.parametrize(
    ("auth", "held", "wanted", "found"),
    [
        (Auth.ANY, "a21", "app", "app"),
        (Auth.ANY, "a21", "user", "oauth2"),
        (Auth.ANY, "a1", "user", "oauth1"),
        (Auth.ANY, "a21", "oauth1", "oauth1"),
        (Auth.ANY, "a21", "oauth2", "oauth2"),
        (Auth.APP | Auth.OAUTH1, "a21", "user", "oauth1"),
        (Auth.ANY, "21", "app", "refused"),
        (Auth.ANY, "a", "user", "refused"),
        (Auth.ANY, "a2", "oauth1", "refused"),
        (Auth.APP, "a2", "oauth2", "oauth2"),  # X may take more than its description says
        (Auth.NONE, "a", "app", "none"),
    ],
)
def test_a_credential_named_by_the_caller_is_used(auth: Auth, held: str, wanted: CredentialName, found: str) -> None:
    assert chosen("GET", auth, held, wanted) == found


def test_a_custom_auth_signs_all_that_is_signed_unless_a_credential_is_named() -> None:
    custom = httpx.BasicAuth("me", "pass")
    held = Credentials(app=APP, custom=custom)
    assert choose(operation("GET", Auth.ANY), held, None) is custom
    assert choose(operation("POST", Auth.OAUTH1), held, None) is custom
    assert choose(operation("GET", Auth.NONE), held, None) is None
    assert choose(operation("GET", Auth.ANY), held, "app") is APP


def test_a_credential_that_cannot_sign_yet_is_passed_over() -> None:
    class Unready(Credential):
        kind = Auth.OAUTH2

        def is_ready(self) -> bool:
            return False

    held = Credentials(app=APP, oauth2=Unready(), oauth1=OAUTH1)
    assert choose(operation("POST", Auth.ANY), held, None) is OAUTH1
    assert choose(operation("POST", Auth.OAUTH2), held, None) is APP
    with pytest.raises(CredentialsError):
        choose(operation("POST", Auth.ANY), held, "oauth2")


@pytest.mark.parametrize(
    ("auth", "named"),
    [
        (Auth.APP, "an app-only bearer token (bearer_token= or X_BEARER_TOKEN)"),
        (Auth.OAUTH2, "a user's OAuth 2.0 token (access_token= or X_ACCESS_TOKEN)"),
        (Auth.OAUTH1, "a user's OAuth 1.0a token (api_key=, api_secret=, access_token= and access_token_secret=, or X_API_KEY, …)"),
    ],
)  # fmt: skip
def test_the_error_names_scheme_scopes_and_argument(auth: Auth, named: str) -> None:
    with pytest.raises(CredentialsError) as raised:
        choose(operation("GET", auth), Credentials(), None)
    assert str(raised.value) == f"group.method (GET /2/path) needs {named} with the scopes tweet.read users.read"
    with pytest.raises(CredentialsError, match="credential='user' was chosen, and the client holds none"):
        choose(operation("GET", auth), Credentials(app=APP), "user")


def test_the_error_names_all_schemes_that_would_do() -> None:
    with pytest.raises(CredentialsError, match="bearer_token=.* or .*access_token=.* or .*api_key="):
        choose(operation("GET", Auth.ANY), Credentials(), None)


async def page(client: AsyncClient) -> object:
    return await anext(client.users.get_blocking("7"))


async def item(client: AsyncClient) -> object:
    return await anext(aiter(client.users.get_blocking("7").items()))


async def stream(client: AsyncClient) -> object:
    async with client.stream.posts() as posts:
        return posts


async def call(client: AsyncClient) -> object:
    return await client.users.block_dms("7")


@pytest.mark.parametrize("use", [page, item, stream, call])
async def test_without_a_fitting_credential_nothing_is_sent(use: Callable[[AsyncClient], Awaitable[object]]) -> None:
    x = FakeX()
    keys = {"api_key": "k", "api_secret": "s", "access_token": "t", "access_token_secret": "ts"}
    arguments: dict[str, Any] = keys if use is stream else {}
    hooked: list[httpx.Request] = []

    async def hook(request: httpx.Request) -> None:
        hooked.append(request)

    async with AsyncClient(transport=x, on_request=[hook], **arguments) as client:
        with pytest.raises(CredentialsError, match="needs"):
            await use(client)
    assert x.requests == hooked == []
