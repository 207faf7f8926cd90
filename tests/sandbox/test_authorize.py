"""The page on which people say yes or no, and the mistakes of apps that send them there."""

from __future__ import annotations

import pytest

from tests.sandbox.api import Api, Serve
from tests.sandbox.sign_in import (
    CALLBACK,
    exchange,
    marked,
    said,
    sent_back,
    wish,
)
from xdk_async.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("quiet_tools")


@pytest.mark.parametrize("path", ["/i/oauth2/authorize", "/2/oauth2/authorize"])
async def test_the_page_says_in_words_what_is_asked_and_asks_nobody_else_for_anything(host: Api, path: str) -> None:
    answer = await host.client.get(f"{path}?{wish(scope='tweet.write users.read')}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = answer.text
    for text in ("Your app wants", "Write and delete posts as you", "See the profiles", "Authorize app", "Cancel"):
        assert text in page
    assert "Stay signed in" not in page
    assert f"(@{host.sandbox.me.username})" in page
    assert page.count("<option") > 3
    assert 'name="viewport"' in page
    assert "light dark" in page
    assert "src=" not in page
    assert "href=" not in page
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_what_an_app_sends_cannot_become_part_of_the_page(host: Api) -> None:
    answer = await host.client.get(f"/i/oauth2/authorize?{wish(redirect_uri=CALLBACK + '?<script>')}")
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_another_person_can_be_picked(host: Api) -> None:
    other = [*host.store.users.values()][2]
    token = (await exchange(host, (await said(host, user=other.id))["code"])).json()["access_token"]
    me = await host.client.get("/2/users/me", headers={"authorization": f"Bearer {token}"})
    assert me.json()["data"]["username"] == other.username


async def test_saying_no_brings_an_error_back_and_no_code(host: Api) -> None:
    assert await said(host, "cancel") == {"error": "access_denied", "state": "SECRET-state"}


async def test_sign_ins_can_be_granted_without_a_page(served: Serve) -> None:
    async with served(marked(auto_approve=True)) as x, served(marked()) as y:
        assert "code" in sent_back(await x.client.get(f"/i/oauth2/authorize?{wish()}"))
        assert "code" in sent_back(await y.client.get(f"/i/oauth2/authorize?{wish()}&auto_approve=1"))
        assert (await y.client.get(f"/i/oauth2/authorize?{wish()}")).status_code == 200
        other = [*y.store.users.values()][3]
        back = sent_back(await y.client.get(f"/i/oauth2/authorize?{wish()}&auto_approve=1&user={other.username}"))
        await exchange(y, back["code"])
        assert y.sandbox.grants[-1].user_id == other.id


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://example.com/callback"},
        {"redirect_uri": "http://localhost.example.com/"},
        {"redirect_uri": "http://localhost/#part"},
        {"redirect_uri": "http://[broken"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_the_apps(host: Api, changes: dict[str, str | None]) -> None:
    answer = await host.client.get(f"/i/oauth2/authorize?{wish(**changes)}&auto_approve=1")
    assert answer.status_code == 400
    assert "cannot go on" in answer.text
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "tweet.read everything"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"state": "s" * 501}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
    ],
)
async def test_a_mistake_of_a_known_app_is_told_to_it(host: Api, changes: dict[str, str | None], error: str) -> None:
    back = sent_back(await host.client.get(f"/i/oauth2/authorize?{wish(**changes)}&auto_approve=1"))
    assert back["error"] == error
    assert back["error_description"]
    assert "code" not in back


async def test_a_parameter_that_comes_twice_is_a_mistake(host: Api) -> None:
    back = sent_back(await host.client.get(f"/i/oauth2/authorize?{wish()}&scope=tweet.write&auto_approve=1"))
    assert back["error"] == "invalid_request"
    twice = {"grant_type": ["refresh_token", "refresh_token"], "client_id": Sandbox.client_id}
    assert (await host.client.post("/2/oauth2/token", data=twice)).status_code == 400


async def test_a_registered_address_is_compared_exactly_and_keeps_its_query(served: Serve) -> None:
    mine = "https://example.com/callback?a=1"
    async with served(marked(redirect_uris=[mine], auto_approve=True)) as x:
        answer = await x.client.get(f"/i/oauth2/authorize?{wish(redirect_uri=mine)}")
        assert answer.headers["location"].startswith(f"{mine}&state=")
        assert (await exchange(x, sent_back(answer)["code"], redirect_uri=mine)).status_code == 200
        other = await x.client.get(f"/i/oauth2/authorize?{wish(redirect_uri=mine + '2')}")
        assert other.status_code == 400
