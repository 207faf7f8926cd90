"""The app's own bearer token."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.sandbox.api import Api, Serve
from tests.sandbox.oauthlib_client import signed
from tests.sandbox.sign_in import marked, post, status
from xdk_async import AsyncClient, CredentialsError

pytestmark = pytest.mark.usefixtures("quiet_tools")
SEARCH = "/2/tweets/search/recent?query=python"
GRANT = {"grant_type": "client_credentials"}


def pair(x: Api) -> tuple[str, str]:
    return x.sandbox.api_key, x.sandbox.api_secret


async def bought(x: Api) -> str:
    answer = await post(x, "/oauth2/token", pair(x), **GRANT)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    assert (set(body), body["token_type"]) == ({"token_type", "access_token"}, "bearer")
    token: str = body["access_token"]
    return token


async def test_an_app_has_one_token_until_it_is_invalidated(host: Api) -> None:
    token = await bought(host)
    assert token == await bought(host)
    assert token.endswith("%3D")
    assert await status(host, token, SEARCH) == 200
    assert await status(host, token) == 403, "it is no user's"
    answer = await post(host, "/oauth2/invalidate_token", pair(host), access_token=token)
    assert answer.json() == {"access_token": token}
    assert await status(host, token, SEARCH) == 401
    assert (await post(host, "/oauth2/invalidate_token", pair(host), access_token=token)).status_code == 401
    assert await bought(host) != token
    assert await status(host, host.sandbox.app_token, SEARCH) == 200, "the fixed one stays good"


@pytest.mark.parametrize("as_user", [False, True])
async def test_a_signature_and_the_query_will_do_for_invalidation(host: Api, as_user: bool) -> None:
    token = await bought(host)
    target = f"/oauth2/invalidate_token?access_token={quote(token, safe='')}"
    settings = {} if as_user else {"resource_owner_key": None, "resource_owner_secret": None}
    header, _ = signed(host, "POST", target, **settings)
    assert (await host.client.post(target, headers={"authorization": header})).json() == {"access_token": token}


@pytest.mark.parametrize("auth", [("SECRET-api_key", "wrong"), ("wrong", "SECRET-api_secret"), None])
@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/invalidate_token"])
async def test_a_wrong_key_is_refused_in_the_older_form(host: Api, path: str, auth: tuple[str, str] | None) -> None:
    answer = await post(host, path, auth, **GRANT)
    assert answer.status_code == 403
    assert [error["code"] for error in answer.json()["errors"]] == [99]


async def test_another_grant_is_refused(host: Api) -> None:
    assert (await post(host, "/oauth2/token", pair(host), grant_type="password")).status_code == 400
    assert (await host.client.post("/oauth2/token", json=GRANT, auth=httpx.BasicAuth(*pair(host)))).status_code == 400


async def test_a_client_buys_the_token_on_first_use_and_again_when_it_is_refused(host: Api) -> None:
    async with AsyncClient(
        base_url=host.url, api_key=host.sandbox.api_key, api_secret=host.sandbox.api_secret
    ) as client:
        assert (await client.posts.search_recent("python")).data
        token = await bought(host)
        await post(host, "/oauth2/invalidate_token", pair(host), access_token=token)
        assert (await client.posts.search_recent("python")).data
        newer = await bought(host)
        assert newer != token
        await client.invalidate_app_token()
        assert await status(host, newer, SEARCH) == 401
        assert (await client.posts.search_recent("python")).data


async def test_keys_are_form_encoded_before_they_are_sent(served: Serve) -> None:
    odd = {"api_key": "SECRET-a:b c", "api_secret": "SECRET-%+ü/"}
    async with served(marked(**odd)) as x:
        halves = "".join((quote(odd["api_key"], safe=""), ":", quote(odd["api_secret"], safe="")))
        id, _, secret = halves.partition(":")
        answer = await post(x, "/oauth2/token", (id, secret), **GRANT)
        assert answer.status_code == 200


async def test_a_client_with_a_wrong_secret_is_told(host: Api) -> None:
    async with AsyncClient(base_url=host.url, api_key=host.sandbox.api_key, api_secret="SECRET-wrong") as client:
        with pytest.raises(CredentialsError, match="403 POST /oauth2/token"):
            await client.posts.search_recent("python")
