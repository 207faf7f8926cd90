"""The tokens of OAuth 2.0: the raw protocol."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sandbox.api import Api, Serve
from tests.sandbox.sign_in import (
    CALLBACK,
    REFUSED,
    SCOPE,
    UNKNOWN_CLIENT,
    VERIFIER,
    Time,
    exchange,
    marked,
    post,
    renew,
    said,
    status,
)
from xdk_async.sandbox import Sandbox, Served
from xdk_async.sandbox.__main__ import greeting

pytestmark = pytest.mark.usefixtures("quiet_tools")
CONFIDENTIAL = (Sandbox.client_id, "SECRET-client_secret")


@pytest.mark.parametrize("auth", [None, CONFIDENTIAL])
async def test_a_person_says_yes_and_the_app_gets_tokens(host: Api, auth: tuple[str, str] | None) -> None:
    back = await said(host)
    assert set(back) == {"state", "code"}
    assert back["state"] == "SECRET-state"
    answer = await exchange(host, back["code"], auth)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()
    assert set(token) == {"token_type", "expires_in", "access_token", "scope", "refresh_token"}
    assert (token["token_type"], token["expires_in"], token["scope"]) == ("bearer", 7200, SCOPE)
    me = await host.client.get("/2/users/me", headers={"authorization": f"Bearer {token['access_token']}"})
    assert me.json()["data"]["id"] == host.me
    next_one = (await renew(host, token["refresh_token"], auth)).json()
    assert set(next_one) == set(token)
    assert next_one["refresh_token"] != token["refresh_token"]


async def test_a_code_is_good_once(host: Api) -> None:
    code = (await said(host))["code"]
    assert (await exchange(host, code)).status_code == 200
    assert (await exchange(host, code)).json()["error"] == "invalid_request"


async def test_a_code_is_good_for_30_seconds(served: Serve) -> None:
    clock = Time()
    async with served(marked(clock=clock)) as x:
        soon, late = (await said(x))["code"], (await said(x))["code"]
        clock.now += 29.9
        assert (await exchange(x, soon)).status_code == 200
        clock.now += 0.1
        assert (await exchange(x, late)).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": None},
        {"code": None},
        {"code": "another"},
        {"grant_type": "password"},
        {"grant_type": None},
    ],
)
async def test_a_code_needs_all_that_belongs_to_it(host: Api, changes: dict[str, Any]) -> None:
    fields: Any = {"code": (await said(host))["code"], **changes}
    answer = await exchange(host, **fields)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "error_description"}
    assert not host.sandbox.grants


async def test_a_challenge_may_be_plain(host: Api) -> None:
    plain = {"code_challenge": VERIFIER, "code_challenge_method": "plain"}
    assert (await exchange(host, (await said(host, **plain))["code"])).status_code == 200


@pytest.mark.parametrize("path", ["/2/oauth2/token", "/2/oauth2/revoke"])
@pytest.mark.parametrize(
    ("auth", "client_id", "expected"),
    [
        (None, None, 401),
        (None, "another", 401),
        ((Sandbox.client_id, "wrong"), None, 401),
        (("another", "SECRET-client_secret"), None, 401),
        (CONFIDENTIAL, Sandbox.client_id, 400),
    ],
)
async def test_a_client_shows_who_it_is_in_one_way(
    host: Api, path: str, auth: tuple[str, str] | None, client_id: str | None, expected: int
) -> None:
    token = host.sandbox.sign_in()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token, "token": token, "client_id": client_id}
    answer = await post(host, path, auth, **form)
    assert answer.status_code == expected
    assert expected == 400 or answer.json() == UNKNOWN_CLIENT
    assert (await renew(host, token)).status_code == 200, "nothing happened to the token"


@pytest.mark.parametrize("header", ["Basic ???", "Basic bm9jb2xvbg==", "Basic /w==", "Bearer SECRET-app_token"])
async def test_other_headers_do_not_show_who_a_client_is(host: Api, header: str) -> None:
    answer = await host.client.post("/2/oauth2/token", data={"grant_type": "x"}, headers={"authorization": header})
    assert (answer.status_code, answer.json()) == (401, UNKNOWN_CLIENT)


async def test_a_refresh_token_that_is_used_twice_ends_all_that_came_from_its_sign_in(host: Api) -> None:
    first, other = host.sandbox.sign_in(), host.sandbox.sign_in()
    second = (await renew(host, first["refresh_token"])).json()
    for token in (first, second, other):
        assert await status(host, token["access_token"]) == 200
    again = await renew(host, first["refresh_token"])
    assert (again.status_code, again.json()) == (400, REFUSED)
    assert await status(host, first["access_token"]) == 401
    assert await status(host, second["access_token"]) == 401
    assert (await renew(host, second["refresh_token"])).json() == REFUSED
    assert await status(host, other["access_token"]) == 200
    assert (await renew(host, other["refresh_token"])).status_code == 200


async def test_an_unknown_refresh_token_is_refused(host: Api) -> None:
    answer = await renew(host, "SECRET-unknown")
    assert (answer.status_code, answer.json()) == (400, REFUSED)


async def test_without_offline_access_there_is_no_refresh_token(host: Api) -> None:
    code = (await said(host, scope="tweet.read users.read"))["code"]
    assert "refresh_token" not in (await exchange(host, code)).json()
    assert host.sandbox.grants[-1].refresh_token is None


async def test_every_grant_is_on_record(served: Serve) -> None:
    clock = Time()
    async with served(marked(clock=clock)) as x:
        other = [*x.store.users.values()][1]
        token, _ = x.sandbox.sign_in(scopes=SCOPE), x.sandbox.sign_in(other, lifetime=5)
        clock.now += 10
        answer = (await renew(x, token["refresh_token"])).json()
        told = [(grant.time, grant.user_id, grant.family, grant.generation) for grant in x.sandbox.grants]
        start = clock.now - 10
        assert told == [(start, x.me, 1, 1), (start, other.id, 2, 1), (clock.now, x.me, 1, 2)]
        last = x.sandbox.grants[-1]
        assert (last.access_token, last.refresh_token, last.scope) == (
            answer["access_token"],
            answer["refresh_token"],
            SCOPE,
        )
        assert "SECRET" not in repr(x.sandbox.grants)


async def test_access_tokens_expire_by_the_sandboxs_clock(served: Serve) -> None:
    clock = Time()
    async with served(marked(clock=clock, token_lifetime=100)) as x:
        token, short = x.sandbox.sign_in(), x.sandbox.sign_in(lifetime=0.5)
        assert (token["expires_in"], short["expires_in"]) == (100, 0.5)
        clock.now += 0.5
        assert (await status(x, token["access_token"]), await status(x, short["access_token"])) == (200, 401)
        clock.now += 99.5
        assert await status(x, token["access_token"]) == 401
        renewed = (await renew(x, short["refresh_token"])).json()
        assert renewed["expires_in"] == 0.5, "a sign-in keeps its lifetime"
        assert await status(x, renewed["access_token"]) == 200


async def test_a_token_does_what_its_scopes_say(host: Api) -> None:
    token = host.sandbox.sign_in(scopes=["tweet.read", "users.read"])["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    assert await status(host, token) == 200
    answer = await host.client.post("/2/tweets", json={"text": "no"}, headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["title"], "tweet.write" in answer.json()["detail"]) == ("Forbidden", True)
    everything = host.sandbox.sign_in()["access_token"]
    headers = {"authorization": f"Bearer {everything}"}
    assert (await host.client.post("/2/tweets", json={"text": "yes"}, headers=headers)).status_code == 201


async def test_a_test_signs_in_whom_it_likes(host: Api) -> None:
    other = [*host.store.users.values()][4]
    for user in (other, other.id, other.username.upper()):
        assert host.sandbox.sign_in(user)
        assert host.sandbox.grants[-1].user_id == other.id
    with pytest.raises(ValueError, match="nobody here is called nobody"):
        host.sandbox.sign_in("nobody")
    with pytest.raises(ValueError, match=r"no scope is called tweet\.wirte"):
        host.sandbox.sign_in(scopes="tweet.read tweet.wirte")


async def test_revoking_a_refresh_token_ends_the_sign_in_and_an_access_token_only_itself(host: Api) -> None:
    first = host.sandbox.sign_in()
    second = (await renew(host, first["refresh_token"])).json()
    for token, after in ((first["access_token"], (401, 200)), (second["refresh_token"], (401, 401))):
        for _ in range(2):  # what is useless already is revoked like anything else
            answer = await post(host, "/2/oauth2/revoke", token=token, client_id=Sandbox.client_id)
            assert (answer.status_code, answer.json()) == (200, {"revoked": True})
        tokens = (first["access_token"], second["access_token"])
        assert (await status(host, tokens[0]), await status(host, tokens[1])) == after
    assert (await post(host, "/2/oauth2/revoke", client_id=Sandbox.client_id)).status_code == 400


async def test_steps_of_a_sign_in_are_recorded_without_what_they_hold(host: Api) -> None:
    await exchange(host, (await said(host))["code"])
    assert [(each.method, each.operation, each.status) for each in host.sandbox.requests] == [
        ("POST", "oauth2.authorize", 302),
        ("POST", "oauth2.token", 200),
    ]
    assert "SECRET" not in repr(host.sandbox.requests)
    assert (await host.client.get("/2/oauth2/token")).status_code == 404


async def test_an_app_that_leaves_amid_its_request_is_no_fault(host: Api, caplog: pytest.LogCaptureFixture) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(host.url.rsplit(":", 1)[1]))
    form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100"
    writer.write(f"POST /2/oauth2/token HTTP/1.1\r\nHost: x\r\n{form}\r\n\r\ngrant".encode())
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.05)
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]


async def test_a_fault_behind_a_door_is_a_500_problem(host: Api, caplog: pytest.LogCaptureFixture) -> None:
    code = (await said(host))["code"]
    del host.sandbox.families
    answer = await exchange(host, code)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (500, "internal-error")
    assert "POST" in caplog.text


def test_the_command_tells_every_credential() -> None:
    sandbox = marked()
    told = greeting(Served("http://127.0.0.1:1", sandbox), traffic=1)
    for name in ("app_token", "user_token", "client_id", "client_secret", "api_key", "api_secret", "oauth1_token"):
        assert getattr(sandbox, name) in told
    assert sandbox.oauth1_token_secret in told
