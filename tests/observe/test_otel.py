"""Spans and metrics say what went on, under the names of the conventions, and hold nothing secret."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from opentelemetry import trace

from tests.auth.token_server import Clock as TokenClock
from tests.auth.token_server import TokenServer
from tests.client.fakes import Clock, FakeX, ask, limited, sender_over
from tests.observe.seen import Seen, attributes, context
from tests.stream.scripted import HEARTBEAT, ScriptedX, first, post
from tests.test_exports import loaded_after
from xdk_async import AsyncClient, ConnectFailed, ServerError, Telemetry

SECRET = "SECRET-token"


async def test_a_call_is_a_span_of_its_own_around_that_of_its_request() -> None:
    seen, x = Seen(), FakeX()
    async with AsyncClient(bearer_token=SECRET, transport=x, telemetry=seen.telemetry) as client:
        with seen.tracers.get_tracer("app").start_as_current_span("mine") as mine:
            await anext(client.posts.search_recent("SECRET-search of mine", max_results=10))
    (call,), (request,) = seen.spans("INTERNAL")[1:], seen.spans("CLIENT")
    assert (call.name, attributes(call)) == ("posts.search_recent", {"xdk_async.operation": "posts.search_recent"})
    assert call.parent is not None
    assert call.parent.span_id == mine.get_span_context().span_id
    assert request.parent is not None
    assert request.parent.span_id == context(call).span_id
    assert request.name == "GET /2/tweets/search/recent"
    assert attributes(request) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "api.x.com",
        "server.port": 443,
        "url.full": "https://api.x.com/2/tweets/search/recent?query=REDACTED&max_results=REDACTED",
        "url.template": "/2/tweets/search/recent",
        "xdk_async.operation": "posts.search_recent",
    }
    assert not trace.get_current_span().get_span_context().is_valid
    ((named, (count, _)),) = seen.metric("http.client.request.duration")
    assert (named["url.template"], named["http.response.status_code"], count) == ("/2/tweets/search/recent", 200, 1)
    assert "url.full" not in named
    assert "SECRET" not in seen.everything()


async def test_calls_at_once_belong_to_the_span_of_their_own_task() -> None:
    seen, x = Seen(), FakeX()
    tracer = seen.tracers.get_tracer("app")
    traces = dict[str, int]()

    async def one(client: AsyncClient, id: str) -> None:
        with tracer.start_as_current_span("task") as span:
            traces[f"https://api.x.com/2/users/{id}"] = span.get_span_context().trace_id
            await client.users.get_by_id(id)
            await client.users.get_by_id(id)

    async with AsyncClient(bearer_token=SECRET, transport=x, telemetry=seen.telemetry) as client:
        await asyncio.gather(*(one(client, str(number)) for number in range(1, 21)))
    found = [(attributes(each)["url.full"], context(each).trace_id) for each in seen.spans("CLIENT")]
    assert sorted(found) == sorted([*traces.items()] * 2)
    assert {each.name for each in seen.spans("CLIENT")} == {"GET /2/users/{id}"}


async def test_each_attempt_is_a_span_and_the_waits_between_them_are_measured() -> None:
    seen, clock = Seen(), Clock()
    x = FakeX(httpx.Response(503), limited(opens_in=60, now=clock.now), httpx.ConnectError("no"))
    sender = sender_over(x, clock, observer=seen.observer)
    await ask(sender)
    spans = [attributes(each) for each in seen.spans("CLIENT")]
    assert [each.get("http.request.resend_count") for each in spans] == [None, 1, 2, 3]
    assert [each.get("error.type") for each in spans] == ["503", "429", "ConnectError", None]
    assert [each.get("http.response.status_code") for each in spans] == [503, 429, None, 200]
    assert [each.status.status_code.name for each in seen.spans("CLIENT")] == ["ERROR", "ERROR", "ERROR", "UNSET"]
    assert len(seen.spans("INTERNAL")) == 1
    waits = {each["xdk_async.wait.reason"]: count for each, (count, _) in seen.metric("xdk_async.wait.duration")}
    assert waits == {"retry": 2, "window": 1}
    durations = seen.metric("http.client.request.duration")
    assert sorted(str(each.get("error.type")) for each, _ in durations) == ["429", "503", "ConnectError", "None"]


@pytest.mark.parametrize(
    ("answer", "named"), [(httpx.ConnectError("no"), ConnectFailed), (httpx.Response(500), ServerError)]
)
async def test_a_call_that_fails_says_how(answer: Any, named: type[Exception]) -> None:
    seen = Seen()
    sender = sender_over(FakeX(answer), Clock(), retries=0, observer=seen.observer)
    with pytest.raises(named):
        await ask(sender)
    (call,) = seen.spans("INTERNAL")
    assert (attributes(call)["error.type"], call.status.status_code.name) == (named.__name__, "ERROR")
    assert call.events == ()


async def test_what_the_windows_have_left_is_a_gauge() -> None:
    seen = Seen()
    limits = {"x-rate-limit-limit": "900", "x-rate-limit-remaining": "899", "x-rate-limit-reset": "9999999999"}
    day = {"x-user-limit-24hour-limit": "50", "x-user-limit-24hour-remaining": "7"}
    x = FakeX(httpx.Response(200, json={}, headers={**limits, **day}))
    async with AsyncClient(bearer_token=SECRET, transport=x, telemetry=seen.telemetry) as client:
        await client.users.get_by_id("7")
    assert [(each["xdk_async.limit.window"], value) for each, value in seen.metric("xdk_async.limit.remaining")] == [
        ("15min", 899),
        ("24h", 7),
    ]


async def test_a_refresh_is_counted_and_its_request_seen_but_no_token() -> None:
    seen, server = Seen(), TokenServer(TokenClock())
    token = server.issue()
    old = {"access_token": token.access_token, "refresh_token": token.refresh_token}
    server.clock.now += 8000  # the token's expiry is unknown to the client: X refuses it first
    async with AsyncClient(
        "https://x.test", client_id="app", token=old, transport=server, telemetry=seen.telemetry
    ) as client:
        await client.users.get_me()
    names = [each.name for each in seen.spans("CLIENT")]
    assert names == ["GET /2/users/me", "POST /2/oauth2/token", "GET /2/users/me"]
    assert [attributes(each).get("http.request.resend_count") for each in seen.spans("CLIENT")] == [None, None, 1]
    assert seen.metric("xdk_async.token.refreshes") == [({}, 1)]
    for secret in (token.access_token, token.refresh_token, "SECRET"):
        assert str(secret) not in seen.everything()


async def test_a_stream_tells_its_connections_events_and_lag() -> None:
    seen = Seen()
    x = ScriptedX([post(0), 3.0, post(1)], [HEARTBEAT, 2.0, post(5), *[HEARTBEAT] * 50])
    found = await first(aiter(x.streams(observer=seen.observer).posts()), 3)
    assert len(found) == 3
    await asyncio.sleep(0.01)
    named = {"xdk_async.operation": "stream.posts"}
    assert seen.metric("xdk_async.stream.events") == [(named, 3)]
    assert seen.metric("xdk_async.stream.reconnects") == [(named, 1)]
    assert seen.metric("xdk_async.stream.connections") == [(named, 0)]
    ((_, (count, lag)),) = seen.metric("xdk_async.stream.lag")
    assert (count, round(lag)) == (3, 2)
    assert [each.name for each in seen.spans("CLIENT")] == ["GET /2/tweets/search/stream"] * 2


@pytest.mark.parametrize("propagate", [False, True])
async def test_trace_ids_are_sent_only_if_that_is_wanted(propagate: bool) -> None:
    seen, x = Seen(propagate=propagate), FakeX()
    async with AsyncClient(bearer_token=SECRET, transport=x, telemetry=seen.telemetry) as client:
        await client.users.get_by_id("7")
    (span,) = seen.spans("CLIENT")
    sent = x.last.headers.get("traceparent")
    if propagate:
        assert sent is not None
        assert sent.startswith(f"00-{context(span).trace_id:032x}-{context(span).span_id:016x}-")
    else:
        assert sent is None


async def test_a_call_of_any_path_has_no_path_in_its_name() -> None:
    seen, x = Seen(), FakeX()
    async with AsyncClient(bearer_token=SECRET, transport=x, telemetry=seen.telemetry) as client:
        await client.request("BREW", "/2/new/1234", params={"q": "SECRET-q"})
    (span,) = seen.spans("CLIENT")
    assert span.name == "HTTP"
    assert attributes(span)["http.request.method"] == "_OTHER"
    assert "url.template" not in attributes(span)
    assert attributes(span)["url.full"] == "https://api.x.com/2/new/1234?q=REDACTED"


async def test_a_cancelled_call_ends_its_spans() -> None:
    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    seen = Seen()
    async with AsyncClient(
        bearer_token=SECRET, transport=httpx.MockTransport(hang), telemetry=seen.telemetry
    ) as client:
        task = asyncio.create_task(client.users.get_me())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [attributes(each)["error.type"] for each in (*seen.spans("CLIENT"), *seen.spans("INTERNAL"))] == [
        "CancelledError"
    ] * 2


# On or off

MADE = "import xdk_async; c = xdk_async.AsyncClient(bearer_token='x'{}); on = c._sender.transport.observer is not None"


@pytest.mark.parametrize(
    ("before", "argument", "on"),
    [
        ("", "", False),
        ("import opentelemetry.sdk.trace", "", True),
        ("import opentelemetry.trace", "", False),
        ("import opentelemetry.sdk.trace", ", telemetry=False", False),
        ("", ", telemetry=True", True),
        ("", ", telemetry=xdk_async.Telemetry()", True),
        ("import sys; sys.modules['opentelemetry'] = None", ", telemetry=True", False),
        ("import sys; sys.modules['opentelemetry'] = None", "", False),
    ],
)
def test_it_is_on_if_wanted_or_if_the_program_uses_it_and_there(before: str, argument: str, on: bool) -> None:
    loaded = loaded_after(f"{before}\n{MADE.format(argument)}\nassert on is {on}")
    assert ("xdk_async.otel" in loaded) is on


def test_a_telemetry_is_public() -> None:
    assert Telemetry().propagate is False
