"""OAuth 2.0 with the package's own client, against the sandbox over a real socket."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.loopback import free_port
from tests.sandbox.api import Api, Serve
from tests.sandbox.sign_in import CALLBACK, SCOPE, Time, marked, renew, said, status
from xdk_async import AsyncClient, CredentialsError, Forbidden
from xdk_async.auth.sqlite_store import SQLiteStore
from xdk_async.auth.store import MemoryStore
from xdk_async.auth.token import Token, TokenKey
from xdk_async.oauth2_auth import OAuth2PKCEAuth
from xdk_async.sandbox import Sandbox
from xdk_async.terminal import sign_in

pytestmark = pytest.mark.usefixtures("quiet_tools")


async def landed(address: str) -> str:
    """Where a browser ends up that is sent to an authorization address of a sandbox that grants at once."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        return str((await browser.get(address)).headers["location"])


def flow(x: Api, *, secret: bool = False, scope: str = SCOPE) -> OAuth2PKCEAuth:
    client_secret = x.sandbox.client_secret if secret else None
    return OAuth2PKCEAuth(
        base_url=x.url, client_id=x.sandbox.client_id, client_secret=client_secret, redirect_uri=CALLBACK, scope=scope
    )


@pytest.mark.parametrize("secret", [False, True])
async def test_a_whole_session_from_sign_in_to_revocation(served: Serve, secret: bool) -> None:
    async with served(marked(auto_approve=True)) as x:
        auth = flow(x, secret=secret)
        address = auth.get_authorization_url()
        assert address.startswith(f"{x.url}/i/oauth2/authorize?")
        token = await auth.fetch_token(authorization_response=await landed(address))
        assert token["expires_at"] > token["expires_in"] == 7200
        async with AsyncClient(base_url=x.url, auth=auth) as client:
            assert (me := (await client.users.get_me()).data)
            assert me.id == x.me
            renewed = await client.refresh_token()
            assert renewed["refresh_token"] == x.sandbox.grants[-1].refresh_token != token["refresh_token"]
            assert (await client.users.get_me()).data
            await auth.revoke()
        assert await status(x, renewed["access_token"]) == 401
        assert (await renew(x, renewed["refresh_token"])).status_code == 400


async def test_who_says_no_is_told_apart_from_who_is_not_known(host: Api) -> None:
    auth = flow(host)
    query = urlsplit(auth.get_authorization_url()).query
    answer = await host.client.post(f"/i/oauth2/authorize?{query}", data={"decision": "cancel"})
    with pytest.raises(CredentialsError, match="the user declined: access_denied"):
        await auth.fetch_token(answer.headers["location"])


async def test_a_wish_that_cannot_be_granted_comes_back_as_an_error(served: Serve) -> None:
    async with served(marked(auto_approve=True)) as x:
        auth = flow(x, scope="tweet.read nonsense")
        with pytest.raises(CredentialsError, match="invalid_scope: Unknown scopes: nonsense"):
            await auth.fetch_token(await landed(auth.get_authorization_url()))


async def test_a_code_of_another_verifier_buys_nothing(host: Api) -> None:
    auth = flow(host)
    auth.get_authorization_url()
    with pytest.raises(CredentialsError, match="code_verifier does not fit"):
        await auth.exchange_code((await said(host))["code"])


async def test_many_calls_with_an_expired_token_make_one_renewal(served: Serve, tmp_path: Path) -> None:
    clock = Time()
    async with served(marked(clock=clock)) as x:
        token = x.sandbox.sign_in(scopes=SCOPE, lifetime=100)
        clock.now += 100
        store, seen = SQLiteStore(tmp_path / "tokens"), list[Token]()

        async def on_token(token: Token) -> None:
            seen.append(token)

        await store.save(TokenKey(x.sandbox.client_id), Token.from_dict(token))
        async with AsyncClient(
            base_url=x.url, client_id=x.sandbox.client_id, token_store=store, on_token=on_token
        ) as client:
            answers = await asyncio.gather(*(client.users.get_me() for _ in range(20)))
        assert all(answer.data for answer in answers)
        assert [grant.generation for grant in x.sandbox.grants] == [1, 2]
        stored = await store.load(TokenKey(x.sandbox.client_id))
        assert stored
        assert stored.token.refresh_token == x.sandbox.grants[-1].refresh_token
        assert [token.refresh_token for token in seen] == [stored.token.refresh_token]


async def test_a_session_that_was_ended_elsewhere_says_so(host: Api) -> None:
    token = host.sandbox.sign_in()
    await renew(host, token["refresh_token"])
    await renew(host, token["refresh_token"])
    async with AsyncClient(base_url=host.url, client_id=host.sandbox.client_id, token=token) as client:
        with pytest.raises(
            CredentialsError, match=r"has ended, sign in again: .*Value passed for the token was invalid"
        ):
            await client.users.get_me()


async def test_every_user_of_a_store_acts_as_themselves(host: Api) -> None:
    people, store = [*host.store.users.values()][:3], MemoryStore()
    for person in people:
        token = Token.from_dict(host.sandbox.sign_in(person))
        await store.save(TokenKey(Sandbox.client_id, person.username), token)
    async with AsyncClient(base_url=host.url, client_id=host.sandbox.client_id, token_store=store) as client:
        for person in people:
            me = (await client.as_user(person.username).users.get_me()).data
            assert me
            assert me.username == person.username


async def test_a_missing_scope_is_forbidden_and_named(host: Api) -> None:
    token = host.sandbox.sign_in(scopes="tweet.read users.read")
    async with AsyncClient(base_url=host.url, client_id=host.sandbox.client_id, token=token) as client:
        assert (await client.users.get_me()).data
        with pytest.raises(Forbidden, match=r"lacks the scopes tweet\.write"):
            await client.posts.create({"text": "no"})
    assert [each.operation for each in host.sandbox.requests] == ["users.get_me", "posts.create"]


async def test_a_program_without_a_web_server_signs_in(served: Serve) -> None:
    async with served(marked(auto_approve=True)) as x:
        auth = OAuth2PKCEAuth(x.url, None, x.sandbox.client_id, None, f"http://127.0.0.1:{free_port()}/callback")
        pages = list[httpx.Response]()

        def browser(address: str) -> None:
            pages.append(httpx.get(address, follow_redirects=True, trust_env=False))

        told = list[str]()
        token = await sign_in(auth, open_browser=browser, tell=told.append)
        assert await status(x, token["access_token"]) == 200
        assert "You can close this window." in pages[0].text
