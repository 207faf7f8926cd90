"""Staying connected, in virtual time: when a stream connects again, and when it gives up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.client.fakes import nothing_left, sender_over
from tests.stream.scripted import FOREVER, HEARTBEAT, NOW, TOO_MANY, Part, Play, ScriptedX, beats, first, post, refused
from xdk_async import (
    AuthenticationError,
    BadRequest,
    Conflict,
    ConnectFailed,
    CreditsDepleted,
    Disconnected,
    Forbidden,
    InBandErrors,
    RateLimited,
    ServerError,
    StreamConfig,
    StreamConnected,
    StreamDisconnected,
    StreamEnded,
    StreamError,
    StreamErrorType,
    StreamReconnecting,
    StreamState,
    UnknownMessage,
    UsageCapExceeded,
    XError,
)
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.groups.stream import StreamClient

DROP: Play = [httpx.ReadError("gone")]
REFUSED = httpx.ConnectError("refused")
BROKEN = refused(503)


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    async with nothing_left():
        yield


def lasting(seconds: float, *more: Part) -> list[Part]:
    """A connection with heartbeats for so long."""
    return [*beats(int(seconds // 10), 10.0), *more]


async def follow(x: ScriptedX, count: int = 1, **config: Any) -> list[Any]:
    """So many posts."""
    return await first(aiter(x.streams().posts(stream_config=StreamConfig(**config))), count)


async def test_a_lost_connection_is_opened_again_at_once_and_then_by_xs_steps() -> None:
    x = ScriptedX(*[DROP] * 5, [post(0), *lasting(1000)])
    await follow(x)
    assert x.waits == [0, 0.25, 0.5, 0.75, 1.0]


async def test_a_proper_close_counts_as_a_loss() -> None:
    x = ScriptedX(*[[HEARTBEAT]] * 3, [post(0), *lasting(1000)])
    await follow(x)
    assert x.waits == [0, 0.25, 0.5]


async def test_an_x_out_of_reach_is_tried_every_quarter_of_a_second_more() -> None:
    x = ScriptedX(*[REFUSED] * 4, [post(0), *lasting(1000)])
    await follow(x)
    assert x.waits == [0.25, 0.5, 0.75, 1.0]


async def test_server_errors_wait_for_5_seconds_doubling() -> None:
    x = ScriptedX(DROP, *[BROKEN] * 8, [post(0), *lasting(1000)])
    await follow(x)
    assert x.waits == [0, 5, 10, 20, 40, 80, 160, 320, 320]


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({}, [60, 120, 240]),
        ({"x-rate-limit-reset": str(int(NOW + 600)), "x-rate-limit-remaining": "0"}, [600]),
        ({"retry-after": "30"}, [30]),
    ],
)
async def test_limits_are_waited_for(headers: dict[str, str], waits: list[float]) -> None:
    x = ScriptedX(*[refused(429, headers)] * len(waits), [post(0), *lasting(1000)])
    await follow(x)
    assert x.waits == waits


async def test_with_on_limit_raise_a_limit_ends_the_stream() -> None:
    x = ScriptedX(refused(429))
    with pytest.raises(RateLimited):
        await first(aiter(x.streams(on_limit="raise").posts()), 1)
    assert len(x.requests) == 1


async def test_the_steps_start_over_once_a_connection_has_lasted() -> None:
    x = ScriptedX(DROP, DROP, lasting(30), DROP, [post(0), *lasting(1000)])
    await follow(x)
    assert x.waits == [0, 0.25, 30, 0.25]


async def test_a_connection_that_brings_data_but_does_not_last_backs_off_too() -> None:
    flapping = [[post(number), HEARTBEAT] for number in range(6)]
    x = ScriptedX(*flapping, [post(99), *lasting(1000)])
    assert len(await follow(x, 7)) == 7
    assert x.waits == [0, 0.25, 0.5, 0.75, 1.0, 1.25]


async def test_a_flapping_server_sees_50_connections_in_15_minutes_at_the_most() -> None:
    x = ScriptedX([HEARTBEAT])
    with pytest.raises(StreamEnded):
        await follow(x, max_retries=200)
    assert len(x.times) == 201
    for start in x.times:
        assert sum(start <= each < start + 900 for each in x.times) <= 50


async def test_streams_made_one_after_the_other_share_that_limit() -> None:
    x = ScriptedX([HEARTBEAT])
    streams = x.streams()
    for _ in range(60):
        with pytest.raises(StreamEnded):
            await first(aiter(streams.posts(stream_config=StreamConfig(max_retries=0))), 1)
    assert sum(each < 900 for each in x.times) == 50


async def test_own_steps_can_be_set_as_in_the_official_sdk() -> None:
    x = ScriptedX(*[BROKEN] * 5, [post(0), *lasting(1000)])
    await follow(x, initial_backoff=1.0, backoff_multiplier=2.0, max_backoff=5.0)
    assert x.waits == [1, 2, 4, 5, 5]


# Giving up


@pytest.mark.parametrize("retries", [0, 1, 4])
async def test_attempts_in_a_row_can_be_limited(retries: int) -> None:
    x = ScriptedX([post(0)], DROP)
    got: list[Any] = []
    with pytest.raises(StreamEnded) as raised:
        async for event in x.streams().posts(stream_config=StreamConfig(max_retries=retries)):
            got.append(event)
    assert len(got) == 1
    assert len(x.requests) == retries + 1
    assert isinstance(raised.value.original_exception, Disconnected) == bool(retries)
    assert f"after {retries} attempts" in str(raised.value)


async def test_time_without_a_lasting_connection_can_be_limited() -> None:
    x = ScriptedX([post(0)], BROKEN)
    with pytest.raises(StreamEnded) as raised:
        await follow(x, 2, max_elapsed=100)
    assert x.times == [0, 0, 5, 15, 35, 75]
    assert (raised.value.status_code, raised.value.error_type) == (503, StreamErrorType.SERVER_ERROR)


@pytest.mark.parametrize(("play", "kind"), [(REFUSED, ConnectFailed), (BROKEN, ServerError), (DROP, StreamEnded)])
async def test_a_stream_that_never_began_gives_up_after_ten_and_says_why(play: Play, kind: type[XError]) -> None:
    x = ScriptedX(play)
    with pytest.raises(kind):
        await follow(x, max_retries=10 if kind is StreamEnded else None)
    assert len(x.requests) == 11


async def test_one_that_has_been_open_never_does() -> None:
    x = ScriptedX([post(0)], *[REFUSED] * 40, [post(1), *lasting(1000)])
    assert len(await follow(x, 2)) == 2


async def test_minus_one_is_no_end_from_the_beginning() -> None:
    x = ScriptedX(*[REFUSED] * 40, [post(1), *lasting(1000)])
    assert len(await follow(x, max_retries=-1)) == 1


async def test_the_deadline_of_a_call_is_for_opening() -> None:
    x = ScriptedX(BROKEN)
    with pytest.raises(ServerError):
        await first(aiter(x.streams(deadline=20).posts()), 1)
    assert x.times == [0, 5, 15]


PROBLEM = "https://api.x.com/2/problems/"


@pytest.mark.parametrize("before", [(), ([post(0), *lasting(40)],)], ids=["at first", "later"])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(400), BadRequest),
        (refused(402), CreditsDepleted),
        (refused(403), Forbidden),
        (refused(409), Conflict),
        (refused(429, type=PROBLEM + "usage-capped"), UsageCapExceeded),
    ],
)
async def test_what_waiting_cannot_mend_ends_the_stream(
    before: tuple[Play, ...], answer: httpx.Response, kind: type[XError]
) -> None:
    errors: list[StreamError] = []
    x = ScriptedX(*before, answer)
    with pytest.raises(kind):
        await follow(x, 2, on_error=errors.append, recovery=())
    assert len(x.requests) == len(before) + 1
    assert not errors[-1].is_retryable or answer.status_code == 429
    assert isinstance(errors[-1].original_exception, kind)


async def test_a_stream_without_rules_says_what_to_do() -> None:
    x = ScriptedX(refused(409, type=PROBLEM + "streaming-connection", connection_issue="RuleConfigurationIssue"))
    with pytest.raises(Conflict, match="update_rules"):
        await follow(x)


async def test_a_401_is_tried_again_once_if_the_stream_has_been_open() -> None:
    x = ScriptedX(lasting(40), refused(401), [post(0), *lasting(40)], refused(401))
    got: list[Any] = []
    with pytest.raises(AuthenticationError):
        async for event in x.streams().posts():
            got.append(event)
    assert len(got) == 1
    assert x.waits == [40, 0, 40, 0]


async def test_a_token_that_a_callable_gives_is_replaced_by_a_fresh_one_after_a_401() -> None:
    given = iter(["SECRET-old", "SECRET-new", "SECRET-newer"])

    async def token() -> str:
        return next(given)

    def answer(request: httpx.Request) -> Play:
        return refused(401) if request.headers["authorization"] == "Bearer SECRET-old" else [post(0), *FOREVER]

    x = ScriptedX(answer)
    streams = StreamClient(sender_over(x, x.clock, credentials=Credentials(app=Bearer(token))))
    await first(aiter(streams.posts()), 1)
    assert len(x.requests) == 2


async def test_a_401_at_first_ends_it() -> None:
    x = ScriptedX(refused(401))
    with pytest.raises(AuthenticationError):
        await follow(x)
    assert len(x.requests) == 1


# What is told


async def test_everything_that_happens_comes_out_of_events() -> None:
    told = b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect"}]}\r\n'
    x = ScriptedX([post(0), told, b'{"ping":1}\n'], BROKEN, [post(5), *lasting(1000)])
    seen = await first(x.streams().posts().events(), 10)
    kinds = [type(each).__name__ for each in seen]
    assert kinds == [
        "StreamConnected", "Streamed", "InBandErrors", "UnknownMessage", "StreamDisconnected", "StreamReconnecting",
        "StreamReconnecting", "StreamConnected", "Streamed", "StreamDisconnected",
    ]  # fmt: skip
    opened, _, in_band, unknown, lost, once, twice, again = seen[:8]
    assert isinstance(opened, StreamConnected) and (opened.attempt, opened.recovering_from) == (1, None)
    assert isinstance(in_band, InBandErrors)
    assert in_band.errors[0].disconnect_type == "UpstreamOperationalDisconnect"
    assert unknown == UnknownMessage({"ping": 1})
    assert isinstance(lost, StreamDisconnected) and (lost.error, lost.final) == (None, False)
    assert isinstance(once, StreamReconnecting) and (once.attempt, once.delay, once.error) == (1, 0, None)
    assert isinstance(twice, StreamReconnecting) and (twice.attempt, twice.delay) == (2, 5)
    assert isinstance(twice.error, ServerError)
    assert isinstance(again, StreamConnected) and again.attempt == 3
    assert again.recovering_from is not None


@pytest.mark.parametrize("is_async", [False, True])
async def test_hooks_get_the_same(is_async: bool) -> None:
    told: list[tuple[Any, ...]] = []

    def hook(name: str) -> Any:
        def note(*arguments: Any) -> None:
            told.append((name, *arguments))

        async def note_later(*arguments: Any) -> None:
            await asyncio.sleep(0)
            note(*arguments)

        return note_later if is_async else note

    names = ("on_connect", "on_disconnect", "on_reconnect", "on_error")
    x = ScriptedX([post(0), httpx.ReadError("gone")], BROKEN, [post(5), *lasting(1000)])
    await follow(x, 2, **{name: hook(name) for name in names})
    assert [each[0] for each in told] == [
        "on_connect", "on_error", "on_disconnect", "on_reconnect", "on_error", "on_reconnect", "on_connect",
    ]  # fmt: skip
    lost, refusal = told[1][1], told[4][1]
    assert (lost.error_type, lost.is_retryable) == (StreamErrorType.CONNECTION_ERROR, True)
    assert (refusal.error_type, refusal.status_code) == (StreamErrorType.SERVER_ERROR, 503)
    assert '"status":503' in refusal.response_body.replace(" ", "")
    assert told[2][1] is lost.original_exception
    assert told[3][1:] == (1, 0)
    assert told[5][1:] == (2, 5)


@pytest.mark.parametrize("name", ["on_connect", "on_disconnect", "on_reconnect", "on_error", "on_gap"])
async def test_what_a_hook_raises_comes_out_and_closes_everything(name: str) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    x = ScriptedX([post(0), 5.0, httpx.ReadError("gone")], FOREVER)
    with pytest.raises(ZeroDivisionError):
        await follow(x, 2, recovery=(), **{name: fail})
    assert all(body.closed for body in x.bodies)


async def test_an_in_band_disconnect_does_not_break_the_plain_loop() -> None:
    told = b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect"}]}\r\n'
    x = ScriptedX([post(0), told], [post(1), *lasting(1000)])
    got = await follow(x, 2)
    assert [each.data.text for each in got] == ["post 0/0", "post 1/0"]


async def test_stats_tell_how_it_is() -> None:
    x = ScriptedX([post(0), 2.0, post(1), post(1)], [HEARTBEAT, 1.0, post(2.5), *beats(5000, 20.0)])
    stream = x.streams().posts()
    with pytest.raises(StreamError, match="never opened|first read"):
        _ = stream.stats
    async with stream:
        await first(aiter(stream), 3)
        stats = stream.stats
        assert (stats.events, stats.duplicates, stats.reconnects, stats.connections) == (3, 1, 1, 1)
        assert stats.connected_since is not None
        assert stats.connected_since.timestamp() == NOW + 2
        assert stats.lag == pytest.approx(0.5, abs=0.001)
        assert stats.last_byte_at is not None
        assert stats.last_byte_at.timestamp() >= NOW + 3
        assert stats.bytes > sum(len(post(each)) for each in (0, 1, 1, 2.5))
        assert (stats.buffered, stats.dropped, stats.gaps) == (0, 0, 0)
    assert stats.connections == 0
    assert stats.connected_since is None


# Another connection in the way


async def test_a_crowded_stream_is_tried_again_soon() -> None:
    x = ScriptedX(lasting(40), TOO_MANY, TOO_MANY, TOO_MANY, [post(0), *lasting(1000)])
    await follow(x)
    assert x.waits == [40, 1, 2, 4]


async def test_with_takeover_the_older_connection_is_closed() -> None:
    closed = httpx.Response(200, json={"data": {"successful_kills": 1, "failed_kills": 0}})
    x = ScriptedX(TOO_MANY, closed, [post(0), *lasting(1000)])
    await follow(x, takeover=True)
    assert [(each.method, each.url.path) for each in x.requests] == [
        ("GET", "/2/tweets/search/stream"),
        ("DELETE", "/2/connections/filtered_stream"),
        ("GET", "/2/tweets/search/stream"),
    ]
    assert x.times == [0, 0, 1]


async def test_if_it_cannot_be_closed_the_stream_goes_on_trying() -> None:
    x = ScriptedX(TOO_MANY, refused(404), [post(0), *lasting(1000)])
    assert len(await follow(x, takeover=True)) == 1


async def test_of_several_connections_only_older_ones_are_closed() -> None:
    old, new = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
    listed: dict[str, Any] = {
        "data": [{"id": "old", "connected_at": old}, {"id": "new", "connected_at": new}],
        "meta": {},
    }
    x = ScriptedX(TOO_MANY, FOREVER, httpx.Response(200, json=listed), httpx.Response(200, json={"data": {}}), FOREVER)
    stream = x.streams().posts_sample10(partitions="all", stream_config=StreamConfig(takeover=True))
    async with stream:
        while len(x.requests) < 5:
            await asyncio.sleep(0)
    assert x.queries[2]["endpoints"] == "sample10_stream"
    assert x.requests[3].content == b'{"uuids":["old"]}'


async def test_the_state_says_how_the_connections_are_in_the_official_words() -> None:
    states: list[StreamState] = []
    x = ScriptedX(BROKEN, BROKEN, [post(0), *lasting(1000)])

    def remember(attempt: int, delay: float) -> None:
        del attempt, delay
        states.append(stream.stats.state)

    stream = x.streams().posts(stream_config=StreamConfig(on_reconnect=remember))
    await first(aiter(stream), 1)
    assert [(each.retry_count, each.current_backoff, each.is_connected) for each in states] == [
        (1, 5.0, False),
        (2, 10.0, False),
    ]
    assert states[-1].last_error is not None
    assert states[-1].last_error.error_type is StreamErrorType.SERVER_ERROR
    assert (stream.stats.state.retry_count, stream.stats.state.current_backoff) == (0, 0.0)
    assert stream.stats.state.total_items_received == 1
