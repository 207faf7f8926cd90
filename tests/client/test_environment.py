"""Credentials of the environment: only if no credential is an argument, and never mixed with one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.client.fakes import FakeX
from xdk_async import AsyncClient, CredentialsError, InvalidArgument

OAUTH1 = {
    "X_API_KEY": "env-key",
    "X_API_SECRET": "env-secret",
    "X_ACCESS_TOKEN": "env-token",
    "X_ACCESS_TOKEN_SECRET": "env-token-secret",
}


def setting(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


async def signatures(**arguments: Any) -> list[str]:
    """How a read, which both may make, and a write are signed; empty if by nothing."""
    x = FakeX()
    found: list[str] = []
    async with AsyncClient(transport=x, **arguments) as client:
        for call in (client.users.get_by_id, client.posts.delete):
            try:
                await call("7")
                found.append(x.last.headers["authorization"].partition(",")[0])
            except CredentialsError:
                found.append("")
    return found


async def test_without_arguments_and_environment_there_are_no_credentials() -> None:
    assert await signatures() == ["", ""]


async def test_the_bearer_token_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, X_BEARER_TOKEN="env-app")
    assert await signatures() == ["Bearer env-app", "Bearer env-app"]


async def test_an_access_token_alone_is_of_oauth_2(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, X_ACCESS_TOKEN="env-user")
    assert await signatures() == ["Bearer env-user", "Bearer env-user"]


async def test_an_access_token_with_its_secret_is_of_oauth_1(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, **OAUTH1)
    assert await signatures() == ['OAuth oauth_consumer_key="env-key"'] * 2


async def test_several_credentials_of_the_environment_serve_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, X_BEARER_TOKEN="env-app", **OAUTH1)
    assert await signatures() == ["Bearer env-app", 'OAuth oauth_consumer_key="env-key"']


@pytest.mark.parametrize(
    ("arguments", "signed"),
    [
        ({"bearer_token": "mine"}, ["Bearer mine", "Bearer mine"]),
        ({"access_token": "mine"}, ["Bearer mine", "Bearer mine"]),
        ({"token": {"access_token": "mine"}}, ["Bearer mine", "Bearer mine"]),
        ({"auth": httpx.BasicAuth("me", "pass")}, ["Basic bWU6cGFzcw==", "Basic bWU6cGFzcw=="]),
        ({"client_id": "mine"}, ["", ""]),
        ({"client_secret": "mine"}, ["", ""]),
        ({"api_key": "mine"}, ["", ""]),
        ({"api_secret": "mine"}, ["", ""]),
    ],
    ids=["bearer_token", "access_token", "token", "auth", "client_id", "client_secret", "api_key", "api_secret"],
)
async def test_one_argument_keeps_the_whole_environment_out(
    monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], signed: list[str]
) -> None:
    setting(monkeypatch, X_BEARER_TOKEN="env-app", X_CLIENT_ID="env-id", X_CLIENT_SECRET="env-secret", **OAUTH1)
    assert await signatures(**arguments) == signed


def test_an_argument_is_not_completed_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, **OAUTH1)
    with pytest.raises(InvalidArgument, match="api_key, api_secret, access_token and access_token_secret"):
        AsyncClient(access_token="mine", access_token_secret="mine")


async def test_settings_that_are_no_credentials_leave_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, X_BEARER_TOKEN="env-app")
    more: dict[str, Any] = {
        "base_url": "http://127.0.0.1",
        "redirect_uri": "http://127.0.0.1/",
        "scope": "tweet.read",
        "timeout": 1,
    }
    assert await signatures(**more) == ["Bearer env-app", "Bearer env-app"]


async def test_empty_variables_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, X_BEARER_TOKEN="", X_ACCESS_TOKEN="env-user", X_ACCESS_TOKEN_SECRET="", X_BASE_URL="")
    assert await signatures() == ["Bearer env-user", "Bearer env-user"]
    assert AsyncClient().base_url == "https://api.x.com"


@pytest.mark.parametrize("missing", ["X_API_KEY", "X_API_SECRET", "X_ACCESS_TOKEN"])
def test_half_an_oauth_1_credential_is_refused(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    setting(monkeypatch, **{name: value for name, value in OAUTH1.items() if name != missing})
    with pytest.raises(InvalidArgument, match="api_key, api_secret, access_token and access_token_secret"):
        AsyncClient()


@pytest.mark.parametrize(
    "arguments",
    [
        {"bearer_token": ""},
        {"access_token": ""},
        {"access_token": "t", "access_token_secret": ""},
        {"access_token": "t", "access_token_secret": "s", "api_key": "", "api_secret": "s"},
        {"access_token": "t", "access_token_secret": "s\n", "api_key": "k", "api_secret": "s"},
        {"access_token": "t", "access_token_secret": "s", "api_key": "k ", "api_secret": "s"},
        {"access_token": "t", "access_token_secret": "s", "api_key": "k", "api_secret": "\udcffs"},
        {"bearer_token": "secret\n"},
        {"access_token": "secret\n"},
        {"token": {"refresh_token": "secret"}},
        {"token": {"access_token": ""}},
        {"token": {"access_token": 7_777_777}},
    ],
    ids=str,
)
def test_an_empty_or_broken_credential_is_refused_without_being_shown(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument) as raised:
        AsyncClient(**arguments)
    assert "secret\\n" not in repr(raised.value)
    assert "7777777" not in repr(raised.value)


async def test_the_base_url_comes_from_the_environment_even_beside_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, X_BASE_URL="http://127.0.0.1:8080/x")
    x = FakeX()
    async with AsyncClient(bearer_token="mine", transport=x) as client:
        await client.users.get_me()
    assert str(x.last.url) == "http://127.0.0.1:8080/x/2/users/me"
    assert client.authorization_base_url == "http://127.0.0.1:8080/x/i"


async def test_the_base_url_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, X_BASE_URL="http://127.0.0.1:8080")
    x = FakeX()
    async with AsyncClient("https://api.x.com", "mine", transport=x) as client:
        await client.users.get_me()
    assert x.last.url.host == "api.x.com"


def test_a_base_url_of_the_environment_that_cannot_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, X_BASE_URL="localhost:8080")
    with pytest.raises(InvalidArgument, match="base_url="):
        AsyncClient(bearer_token="mine")
