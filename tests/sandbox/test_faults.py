"""Faults on demand, as a client on a socket sees them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import httpx
import pytest

from tests.sandbox.api import Api, Serve
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox import Clock, Sandbox
from xdk_async.sandbox.fault.made import FaultError
from xdk_async.sandbox.fault.rule import FAULTS, Problem

ME = "/2/users/me"
SEARCH = "/2/tweets/search/recent"


async def me(x: Api) -> httpx.Response:
    return await x.get(ME, user=True)


async def test_any_status_comes_instead_of_the_answer(x: Api) -> None:
    x.sandbox.faults.add("status", operation="posts.create", status=503)
    answer = await x.call("POST", "/2/tweets", {"text": "never"}, user=True)
    assert answer.status_code == 503
    assert answer.json()["title"] == "Service Unavailable"
    assert not [post for post in x.store.posts.values() if post.text == "never"], "it was not carried out"
    assert (await me(x)).status_code == 200, "other operations go on"


@pytest.mark.parametrize(
    ("problem", "status", "kind", "header"),
    [
        ("rate-limited", 429, "about:blank", "x-rate-limit-reset"),
        ("rate-limited-app-24h", 429, "about:blank", "x-app-limit-24hour-reset"),
        ("rate-limited-user-24h", 429, "about:blank", "x-user-limit-24hour-reset"),
        ("rate-limited-untold", 429, "about:blank", "date"),
        ("retry-after", 429, "about:blank", "retry-after"),
        ("usage-capped", 429, "usage-capped", "x-rate-limit-remaining"),
        ("too-many-connections", 429, "streaming-connection", "date"),
        ("credits-depleted", 402, "credits-depleted", "date"),
        ("client-not-enrolled", 403, "client-forbidden", "date"),
        ("no-rules", 409, "streaming-connection", "date"),
        ("over-capacity", 503, "about:blank", "date"),
    ],
)
async def test_xs_refusals_come_by_name(x: Api, problem: Problem, status: int, kind: str, header: str) -> None:
    x.sandbox.faults.add("status", problem=problem, times=1)
    answer = await me(x)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.json()["type"].rsplit("/", 1)[-1] == kind
    assert header in answer.headers
    assert (await me(x)).status_code == 200


async def test_a_limit_opens_when_it_was_said_to(x: Api) -> None:
    x.sandbox.clock.freeze(2_000_000_000)
    x.sandbox.faults.add("status", problem="rate-limited", seconds=30)
    answer = await me(x)
    assert answer.headers["x-rate-limit-reset"] == "2000000030"
    assert answer.headers["x-rate-limit-remaining"] == "0"


async def test_a_status_may_have_a_body_and_headers_of_ones_own(x: Api) -> None:
    x.sandbox.faults.add("status", status=400, body={"errors": [{"code": 1}]}, headers={"x-own": "1"}, seconds=5)
    answer = await me(x)
    assert (answer.status_code, answer.json()) == (400, {"errors": [{"code": 1}]})
    assert (answer.headers["x-own"], answer.headers["retry-after"]) == ("1", "5")


async def test_a_web_page_comes(x: Api) -> None:
    x.sandbox.faults.add("html", status=200)
    answer = await me(x)
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>200 OK</h1>" in answer.text


async def test_the_rules_numbers_say_which_calls(x: Api) -> None:
    faults = x.sandbox.faults
    for rule, wanted in (
        ({"nth": 2}, [200, 500, 200, 200, 200]),
        ({"nth": [1, 4]}, [500, 200, 200, 500, 200]),
        ({"times": 2}, [500, 500, 200, 200, 200]),
        ({"nth": [2, 3, 4], "times": 2}, [200, 500, 500, 200, 200]),
        ({"operation": "users.*", "probability": 0.0}, [200] * 5),
        ({"operation": "posts.*"}, [200] * 5),
    ):
        with faults.add_rule({"fault": "status", "status": 500, **rule}) as active:
            assert [(await me(x)).status_code for _ in range(5)] == wanted, rule
            assert active.fired == wanted.count(500)
    assert not faults.active


async def test_chance_is_the_same_for_the_same_seed(x: Api) -> None:
    seen: list[list[int]] = []
    for seed in (7, 7, 8):
        with x.sandbox.faults.add("status", status=500, probability=0.5, seed=seed):
            seen.append([(await me(x)).status_code for _ in range(12)])
    assert seen[0] == seen[1] != seen[2]
    assert set(seen[0]) == {200, 500}


async def test_latency_goes_by_the_clock(x: Api) -> None:
    x.sandbox.clock.freeze()
    x.sandbox.faults.add("latency", seconds=3600)
    waiting = asyncio.create_task(me(x))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    x.sandbox.clock.advance(3600)
    assert (await waiting).status_code == 200


async def test_an_answer_is_truncated_after_the_call_was_carried_out(x: Api) -> None:
    x.sandbox.faults.add("truncate", operation="posts.create", share=0.4)
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete|without sending complete"):
        await x.call("POST", "/2/tweets", {"text": "carried out"}, user=True)
    assert any(post.text == "carried out" for post in x.store.posts.values())


async def raw(x: Api, method: str = "GET", path: str = ME, body: bytes = b"") -> tuple[bytes, BaseException | None]:
    """What arrives on a bare socket until it ends, and how it ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(x.url.rsplit(":", 1)[1]))
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {x.sandbox.user_token}\r\n"
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    writer.write(f"{head}{kind}\r\n".encode() + body)
    got, error = b"", None
    try:
        async with asyncio.timeout(5):
            while chunk := await reader.read(65536):
                got += chunk
    except ConnectionError as reset:
        error = reset
    writer.close()
    return got, error


