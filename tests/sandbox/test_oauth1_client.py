"""OAuth 1.0a with the package's own client, against the sandbox over a real socket."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.api import Api
from tests.sandbox.sign_in import CALLBACK, marked, sent_back
from xdk_async import AsyncClient, AuthenticationError, CredentialsError, Forbidden
from xdk_async.oauth1_auth import OAuth1
from xdk_async.sandbox import serve

pytestmark = pytest.mark.usefixtures("quiet_tools")


def client_of(x: Api, **changes: str) -> AsyncClient:
    sandbox = x.sandbox
    given: dict[str, Any] = {
        "api_key": sandbox.api_key,
        "api_secret": sandbox.api_secret,
        "access_token": sandbox.oauth1_token,
        "access_token_secret": sandbox.oauth1_token_secret,
        **changes,
    }
    return AsyncClient(base_url=x.url, **given)


async def test_calls_of_every_form_are_signed_right(host: Api) -> None:
    async with client_of(host) as client:
        me = (await client.users.get_me(user_fields=["public_metrics", "created_at"])).data
        assert me
        assert me.id == host.me
        text = 'signed: "100 % + ☃", (a OR b) ~ *'
        made = (await client.posts.create({"text": text})).data
        assert made
        found = await client.posts.search_recent('"100 %" from:sandbox -is:retweet', post_fields=["created_at"])
        assert [post.text for post in found.data] == [text]
        page = await client.users.get_posts(host.me, max_results=5, start_time="2020-01-01T00:00:00Z")
        assert page.data
        assert (await client.posts.delete(made.id or "")).data


@pytest.mark.parametrize("name", ["api_key", "api_secret", "access_token", "access_token_secret"])
async def test_a_wrong_part_of_the_four_is_a_401(host: Api, name: str) -> None:
    async with client_of(host, **{name: "SECRET-wrong"}) as client:
        with pytest.raises(AuthenticationError):
            await client.users.get_me()


@pytest.mark.parametrize("kind", [None, "read"])
@pytest.mark.parametrize("login_with_x", [False, True])
async def test_a_whole_sign_in(host: Api, kind: str | None, login_with_x: bool) -> None:
    sandbox = host.sandbox
    flow = OAuth1(sandbox.api_key, sandbox.api_secret, f"{CALLBACK}?a=b", base_url=host.url)
    await flow.get_request_token(x_auth_access_type="read" if kind else None)
    address = flow.get_authorization_url(login_with_x=login_with_x)
    back = sent_back(await host.client.get(f"{address}&auto_approve=1"))
    token = await flow.get_access_token(back["oauth_verifier"])
    assert (token.user_id, token.screen_name) == (host.me, sandbox.me.username)
    async with AsyncClient(base_url=host.url, auth=flow) as client:
        assert (await client.users.get_me()).data
        if kind:
            with pytest.raises(Forbidden, match="may only read"):
                await client.posts.create({"text": "no"})
        else:
            assert (await client.posts.create({"text": "yes"})).data
        await flow.invalidate()
    assert token.access_token not in sandbox.pairs.users


async def test_a_pin_ends_a_sign_in_too(host: Api) -> None:
    flow = OAuth1(host.sandbox.api_key, host.sandbox.api_secret, base_url=host.url)
    address = await flow.start_oauth_flow()
    token = parse_qs(urlsplit(address).query)["oauth_token"][0]
    pin = host.sandbox.pairs.approve(token, host.me)
    assert (await flow.get_access_token(pin)).user_id == host.me


async def test_refusals_of_a_sign_in_say_why(host: Api) -> None:
    sandbox = host.sandbox
    with pytest.raises(CredentialsError, match="signature does not fit"):
        await OAuth1(sandbox.api_key, "SECRET-wrong", base_url=host.url).get_request_token()
    with pytest.raises(CredentialsError, match="not registered"):
        await OAuth1(sandbox.api_key, sandbox.api_secret, "https://example.com/", base_url=host.url).get_request_token()
    flow = OAuth1(sandbox.api_key, sandbox.api_secret, base_url=host.url)
    await flow.get_request_token()
    with pytest.raises(CredentialsError, match="oauth_verifier"):
        await flow.get_access_token("SECRET-wrong")


@pytest.mark.parametrize("host", ["::1", "localhost"])
async def test_other_names_of_this_machine_are_signed_right_too(quiet_tools: None, host: str) -> None:
    try:
        async with serve(marked(), host) as x:
            sandbox = x.sandbox
            async with AsyncClient(
                base_url=x.url,
                api_key=sandbox.api_key,
                api_secret=sandbox.api_secret,
                access_token=sandbox.oauth1_token,
                access_token_secret=sandbox.oauth1_token_secret,
            ) as client:
                assert (await client.users.get_me()).data
            flow = OAuth1(sandbox.api_key, sandbox.api_secret, base_url=x.url)
            assert "/oauth/authorize?" in await flow.start_oauth_flow()
    except OSError:
        pytest.skip(f"this machine has no {host}")
