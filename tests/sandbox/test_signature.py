"""OAuth 1.0a: signatures made by oauthlib's client."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from oauthlib import oauth1

from tests.sandbox.api import Api, Serve
from tests.sandbox.oauthlib_client import FORM, call, code, read, signed, step
from tests.sandbox.sign_in import CALLBACK, Time, marked
from xdk_async.sandbox.sign_in.nonce import MANY, Nonces

pytestmark = pytest.mark.usefixtures("quiet_tools")


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
        ({"timestamp": str(int(time.time()) - 100_000)}, 135),
        ({"timestamp": str(int(time.time()) + 100_000)}, 135),
        ({"timestamp": "never"}, 135),
    ],
)
async def test_a_wrong_signature_is_refused(host: Api, settings: dict[str, Any], number: int) -> None:
    assert code(await call(host, "GET", "/2/users/me", **settings)) == number


@pytest.mark.parametrize(
    ("pattern", "other"),
    [(".*", "OAuth"), (".*", "OAuth nonsense"), ("oauth_nonce", "oauth_once"), ('"1.0"', '"2.0"')],
)
async def test_a_header_that_is_no_signature_is_refused(host: Api, pattern: str, other: str) -> None:
    header, _ = signed(host, "GET", "/2/users/me")
    broken = re.sub(pattern, other, header, count=1)
    assert code(await host.client.get("/2/users/me", headers={"authorization": broken})) == 215


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


async def test_a_form_is_part_of_the_signature(host: Api) -> None:
    form = {"x_auth_access_type": "read"}
    assert read(await step(host, "/oauth/request_token", form, callback_uri=CALLBACK))
    assert next(iter(host.sandbox.pairs.temporary.values())).level == "read"
    pair = {"resource_owner_key": None, "resource_owner_secret": None}
    header, _ = signed(host, "POST", "/oauth/request_token", form, callback_uri=CALLBACK, **pair)
    headers = {"authorization": header, "content-type": FORM}
    answer = await host.client.post("/oauth/request_token", content="x_auth_access_type=write", headers=headers)
    assert code(answer) == 32
    odd = await step(host, "/oauth/request_token?x_auth_access_type=all", callback_uri=CALLBACK)
    assert odd.status_code == 400


def test_old_nonces_are_forgotten_and_recent_ones_are_not() -> None:
    nonces = Nonces(600)
    assert all(nonces.use("", str(number), 1_000_000.0 + number) for number in range(MANY + 1))
    assert len(nonces) == 600
    assert not nonces.use("", str(MANY), 1_000_000.0 + MANY)
    assert nonces.use("SECRET-token", str(MANY), 1_000_000.0 + MANY)
