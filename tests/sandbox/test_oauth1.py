"""OAuth 1.0a: the sign-in, each step of it signed by oauthlib's client."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.sandbox.api import Api, Serve
from tests.sandbox.oauthlib_client import call, code, read, signed, step
from tests.sandbox.sign_in import CALLBACK, marked, sent_back

pytestmark = pytest.mark.usefixtures("quiet_tools")


async def begun(x: Api, callback: str = CALLBACK, path: str = "/oauth/request_token") -> dict[str, str]:
    """The temporary token of a new sign-in."""
    return read(await step(x, path, callback_uri=callback))


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/authenticate"])
@pytest.mark.parametrize("person", [0, 2])
async def test_a_person_says_yes_and_the_app_gets_a_token_pair(host: Api, path: str, person: int) -> None:
    token = await begun(host, f"{CALLBACK}?a=b%20c")
    assert token["oauth_callback_confirmed"] == "true"
    user = [*host.store.users.values()][person]
    address = f"{path}?oauth_token={token['oauth_token']}"
    page = await host.client.get(f"{address}&screen_name={user.username}")
    assert page.status_code == 200
    assert "Read and send Direct Messages as you" in page.text
    assert f'value="{user.id}" selected' in page.text
    answer = await host.client.post(address, data={"decision": "allow", "user": user.id})
    assert answer.headers["location"].startswith(f"{CALLBACK}?a=b%20c&oauth_token=")
    back = sent_back(answer)
    assert back["oauth_token"] == token["oauth_token"]
    pair = read(await step(host, "/oauth/access_token", token=token, verifier=back["oauth_verifier"]))
    assert (pair["user_id"], pair["screen_name"]) == (user.id, user.username)
    assert pair["oauth_token"].startswith(f"{user.id}-")
    keys = {"resource_owner_key": pair["oauth_token"], "resource_owner_secret": pair["oauth_token_secret"]}
    assert (await call(host, "GET", "/2/users/me", **keys)).json()["data"]["id"] == user.id
    again = await step(host, "/oauth/access_token", token=token, verifier=back["oauth_verifier"])
    assert code(again) == 89, "a temporary token is good once"
    assert (await host.client.get(address)).status_code == 401


async def test_saying_no_ends_the_sign_in(host: Api) -> None:
    token = await begun(host)
    address = f"/oauth/authorize?oauth_token={token['oauth_token']}"
    assert sent_back(await host.client.post(address, data={"decision": "no"})) == {"denied": token["oauth_token"]}
    assert (await host.client.get(address)).status_code == 401
    pin = await begun(host, "oob")
    answer = await host.client.post(f"/oauth/authorize?oauth_token={pin['oauth_token']}", data={"decision": "no"})
    assert (answer.status_code, "Nothing was allowed" in answer.text) == (200, True)


async def test_an_app_without_an_address_is_given_a_pin(served: Serve) -> None:
    async with served(marked(auto_approve=True)) as x:
        token = await begun(x, "oob")
        page = (await x.client.get(f"/oauth/authorize?oauth_token={token['oauth_token']}")).text
        pin = page.partition('class="pin">')[2][:7]
        assert pin.isdecimal()
        assert read(await step(x, "/oauth/access_token", token=token, verifier=pin))["user_id"] == x.me


@pytest.mark.parametrize("callback", [None, "https://example.com/", "elsewhere"])
async def test_a_sign_in_needs_an_address_of_the_app(host: Api, callback: str | None) -> None:
    answer = await step(host, "/oauth/request_token", callback_uri=callback)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, 415)


async def test_a_token_is_bought_only_with_the_verifier_of_a_yes(host: Api) -> None:
    token = await begun(host)
    assert code(await step(host, "/oauth/access_token", token=token, verifier="SECRET-1")) == 89
    host.sandbox.pairs.approve(token["oauth_token"], host.me)
    assert code(await step(host, "/oauth/access_token", token=token, verifier="SECRET-2")) == 89
    assert code(await step(host, "/oauth/access_token", token=token)) == 89
    assert code(await step(host, "/oauth/access_token", verifier="SECRET-3")) == 89


@pytest.mark.parametrize(("kind", "level"), [("read", "read"), ("write", "read-write")])
async def test_an_app_may_ask_for_less_and_then_may_do_less(host: Api, kind: str, level: str) -> None:
    token = read(await step(host, f"/oauth/request_token?x_auth_access_type={kind}", callback_uri=CALLBACK))
    address = f"/oauth/authorize?oauth_token={token['oauth_token']}"
    page = (await host.client.get(address)).text
    assert "Direct Messages" not in page
    back = sent_back(await host.client.get(f"{address}&auto_approve=1"))
    pair = read(await step(host, "/oauth/access_token", token=token, verifier=back["oauth_verifier"]))
    keys = {"resource_owner_key": pair["oauth_token"], "resource_owner_secret": pair["oauth_token_secret"]}
    answer = await call(host, "GET", "/2/users/me", **keys)
    assert (answer.status_code, answer.headers["x-access-level"]) == (200, level)
    answer = await call(host, "POST", "/2/tweets", {"text": "may I?"}, **keys)
    assert answer.status_code == (403 if kind == "read" else 201)
    assert (await call(host, "GET", "/2/dm_events", **keys)).status_code == 403


@pytest.mark.parametrize("path", ["/1.1/oauth/invalidate_token.json", "/1.1/oauth/invalidate_token"])
async def test_a_user_token_can_be_invalidated(host: Api, path: str) -> None:
    header, _ = signed(host, "POST", path)
    answer = await host.client.post(path, headers={"authorization": header})
    assert answer.json() == {"access_token": host.sandbox.oauth1_token}
    assert code(await call(host, "GET", "/2/users/me")) == 89


async def test_an_unknown_sign_in_is_a_page(host: Api) -> None:
    answer = await host.client.get("/oauth/authorize?oauth_token=SECRET-unknown")
    assert (answer.status_code, urlsplit(str(answer.url)).path) == (401, "/oauth/authorize")
    assert "begin again" in answer.text
