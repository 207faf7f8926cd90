"""OAuth 1.0a: signatures made by oauthlib's client, and the sign-in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from oauthlib import oauth1

from tests.sandbox.api import Api, Serve
from tests.sandbox.sign_in import CALLBACK, Time, marked, sent_back

pytestmark = pytest.mark.usefixtures("quiet_tools")
FORM = "application/x-www-form-urlencoded"
Signer: Any = oauth1.Client  # its types say less than it does


def signed(
    x: Api, method: str, target: str, form: Mapping[str, str] | None = None, **settings: Any
) -> tuple[str, str | None]:
    """The `Authorization` header that an independent client makes, and the form it has signed."""
    sandbox = x.sandbox
    given = {"resource_owner_key": sandbox.oauth1_token, "resource_owner_secret": sandbox.oauth1_token_secret, **settings}
    key, secret = given.pop("client_key", sandbox.api_key), given.pop("client_secret", sandbox.api_secret)
    headers = {"Content-Type": FORM} if form else {}
    _, sent, body = Signer(key, secret, **given).sign(x.url + target, method, form, headers)
    return sent["Authorization"], body


async def call(x: Api, method: str, target: str, json: Any = None, **settings: Any) -> httpx.Response:
    """A signed call; JSON is not part of the signature."""
    header, _ = signed(x, method, target, **settings)
    return await x.client.request(method, target, json=json, headers={"authorization": header})


def code(answer: httpx.Response) -> int:
    """X's number for what is wrong with a signature."""
    assert answer.status_code == 401
    body = answer.json()
    assert (body["title"], body["status"], len(body["errors"])) == ("Unauthorized", 401, 1)
    number: int = body["errors"][0]["code"]
    return number


async def test_a_signed_call_is_made_as_the_user(host: Api) -> None:
    assert host.sandbox.oauth1_token.startswith(f"{host.me}-")
    answer = await call(host, "GET", "/2/users/me")
    assert answer.json()["data"]["id"] == host.me
    assert answer.headers["x-access-level"] == "read-write-directmessages"
    made = await call(host, "POST", "/2/tweets", {"text": "signed & sealed ☃"})
    assert made.status_code == 201
    assert (await call(host, "DELETE", f"/2/tweets/{made.json()['data']['id']}")).status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "/2/tweets/search/recent?query=python%20%28a%20OR%20b%29%20-%22c%2Bd%22&max_results=10",
        "/2/tweets/search/recent?query=caf%C3%A9%20%F0%9F%8E%89%7E&max_results=10",
        "/2/tweets/search/recent?max_results=10&query=a+b",
        "/2/users/by/username/sandbox?user.fields=name%2Cusername",
        "/2/users/by/username/%73andbox",
    ],
)
async def test_the_signature_covers_the_address_as_it_was_sent(host: Api, target: str) -> None:
    header, _ = signed(host, "GET", target)
    assert (await host.client.get(target, headers={"authorization": header})).status_code == 200
    header, _ = signed(host, "GET", target)
    other = target.replace("sandbox", "sandbox1").replace("andbox?", "?").replace("max_results=10", "max_results=11")
    answer = await host.client.get(other if other != target else f"{target}?a=b", headers={"authorization": header})
    assert code(answer) == 32


@pytest.mark.parametrize(
    ("settings", "number"),
    [
        ({"client_key": "SECRET-another"}, 32),
        ({"client_secret": "SECRET-another"}, 32),
        ({"resource_owner_secret": "SECRET-another"}, 32),
        ({"resource_owner_key": "1-SECRET-another"}, 89),
        ({"resource_owner_key": None, "resource_owner_secret": None}, 89),
        ({"signature_method": oauth1.SIGNATURE_PLAINTEXT}, 215),
        ({"signature_method": oauth1.SIGNATURE_HMAC_SHA256}, 215),
        ({"timestamp": str(int(time.time()) - 320)}, 135),
        ({"timestamp": str(int(time.time()) + 400)}, 135),
        ({"timestamp": "never"}, 135),
    ],
)
async def test_a_wrong_signature_is_refused(host: Api, settings: dict[str, Any], number: int) -> None:
    assert code(await call(host, "GET", "/2/users/me", **settings)) == number


@pytest.mark.parametrize(
    "change",
    [
        lambda header: "OAuth",
        lambda header: "OAuth nonsense",
        lambda header: header.replace("oauth_nonce", "oauth_once"),
        lambda header: header.replace('oauth_version="1.0"', 'oauth_version="2.0"'),
    ],
)
async def test_a_header_that_is_no_signature_is_refused(host: Api, change: Callable[[str], str]) -> None:
    header, _ = signed(host, "GET", "/2/users/me")
    assert code(await host.client.get("/2/users/me", headers={"authorization": change(header)})) == 215


async def test_a_part_of_the_signature_in_the_query_as_well_is_refused(host: Api) -> None:
    header, _ = signed(host, "GET", "/2/users/me")
    answer = await host.client.get("/2/users/me?oauth_nonce=SECRET-1", headers={"authorization": header})
    assert code(answer) == 215


async def test_a_signature_is_good_for_one_method_and_one_time(host: Api) -> None:
    header, _ = signed(host, "GET", "/2/users/me")
    headers = {"authorization": header}
    assert code(await host.client.delete("/2/tweets/1", headers=headers)) == 32
    assert (await host.client.get("/2/users/me", headers=headers)).status_code == 200
    assert code(await host.client.get("/2/users/me", headers=headers)) == 32


async def test_either_clock_may_date_a_signature(served: Serve) -> None:
    clock = Time()
    async with served(marked(clock=clock)) as x:
        for now in (clock.now, time.time()):
            assert (await call(x, "GET", "/2/users/me", timestamp=str(int(now) + 250))).status_code == 200


async def test_a_user_signature_serves_what_the_table_says(host: Api) -> None:
    answer = await call(host, "GET", "/2/tweets/search/all?query=python")
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/unsupported-authentication")
    assert (await call(host, "GET", "/2/tweets/search/recent?query=python")).status_code == 200


async def step(
    x: Api, path: str, form: Mapping[str, str] | None = None, *, token: Mapping[str, str] | None = None, **settings: Any
) -> httpx.Response:
    """One step of a sign-in, signed by oauthlib."""
    pair = {"resource_owner_key": None, "resource_owner_secret": None}
    if token:
        pair = {"resource_owner_key": token["oauth_token"], "resource_owner_secret": token["oauth_token_secret"]}
    header, body = signed(x, "POST", path, form, **pair, **settings)
    headers = {"authorization": header, **({"content-type": FORM} if form else {})}
    return await x.client.post(path, content=body or b"", headers=headers)


def read(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return dict(parse_qsl(answer.text, strict_parsing=True))


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
    assert (await call(host, "GET", "/2/dm_events", **keys)).status_code == (501 if kind == "read" else 403)


async def test_a_form_is_part_of_the_signature(host: Api) -> None:
    form = {"x_auth_access_type": "read"}
    assert read(await step(host, "/oauth/request_token", form, callback_uri=CALLBACK))
    assert [*host.sandbox.pairs.temporary.values()][0].level == "read"
    pair = {"resource_owner_key": None, "resource_owner_secret": None}
    header, _ = signed(host, "POST", "/oauth/request_token", form, callback_uri=CALLBACK, **pair)
    headers = {"authorization": header, "content-type": FORM}
    answer = await host.client.post("/oauth/request_token", content="x_auth_access_type=write", headers=headers)
    assert code(answer) == 32
    odd = await step(host, "/oauth/request_token?x_auth_access_type=all", callback_uri=CALLBACK)
    assert odd.status_code == 400


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