async def test_a_reset_is_one_on_the_socket_and_the_call_is_not_carried_out(x: Api) -> None:
    x.sandbox.faults.add("reset", operation="posts.create")
    got, error = await raw(x, "POST", "/2/tweets", b'{"text":"never"}')
    assert got == b""
    assert isinstance(error, ConnectionResetError)
    assert not any(post.text == "never" for post in x.store.posts.values())


async def test_an_answer_can_be_lost_after_the_call_was_carried_out(x: Api) -> None:
    x.sandbox.faults.add("reset", operation="posts.create", when="after")
    got, error = await raw(x, "POST", "/2/tweets", b'{"text":"done, but who knows"}')
    assert got == b""
    assert isinstance(error, ConnectionResetError)
    assert any(post.text == "done, but who knows" for post in x.store.posts.values())


async def test_a_reset_can_come_amid_the_answer_and_an_end_too(x: Api) -> None:
    with x.sandbox.faults.add("truncate"):
        got, error = await raw(x)
        head, _, body = got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        assert error is None, "the connection ended in peace"
        assert 0 < len(body) < length
    x.sandbox.faults.add("reset", when="amid")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await me(x)


async def test_a_stall_holds_the_answer_and_the_end_of_the_sandbox_ends_it(served: Serve) -> None:
    async with served(Sandbox()) as x:
        x.sandbox.clock.freeze()
        with x.sandbox.faults.add("stall", when="amid", seconds=60):
            waiting = asyncio.create_task(me(x))
            await asyncio.sleep(0.05)
            assert not waiting.done()
            x.sandbox.clock.advance(60)
            assert (await waiting).json()["data"]["username"] == "sandbox"
        x.sandbox.faults.add("stall", when="amid")
        with pytest.raises(httpx.ReadTimeout):
            await x.client.get(ME, headers=x.headers(user=True), timeout=0.05)
        last = asyncio.create_task(me(x))
        await asyncio.sleep(0.05)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await last


async def test_answers_drift_in_shape_the_same_way_for_the_same_seed(x: Api) -> None:
    query: dict[str, Any] = {"query": "python", "post_fields": "public_metrics,created_at,entities", "max_results": 20}
    plain = await x.json(SEARCH, **query)
    bodies: list[Any] = []
    for seed in (1, 1, 2):
        with x.sandbox.faults.add("drift", seed=seed):
            bodies.append(await x.json(SEARCH, **query))
    assert bodies[0] == bodies[1] != bodies[2]
    assert bodies[0] != plain
    assert "sandbox_unknown" in json.dumps(bodies[0])
    with x.sandbox.faults.add("drift", change="numbers", share=1.0):
        told = await x.json(SEARCH, **query)
    assert all(isinstance(post["id"], int) for post in told["data"])
    assert isinstance(told["data"][0]["public_metrics"]["like_count"], str)


