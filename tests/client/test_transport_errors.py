"""What a call makes of every way a connection can fail, against real sockets: its name, whether it is repeated, when it ends."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from tests.client.fakes import (
    CHUNKED,
    OK,
    SHORT,
    Clock,
    FakeX,
    Play,
    ask,
    limited,
    nothing_left,
    sender_over,
    serving,
    unused_address,
)
from xdk_async import (
    AsyncClient,
    ConnectFailed,
    Disconnected,
    RateLimited,
    ServerError,
    TimedOut,
    Timeouts,
    TransportError,
    XError,
)

BROKEN = [
    Play(then="hang up"),
    Play(b"HTTP/1.1 200 OK\r\nContent-Le", "hang up"),
    Play(then="reset"),
    Play(SHORT, "hang up"),
    Play(SHORT, "reset"),
    Play(CHUNKED + b"5\r\n{'dat\r\n", "hang up"),
    Play(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "stay"),
    Play(b"\x16\x03\x01 nonsense\r\n\r\n", "hang up"),
]
NAMES = ["drop", "drop within the head", "reset", "truncate", "reset within the body", "chunks", "garbage", "binary"]
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
METHODS = [("GET", 3), ("PUT", 3), ("DELETE", 3), ("POST", 1), ("PATCH", 1)]


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    async with nothing_left():
        yield


# Names


@pytest.mark.parametrize("play", BROKEN, ids=NAMES)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_that_does_not_come_whole_is_a_disconnect_that_x_may_have_acted_on(
    play: Play, method: str
) -> None:
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        with pytest.raises(Disconnected) as raised:
            await client.with_options(retries=0).request(method, "/2/anything")
    assert raised.value.sent
    assert raised.value.attempt == 1
    assert str(raised.value).startswith(f"{method} /2/anything: ")
    assert server.arrivals == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_refused_connection_is_a_failed_connect_and_nothing_was_sent(method: str) -> None:
    async with AsyncClient(unused_address(), "token") as client:
        with pytest.raises(ConnectFailed) as raised:
            await client.with_options(retries=0).request(method, "/2/anything")
    assert not raised.value.sent


async def test_a_server_that_does_not_shake_hands_is_a_connect_timeout() -> None:
    async with serving(Play()) as server:
        secure = server.address.replace("http:", "https:")
        async with AsyncClient(secure, "token", timeout=Timeouts(connect=0.05)) as client:
            with pytest.raises(TimedOut) as raised:
                await client.with_options(retries=0).users.get_me()
    assert (raised.value.phase, raised.value.sent) == ("connect", False)


@pytest.mark.parametrize("play", [Play(then="stay"), Play(SHORT, "stay")], ids=["no answer", "half an answer"])
async def test_silence_is_a_read_timeout(play: Play) -> None:
    async with serving(play) as server, AsyncClient(server.address, "token", timeout=Timeouts(read=0.05)) as client:
        with pytest.raises(TimedOut) as raised:
            await client.with_options(retries=0).users.get_me()
        await server.gone()
    assert (raised.value.phase, raised.value.sent) == ("read", True)


async def test_a_server_that_takes_no_more_is_a_write_timeout() -> None:
    play = Play(then="read nothing")
    async with serving(play) as server, AsyncClient(server.address, "token", timeout=Timeouts(write=0.1)) as client:
        with pytest.raises(TimedOut) as raised:
            await client.with_options(retries=0).request("POST", "/2/anything", json={"text": "x" * 20_000_000})
    assert (raised.value.phase, raised.value.sent) == ("write", True)


async def test_no_free_connection_is_a_pool_timeout_and_nothing_was_sent() -> None:
    async with (
        serving(Play(then="stay")) as server,
        AsyncClient(server.address, "token", max_connections=1, timeout=Timeouts(pool=0.05)) as client,
    ):
        busy = asyncio.create_task(client.users.get_me())
        while not server.arrivals:
            await asyncio.sleep(0)
        with pytest.raises(TimedOut) as raised:
            await client.with_options(retries=0).users.get_me()
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
    assert (raised.value.phase, raised.value.sent) == ("pool", False)
    assert server.arrivals == 1


async def test_calls_beyond_the_number_of_connections_wait_for_one() -> None:
    play = Play([0.01, OK])
    async with serving(play) as server, AsyncClient(server.address, "token", max_connections=2) as client:
        await asyncio.gather(*(client.users.get_me() for _ in range(6)))
        assert (server.connections, server.arrivals) == (2, 6)


@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"", b"\x1f\x8b broken"])
async def test_a_success_never_raises_because_of_its_shape(body: bytes) -> None:
    encoding = b"Content-Encoding: gzip\r\n" if body.startswith(b"\x1f") else b""
    answer = b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (encoding, len(body), body)
    async with serving(Play(answer)) as server, AsyncClient(server.address, "token") as client:
        answered = await client.users.get_me()
    assert (answered.data, answered.raw, bool(answered.undecoded)) == (None, body, bool(body))


async def test_compressed_answers_are_asked_for_and_read() -> None:
    body = gzip.compress(b'{"data": {"id": "7"}}')
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    async with serving(Play(answer)) as server, AsyncClient(server.address, "token") as client:
        answered = await client.users.get_me()
    assert answered.data is not None
    assert answered.data.id == "7"
    assert "\r\naccept-encoding: gzip\r\n" in server.heads[0].lower()


NOT_OURS = [
    (httpx.ConnectError("x"), ConnectFailed, False),
    (httpx.ProxyError("x"), ConnectFailed, False),
    (httpx.UnsupportedProtocol("x"), ConnectFailed, False),
    (httpx.ConnectTimeout("x"), TimedOut, False),
    (httpx.PoolTimeout("x"), TimedOut, False),
    (httpx.ReadTimeout("x"), TimedOut, True),
    (httpx.WriteTimeout("x"), TimedOut, True),
    (httpx.ReadError("x"), Disconnected, True),
    (httpx.WriteError("x"), Disconnected, True),
    (httpx.CloseError("x"), Disconnected, True),
    (httpx.RemoteProtocolError("x"), Disconnected, True),
    (httpx.LocalProtocolError("x"), Disconnected, True),
    (httpx.DecodingError("x"), Disconnected, True),
    (httpx.StreamClosed(), Disconnected, True),
]


@pytest.mark.parametrize(("theirs", "ours", "sent"), NOT_OURS, ids=lambda each: getattr(each, "__name__", repr(each)))
async def test_nothing_of_httpx_escapes_from_a_transport_that_was_passed_in(
    theirs: Exception, ours: type[TransportError], sent: bool
) -> None:
    async with AsyncClient(bearer_token="token", transport=FakeX(theirs)) as client:
        with pytest.raises(TransportError) as raised:
            await client.with_options(retries=0).users.get_me()
    assert (type(raised.value), raised.value.sent) == (ours, sent)
    assert raised.value.__cause__ is theirs


async def test_what_is_no_error_of_the_connection_comes_out_as_it_is() -> None:
    async with AsyncClient(bearer_token="token", transport=FakeX(ZeroDivisionError())) as client:
        with pytest.raises(ZeroDivisionError):
            await client.users.get_me()


# Repetitions


@pytest.mark.parametrize("play", BROKEN, ids=NAMES)
@pytest.mark.parametrize(("method", "attempts"), METHODS)
async def test_after_a_disconnect_all_but_post_is_repeated(play: Play, method: str, attempts: int) -> None:
    clock = Clock()
    async with serving(play) as server:
        sender = sender_over(None, clock, server.address, retries=2)
        with pytest.raises(Disconnected) as raised:
            await ask(sender, method)
        await sender.transport.aclose()
    assert server.arrivals == raised.value.attempt == attempts
    assert clock.slept == [0.5, 1][: attempts - 1]


@pytest.mark.parametrize(("method", "attempts"), METHODS)
async def test_after_silence_all_but_post_is_repeated(method: str, attempts: int) -> None:
    async with serving(Play(then="stay")) as server:
        sender = sender_over(None, Clock(), server.address, retries=2, timeout=Timeouts(read=0.03))
        with pytest.raises(TimedOut) as raised:
            await ask(sender, method)
        await sender.transport.aclose()
    assert server.arrivals == raised.value.attempt == attempts


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_was_never_sent_is_repeated_whatever_the_method(method: str) -> None:
    clock = Clock()
    sender = sender_over(None, clock, unused_address(), retries=2)
    with pytest.raises(ConnectFailed) as raised:
        await ask(sender, method)
    await sender.transport.aclose()
    assert raised.value.attempt == 3
    assert clock.slept == [0.5, 1]


async def test_a_post_that_timed_out_on_connecting_is_repeated() -> None:
    async with serving(Play()) as server:
        secure = server.address.replace("http:", "https:")
        sender = sender_over(None, Clock(), secure, retries=2, timeout=Timeouts(connect=0.03))
        with pytest.raises(TimedOut) as raised:
            await ask(sender, "POST")
        await sender.transport.aclose()
    assert (raised.value.phase, raised.value.attempt, server.connections) == ("connect", 3, 3)


@pytest.mark.parametrize("play", BROKEN, ids=NAMES)
async def test_a_post_is_repeated_after_a_disconnect_only_if_that_is_wanted(play: Play) -> None:
    async with serving(play, Play(OK)) as server:
        sender = sender_over(None, Clock(), server.address, retry_posts=True)
        await ask(sender, "POST")
        await sender.transport.aclose()
    assert server.arrivals == 2
    assert server.bodies == [b'{"a":1}', b'{"a":1}']


async def test_the_call_succeeds_once_the_server_does() -> None:
    clock = Clock()
    async with serving(Play(then="reset"), Play(UNAVAILABLE), Play(SHORT, "hang up"), Play(OK)) as server:
        sender = sender_over(None, clock, server.address)
        await ask(sender)
        await sender.transport.aclose()
    assert server.arrivals == 4
    assert clock.slept == [0.5, 1, 2]


async def test_no_repetition_is_made_that_was_not_allowed() -> None:
    for answer in (Play(UNAVAILABLE), Play(then="hang up")):
        async with serving(answer) as server, AsyncClient(server.address, "token") as client:
            with pytest.raises(XError) as raised:
                await client.with_options(retries=0).users.get_me()
        assert (server.arrivals, raised.value.attempt) == (1, 1)


# The deadline


async def hang(_: object = None) -> str:
    await asyncio.Event().wait()
    return ""


async def drip(client: AsyncClient) -> None:
    """An answer of which each byte comes in time."""
    await client.with_options(timeout=Timeouts(read=0.05)).users.get_me()


async def page(client: AsyncClient) -> None:
    await anext(client.posts.search_recent("query"))


async def post(client: AsyncClient) -> None:
    await client.posts.create(text="hello")


DRIPPING = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *(part for _ in range(20) for part in (0.02, b" "))]


@pytest.mark.parametrize(
    ("play", "call"),
    [
        (Play(then="stay"), post),
        (Play(SHORT, "stay"), page),
        (Play(DRIPPING, "stay"), drip),
        (Play(then="read nothing"), page),
    ],
    ids=["no answer", "half an answer", "drip", "nobody reads"],
)
async def test_the_deadline_ends_a_call_and_its_connection(
    play: Play, call: Callable[[AsyncClient], Awaitable[None]]
) -> None:
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        started = time.monotonic()
        with pytest.raises(TimedOut) as raised:
            await call(client.with_options(deadline=0.1))
        assert 0.09 < time.monotonic() - started < 0.5
    assert (raised.value.phase, raised.value.sent, raised.value.attempt) == ("deadline", True, 1)
    assert "0.1 s" in str(raised.value)


async def test_after_the_deadline_nothing_runs_on_while_the_client_is_still_open() -> None:
    async with serving(Play(then="stay")) as server, AsyncClient(server.address, "token") as client:
        async with nothing_left():
            with pytest.raises(TimedOut):
                await client.with_options(deadline=0.05).users.get_me()
            await server.gone()


async def test_the_deadline_covers_the_waits_between_attempts() -> None:
    x = FakeX(*(httpx.Response(503) for _ in range(100)))
    async with AsyncClient(bearer_token="token", transport=x) as client:
        started = time.monotonic()
        with pytest.raises((TimedOut, ServerError)):
            await client.with_options(deadline=0.1, retries=99).users.get_me()
        assert time.monotonic() - started < 0.3


async def test_a_wait_that_would_outlast_the_deadline_is_not_begun() -> None:
    clock = Clock()
    x = FakeX(*(httpx.Response(503) for _ in range(9)))
    with pytest.raises(ServerError) as raised:
        await ask(sender_over(x, clock, deadline=3, retries=9))
    assert clock.slept == [0.5, 1]
    assert raised.value.attempt == 3


async def test_the_deadline_names_the_attempt_it_ended() -> None:
    async def stuck(response: httpx.Response) -> None:
        if len(x.requests) == 2:
            await hang()

    x = FakeX(*(limited(retry_after="0") for _ in range(9)))
    with pytest.raises(TimedOut) as raised:
        await ask(sender_over(x, Clock(), deadline=0.05, response_hooks=[stuck]))
    assert (raised.value.phase, raised.value.attempt) == ("deadline", 2)


async def test_the_deadline_covers_tokens_and_hooks() -> None:
    x = FakeX()
    for client in (
        AsyncClient(bearer_token=hang, transport=x),
        AsyncClient(bearer_token="token", transport=x, on_request=[lambda request: no_answer()]),
        AsyncClient(bearer_token="token", transport=x, on_response=[lambda response: no_answer()]),
    ):
        with pytest.raises(TimedOut) as raised:
            await client.with_options(deadline=0.03).users.get_me()
        assert raised.value.phase == "deadline"
    assert len(x.requests) == 1


async def no_answer() -> None:
    await hang()


async def test_the_deadline_covers_the_wait_for_a_connection() -> None:
    async with (
        serving(Play(then="stay")) as server,
        AsyncClient(server.address, "token", max_connections=1) as client,
    ):
        calls = (client.with_options(deadline=0.05).users.get_me() for _ in range(3))
        ended = await asyncio.gather(*calls, return_exceptions=True)
    assert [getattr(each, "phase", each) for each in ended] == ["deadline"] * 3


async def test_a_deadline_of_zero_sends_nothing() -> None:
    async with serving(Play(OK)) as server, AsyncClient(server.address, "token") as client:
        with pytest.raises(TimedOut):
            await client.with_options(deadline=0).users.get_me()
    assert server.arrivals == 0


async def test_a_call_within_its_deadline_is_not_disturbed() -> None:
    async with serving(Play([0.02, OK])) as server, AsyncClient(server.address, "token") as client:
        view = client.with_options(deadline=1)
        for _ in range(3):
            await view.users.get_me()
        assert server.connections == 1


async def test_a_timeout_of_the_caller_stays_the_callers() -> None:
    async with serving(Play(then="stay")) as server, AsyncClient(server.address, "token") as client:
        with pytest.raises(TimeoutError) as raised:
            async with asyncio.timeout(0.05):
                await client.with_options(deadline=5).users.get_me()
        await server.gone()
    assert not isinstance(raised.value, XError)


async def test_a_timeout_error_of_a_hook_is_not_taken_for_the_deadline() -> None:
    async def late(request: httpx.Request) -> None:
        raise TimeoutError("mine")

    async with AsyncClient(bearer_token="token", transport=FakeX(), on_request=[late]) as client:
        with pytest.raises(TimeoutError, match="mine"):
            await client.with_options(deadline=5).users.get_me()


async def test_cancelling_a_call_ends_its_connection_and_the_client_lives_on() -> None:
    async with serving(Play(then="stay"), Play(OK)) as server, AsyncClient(server.address, "token") as client:
        call = asyncio.create_task(client.users.get_me())
        while not server.arrivals:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert call.cancelled()
        await server.gone()
        await client.users.get_me()


async def test_cancelling_a_wait_ends_it() -> None:
    x = FakeX(limited(opens_in=50, now=time.time()))
    async with AsyncClient(bearer_token="token", transport=x) as client:
        call = asyncio.create_task(client.users.get_me())
        await asyncio.sleep(0.02)
        assert not call.done()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert len(x.requests) == 1


async def test_a_window_beyond_the_deadline_is_reported_as_such() -> None:
    x = FakeX(limited(opens_in=50, now=time.time()))
    async with AsyncClient(bearer_token="token", transport=x) as client:
        with pytest.raises(RateLimited):
            await client.with_options(deadline=10).users.get_me()
