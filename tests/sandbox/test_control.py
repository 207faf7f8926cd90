"""The control API, as a program in any language uses it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sandbox.api import Api, Serve
from tests.sandbox.test_streams import SAMPLE, stream
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox import Sandbox

CONTROL = "/_sandbox"


async def control(x: Api, method: str, path: str, json: Any = None) -> Any:
    answer = await x.client.request(method, f"{CONTROL}{path}", json=json)
    assert answer.status_code in (200, 201, 204), answer.text
    return answer.json() if answer.content else None


async def test_faults_are_put_in_force_and_taken_back(x: Api) -> None:
    made = await control(x, "POST", "/faults", {"fault": "status", "status": 500, "operation": "users.*", "times": 1})
    assert (made["fired"], made["fault"]) == (0, "status")
    assert (await x.get("/2/users/me", user=True)).status_code == 500
    assert (await x.get("/2/users/me", user=True)).status_code == 200
    [rule] = await control(x, "GET", "/faults")
    assert (rule["calls"], rule["fired"]) == (2, 1)
    await control(x, "DELETE", f"/faults/{made['id']}")
    assert await control(x, "GET", "/faults") == []
    assert (await x.client.delete(f"{CONTROL}/faults/{made['id']}")).status_code == 404
    await control(x, "POST", "/faults", {"fault": "reset"})
    await control(x, "DELETE", "/faults")
    assert not x.sandbox.faults.active


async def test_time_is_stopped_moved_and_let_go(x: Api) -> None:
    told = await control(x, "POST", "/time", {"freeze": "2030-01-01T00:00:00Z"})
    assert told["frozen"] is True
    assert told["now"] == 1893456000
    told = await control(x, "POST", "/time", {"advance": 90})
    assert (await x.get("/nope")).headers["date"] == "Tue, 01 Jan 2030 00:01:30 GMT"
    told = await control(x, "POST", "/time", {"resume": True})
    assert told["frozen"] is False
    assert (await control(x, "GET", "/time"))["now"] >= 1893456090
    told = await control(x, "POST", "/time", {"freeze": True})
    assert told["frozen"] is True


async def test_tokens_expire_as_time_is_moved(x: Api) -> None:
    token = x.sandbox.sign_in(lifetime=7200)["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    assert (await x.client.get("/2/users/me", headers=headers)).status_code == 200
    await control(x, "POST", "/time", {"advance": 7200})
    assert (await x.client.get("/2/users/me", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/faults", {"fault": "rest"}, "did you mean 'reset'"),
        ("POST", "/time", {"freeze": True, "advance": 1}, "give one of"),
        ("POST", "/time", {"advance": -1}, "forward only"),
        ("POST", "/time", {"advance": "1"}, "is no number"),
        ("POST", "/time", {"freeze": "2030-01-01T00:00:00"}, "time zone"),
        ("POST", "/time", {"freeze": "tomorrow"}, "Invalid isoformat"),
        ("PUT", "/limits", {"posts.serach": 1}, "no operation is called posts.serach"),
        ("PUT", "/limits", {"posts.create": "many"}, "is no number"),
        ("PUT", "/account", {"cash": 1}, "there is no cash"),
        ("POST", "/fixtures", {"posts": [{"author": "sandbox"}]}, "missing required field `text`"),
        ("PUT", "/snapshot", {"format": 1}, "no snapshot"),
        ("POST", "/faults", ["reset"], "send a JSON object"),
    ],
)
async def test_mistakes_are_answered_with_what_is_wrong(x: Api, method: str, path: str, body: Any, said: str) -> None:
    answer = await x.client.request(method, f"{CONTROL}{path}", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


async def test_a_web_page_of_somebody_elses_cannot_use_it(x: Api) -> None:
    """A form or a plain `fetch` of another site sends no JSON without being asked whether it may."""
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await x.client.post(f"{CONTROL}/faults", content=b'{"fault":"reset"}', headers={"content-type": kind})
        assert answer.status_code == 400
        assert "content-type: application/json" in answer.json()["error"]
    assert not x.sandbox.faults.active
    preflight = await x.client.options(f"{CONTROL}/faults", headers={"origin": "http://evil.example"})
    assert "access-control-allow-origin" not in preflight.headers


async def test_limits_and_the_account(x: Api) -> None:
    await control(x, "PUT", "/limits", {"posts.get_by_ids": 1})
    assert (await x.get("/2/tweets", ids="1")).status_code == 200
    assert (await x.get("/2/tweets", ids="1")).status_code == 429
    told = await control(x, "PUT", "/account", {"credits": 0, "post_cap": 5})
    assert told == {"post_cap": 5, "credits": 0, "balance": 0}
    assert (await x.get("/2/users/me", user=True)).status_code == 402
    await control(x, "PUT", "/account", {"credits": None, "post_cap": None})
    assert (await x.get("/2/users/me", user=True)).status_code == 200


async def test_fixtures_reach_open_streams(x: Api) -> None:
    async with stream(x, SAMPLE) as lines:
        made = await control(
            x,
            "POST",
            "/fixtures",
            {"users": [{"username": "ada"}], "posts": [{"text": "from outside", "author": "ada"}]},
        )
        assert (await lines.post())["data"]["id"] == made["posts"][0]
        overview = await control(x, "GET", "")
        assert [each["operation"] for each in overview["streams"]] == ["stream.posts_sample"]
        await control(x, "DELETE", "/streams")
    async with asyncio.timeout(5):
        while x.sandbox.hub.connections:
            await asyncio.sleep(0.01)


async def test_a_snapshot_goes_out_and_in(x: Api) -> None:
    before = (await x.client.get(f"{CONTROL}/snapshot")).content
    id = await x.say("to be forgotten")
    answer = await x.client.put(f"{CONTROL}/snapshot", content=before, headers={"content-type": "application/json"})
    assert answer.status_code == 204
    assert id not in x.store.posts


async def test_requests_are_told_with_answers_and_without_secrets(host: Api) -> None:
    x = host
    token = x.sandbox.sign_in()
    secret = x.sandbox.client_secret
    await x.client.post(
        "/2/oauth2/token",
        data={"grant_type": "refresh_token", "refresh_token": token["refresh_token"]},
        auth=(x.sandbox.client_id, secret),
    )
    await x.client.get(
        "/2/users/me", headers={"authorization": f"Bearer {token['access_token']}"}, params={"access_token": "SECRET-q"}
    )
    await x.client.get("/i/oauth2/authorize", params={"state": "SECRET-state", "client_id": "SECRET-id"})
    await x.call("POST", "/2/tweets", {"text": "seen", "client_secret": "SECRET-in-body"}, user=True)
    await x.get("/2/tweets/search/recent", query="python", max_results=100, tweet_fields="entities")
    raw = (await x.client.get(f"{CONTROL}/requests")).text
    assert "SECRET" not in raw
    renewed, me, _, made, search = (await x.client.get(f"{CONTROL}/requests")).json()
    assert (renewed["operation"], renewed["answer"], renewed["query"]) == ("oauth2.token", "", {})
    assert me["query"] == {"access_token": "[hidden]"}
    assert '"text": "seen"' in made["body"]
    assert search["size"] > 4096
    assert len(search["answer"]) <= 8192
    assert "data" in search["answer"], "compressed ones can be read"
    later = (await x.client.get(f"{CONTROL}/requests", params={"after": made["number"]})).json()
    assert [each["number"] for each in later] == [search["number"]]
    await control(x, "DELETE", "/requests")
    assert (await x.client.get(f"{CONTROL}/requests")).json() == []


async def test_the_record_is_bounded(served: Serve) -> None:
    async with served(Sandbox()) as x:
        one = x.sandbox.requests
        await x.get("/nope")
        for _ in range(10_000):
            one.append(one[0])
        assert len(one) <= 10_000
        for _ in range(210):
            await x.get("/nope")
        assert len((await x.client.get(f"{CONTROL}/requests")).json()) == 200


async def test_the_operations_are_listed(x: Api) -> None:
    told = await control(x, "GET", "/operations")
    assert {each["name"] for each in told} == set(OPERATIONS)
    [me] = [each for each in told if each["name"] == "users.get_me"]
    assert (me["auth"], me["stateful"]) == (["oauth2", "oauth1"], True)


async def test_everything_works_when_everything_is_broken(x: Api) -> None:
    """The control API is out of reach of faults."""
    await control(x, "POST", "/faults", {"fault": "reset"})
    await control(x, "DELETE", "/faults")
    assert (await x.client.get("/")).status_code == 200