async def test_answers_are_in_the_vocabulary_that_a_rule_says(x: Api) -> None:
    with x.sandbox.faults.add("vocabulary", version="2.166"):
        told = await x.json(SEARCH, query="python", post_fields="public_metrics")
        assert "retweet_count" in told["data"][0]["public_metrics"]
    with x.sandbox.faults.add("vocabulary", version="2.167"):
        told = await x.json(SEARCH, query="python", tweet_fields="public_metrics")
        assert "repost_count" in told["data"][0]["public_metrics"]
        assert "edit_history_post_ids" in told["data"][0]


async def test_answers_can_be_compressed_and_broken_so(x: Api) -> None:
    with x.sandbox.faults.add("gzip"):
        answer = await me(x)
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.json()["data"]["username"] == "sandbox"
    x.sandbox.faults.add("gzip", broken=True)
    with pytest.raises(httpx.DecodingError):
        await me(x)


async def test_faults_happen_to_signing_in_too(host: Api) -> None:
    host.sandbox.faults.add("status", operation="oauth2.token", problem="over-capacity")
    answer = await host.client.post("/2/oauth2/token", data={"grant_type": "refresh_token"})
    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "no fault is called None; there are latency,"),
        ({"fault": "rest"}, "did you mean 'reset'"),
        ({"fault": "latency"}, "missing required field `seconds`"),
        ({"fault": "latency", "sconds": 1}, "takes no setting 'sconds' (did you mean 'seconds'?)"),
        ({"fault": "latency", "seconds": -1}, ">= 0"),
        ({"fault": "latency", "seconds": "1"}, "Expected `float`, got `str`"),
        ({"fault": "status"}, "takes either a `problem`"),
        ({"fault": "status", "status": 99}, ">= 200"),
        ({"fault": "status", "problem": "capped"}, "Invalid enum value 'capped'"),
        ({"fault": "reset", "operation": "posts.creat"}, "did you mean 'posts.create'?"),
        ({"fault": "reset", "operation": "nothing.*"}, "no operation is called 'nothing.*'"),
        ({"fault": "reset", "nth": 0}, ">= 1"),
        ({"fault": "reset", "nth": [1, 0]}, "$.nth[1]"),
        ({"fault": "reset", "probability": 2}, "<= 1"),
        ({"fault": "half_line", "operation": "posts.create"}, "happens to streams only"),
        ({"fault": "stall", "after": 1, "operation": "users.get_me"}, "happens to streams only"),
        ({"fault": "half_line", "then": "explode"}, "Invalid enum value 'explode'"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_with_what_would_be_right(given: dict[str, Any], said: str) -> None:
    sandbox = Sandbox()
    with pytest.raises(FaultError) as error:
        sandbox.faults.add_rule(given)
    assert said in str(error.value)
    assert not sandbox.faults.active


@pytest.mark.parametrize("name", sorted(FAULTS))
async def test_every_fault_is_over_when_it_is_removed(x: Api, name: str) -> None:
    needed = {"latency": {"seconds": 0}, "status": {"status": 500}}
    active = x.sandbox.faults.add_rule({"fault": name, **needed.get(name, {})})
    assert active.told()["fault"] == name
    active.remove()
    assert not x.sandbox.faults.remove(active.id)
    assert (await me(x)).status_code == 200


async def test_a_fault_reaches_every_operation(x: Api) -> None:
    for name, operation in OPERATIONS.items():
        with x.sandbox.faults.add("status", operation=name, status=418) as active:
            answer = await x.client.request(operation.method, operation.path.replace("{", "").replace("}", ""))
            assert (name, answer.status_code, active.fired) == (name, 418, 1)


async def test_a_clock_that_nobody_can_wait_for_does_not_hold_up_the_end(served: Serve) -> None:
    clock = Clock()
    clock.freeze()
    async with served(Sandbox(clock=clock)) as x:
        x.sandbox.faults.add("latency", seconds=60)
        waiting = asyncio.create_task(me(x))
        await asyncio.sleep(0.05)
    with contextlib.suppress(httpx.HTTPError):
        await waiting
