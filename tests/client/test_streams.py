"""Streams over real sockets: what arrives, when it arrives, and that nothing stays open."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import cast

import httpx
import pytest

from tests.client.fakes import CHUNKED, OK, FakeX, Play, listening, nothing_left, other_tasks, serving, turns
from xdk_async import (
    AsyncClient,
    AuthenticationError,
    Conflict,
    ConnectFailed,
    CredentialsError,
    Disconnected,
    Gap,
    InvalidArgument,
    RateLimited,
    ServerError,
    Stream,
    StreamConfig,
    StreamConnected,
    Streamed,
    StreamEnded,
    StreamEvent,
    TimedOut,
    TooManyConnections,
    UndecodableLine,
    UsageCapExceeded,
    XError,
    models,
)

TEXTS = ["plain", "two\u2028lines\u0085", "snow ☃ and 🐍", "\\r\\n"]


def event(number: int, text: str = "plain") -> bytes:
    return b'{"data":{"id":"%d","text":"%s"}}\r\n' % (number, text.encode())


EVENTS = [event(number, text) for number, text in enumerate(TEXTS)]
HEARTBEAT = b"\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def head(encoding: str) -> bytes:
    return (
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: %s\r\n\r\n" % encoding.encode()) if encoding else CHUNKED
    )


def streaming(*parts: bytes | float, encoding: str = "", then: bool = False) -> Play:
    """A stream of these chunks and pauses; at its end the server stays silent, or (`then`) ends it properly."""
    says: list[bytes | float] = [head(encoding), *(chunk(part) if isinstance(part, bytes) else part for part in parts)]
    return Play([*says, b"0\r\n\r\n"]) if then else Play(says, "stay")


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    async with nothing_left():
        yield


ONCE = StreamConfig(max_retries=0)


async def test_a_stream_that_ended_is_not_connected_again_over_its_old_connection() -> None:
    errors = list[XError]()
    config = StreamConfig(on_error=errors.append)
    async with serving(streaming(event(1), then=True), streaming(event(2))) as server:
        async with AsyncClient(server.address, "token") as client, client.stream.posts(stream_config=config) as stream:
            assert [(await anext(stream)).data.id for _ in range(2)] == ["1", "2"]
        assert (server.connections, server.arrivals, errors) == (2, 2, [])


async def read_all(client: AsyncClient, config: StreamConfig = ONCE) -> list[str | None]:
    """The texts of one connection that is closed properly."""
    got: list[str | None] = []
    with pytest.raises(StreamEnded) as raised:
        async with client.stream.posts(stream_config=config) as posts:
            async for post in posts:
                got.append(post.data.text)
    if raised.value.original_exception is not None:
        raise raised.value.original_exception
    return got


# What arrives


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
@pytest.mark.parametrize("pause", [False, True], ids=["at once", "one by one"])
async def test_posts_arrive_whole_however_they_are_cut(size: int, pause: bool) -> None:
    parts: Sequence[bytes | float] = pieces(b"".join(EVENTS), size)
    if pause:
        parts = [part for each in pieces(b"".join(EVENTS[:2]), size) for part in (each, 0.0)] + list(EVENTS[2:])
    async with serving(streaming(*parts, then=True)) as server, AsyncClient(server.address, "token") as client:
        assert await read_all(client) == ["plain", "two\u2028lines\u0085", "snow ☃ and 🐍", "\r\n"]


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_a_post_is_there_as_soon_as_it_has_been_sent(encoding: str) -> None:
    packer = zlib.compressobj(wbits=31)

    def sent(data: bytes) -> bytes:
        return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH) if encoding else data

    taken, found = asyncio.Semaphore(0), 0

    async def x(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head(encoding))
        for each in EVENTS:
            writer.write(chunk(sent(each)))
            await taken.acquire()  # the next one is sent when this one has been read
        await reader.read()
        writer.close()

    async with listening(x) as address, AsyncClient(address, "token") as client, asyncio.timeout(20):
        async with client.stream.posts() as posts:
            async for _ in posts:
                found += 1
                taken.release()
                if found == len(EVENTS):
                    break
    assert found == len(EVENTS)


@pytest.mark.parametrize("size", [1, 10, 10_000])
async def test_a_compressed_stream_may_be_made_of_several_parts(size: int) -> None:
    parts = pieces(b"".join(gzip.compress(each) for each in EVENTS), size)
    play = streaming(*parts, encoding="gzip", then=True)
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        assert len(await read_all(client)) == 4


async def test_what_was_compressed_wrongly_is_a_disconnect() -> None:
    play = streaming(gzip.compress(EVENTS[0]), b"nonsense", encoding="gzip")
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        with pytest.raises(Disconnected):
            await read_all(client)


async def test_a_mocked_stream_may_be_compressed_too() -> None:
    packed = httpx.Response(200, content=gzip.compress(b"".join(EVENTS)), headers={"content-encoding": "gzip"})
    async with AsyncClient(bearer_token="token", transport=FakeX(packed)) as client:
        assert len(await read_all(client)) == 4


async def test_heartbeats_and_messages_without_data_are_passed_over() -> None:
    told = b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect"}]}\r\n'
    parts = (HEARTBEAT, EVENTS[0], HEARTBEAT * 3, told, b"what is this\r\n", b"[]\r\n", b"null\n", EVENTS[1], HEARTBEAT)
    async with serving(streaming(*parts, then=True)) as server, AsyncClient(server.address, "token") as client:
        assert len(await read_all(client)) == 2


MISFIT = b'{"data":{"id":"1","text":"plain","public_metrics":7}}'


@pytest.mark.parametrize(
    ("last", "count"), [(EVENTS[1].rstrip(), 2), (MISFIT, 2), (EVENTS[1][:-5], 1), (EVENTS[1][:-3], 1), (b"", 1)]
)
async def test_a_last_line_counts_if_it_is_whole(last: bytes, count: int) -> None:
    parts = [part for part in (EVENTS[0], last) if part]
    async with serving(streaming(*parts, then=True)) as server, AsyncClient(server.address, "token") as client:
        assert len(await read_all(client)) == count


async def test_what_came_before_a_break_is_still_handed_out() -> None:
    play = Play([CHUNKED, chunk(EVENTS[0]), chunk(EVENTS[1][:10]), 0.02], "reset")
    got: list[str | None] = []
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        with pytest.raises(StreamEnded) as raised:
            async for post in client.stream.posts(stream_config=ONCE):
                got.append(post.data.id)
    assert got == ["0"]
    assert isinstance(raised.value.original_exception, Disconnected)
    assert str(raised.value).startswith("GET /2/tweets/search/stream: ")


async def test_a_second_loop_goes_on_where_the_first_stopped() -> None:
    whole = gzip.compress(b"".join(EVENTS))
    play = streaming(whole[:40], 0.02, whole[40:], encoding="gzip")
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        async with client.stream.posts() as posts:
            got = [(await anext(aiter(posts))).data.id]
            async for post in posts:
                got.append(post.data.id)
                break
            async for post in posts:
                got.append(post.data.id)
                if len(got) == 4:
                    break
    assert got == ["0", "1", "2", "3"]
    assert server.arrivals == 1


# Opening


async def test_nothing_is_sent_before_the_stream_is_entered() -> None:
    async with serving(streaming()) as server, AsyncClient(server.address, "token") as client:
        stream = client.stream.posts()
        aiter(stream)
        await turns()
        assert server.connections == 0
        assert repr(stream) == "<Stream stream.posts, closed>"
        async with stream:
            assert repr(stream) == "<Stream stream.posts, open>"


async def test_mistakes_are_told_before_anything_is_sent() -> None:
    async with serving(streaming()) as server, AsyncClient(server.address, access_token="token") as client:
        with pytest.raises(InvalidArgument, match="backfill_minutes"):
            client.stream.posts(backfill_minutes=9)
        with pytest.raises(CredentialsError, match="bearer_token="):
            async with client.stream.posts():
                pass
        assert server.connections == 0


async def test_a_stream_does_not_take_the_place_of_calls() -> None:
    async with (
        asyncio.timeout(1),
        serving(streaming(*EVENTS), streaming(), Play(OK)) as server,
        AsyncClient(server.address, "token", max_connections=1) as client,
        client.stream.posts() as posts,
        client.stream.posts_sample(),
    ):
        assert (await anext(aiter(posts))).data.id == "0"
        await client.users.get_me()


async def test_settings_of_a_view_count_for_its_streams() -> None:
    async with serving(streaming(*EVENTS)) as server, AsyncClient(server.address, "token") as client:
        async with client.with_options(headers={"X-A": "a"}).stream.posts():
            assert "\r\nX-A: a\r\n" in server.heads[0]


async def test_it_is_told_when_the_stream_is_open() -> None:
    told: list[int] = []
    config = StreamConfig(on_connect=lambda: told.append(1), max_retries=0)
    refused = Play(b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n")
    async with serving(refused, streaming(*EVENTS)) as server, AsyncClient(server.address, "token") as client:
        with pytest.raises(Conflict):
            await read_all(client, config)
        assert told == []
        async for _ in client.stream.posts(stream_config=config):
            break
    assert told == [1]


@pytest.mark.parametrize("bare", [False, True])
async def test_a_failing_callback_closes_the_stream(bare: bool) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    async with serving(streaming(*EVENTS)) as server, AsyncClient(server.address, "token") as client:
        stream = client.stream.posts(stream_config=StreamConfig(on_connect=fail))
        with pytest.raises(ZeroDivisionError):
            if bare:
                async for _ in stream:
                    pass
            else:
                async with stream:
                    pass
        await server.gone()


async def test_an_open_stream_cannot_be_entered_again_and_a_closed_one_can() -> None:
    async with serving(streaming(*EVENTS)) as server, AsyncClient(server.address, "token") as client:
        stream = client.stream.posts()
        async with stream:
            with pytest.raises(RuntimeError, match="open already"):
                async with stream:
                    pass
            assert (await anext(aiter(stream))).data.id == "0"
        async with stream:
            assert (await anext(aiter(stream))).data.id == "0"
        assert server.connections == 2


# Refusals


def refusal(status: int, body: bytes = b"", *headers: bytes) -> Play:
    lines = b"".join(header + b"\r\n" for header in headers)
    return Play(b"HTTP/1.1 %d No\r\n%sContent-Length: %d\r\n\r\n%s" % (status, lines, len(body), body))


TOO_MANY = b'{"title":"ConnectionException","connection_issue":"TooManyConnections","type":"https://api.twitter.com/2/problems/streaming-connection"}'
CAPPED = b'{"title":"UsageCapExceeded","type":"https://api.twitter.com/2/problems/usage-capped"}'


@pytest.mark.parametrize(
    ("play", "named"),
    [
        (refusal(401, b'{"title":"Unauthorized"}'), AuthenticationError),
        (refusal(409, b'{"title":"Conflict"}'), Conflict),
        (refusal(429, TOO_MANY), TooManyConnections),
        (refusal(429, CAPPED), UsageCapExceeded),
        (refusal(429, b'{"title":"Too Many Requests"}'), RateLimited),
        (refusal(429, gzip.compress(TOO_MANY, mtime=0), b"Content-Encoding: gzip"), TooManyConnections),
        (refusal(503, b"<html>"), ServerError),
        (Play(then="hang up"), Disconnected),
        (Play(then="reset"), Disconnected),
    ],
)
@pytest.mark.parametrize("bare", [False, True])
async def test_a_stream_that_x_refuses_raises_what_a_call_would_and_leaves_nothing(
    play: Play, named: type[XError], bare: bool
) -> None:
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        with pytest.raises(named):
            if bare:
                async for _ in client.stream.posts(stream_config=ONCE):
                    pass
            else:
                await read_all(client)
        assert server.arrivals == 1


async def test_a_stream_out_of_reach_is_a_failed_connect() -> None:
    async with AsyncClient("http://127.0.0.1:9", "token") as client:
        with pytest.raises(ConnectFailed) as raised:
            await read_all(client)
    assert not raised.value.sent


async def test_a_line_that_is_too_long_is_passed_over_and_told() -> None:
    play = streaming(EVENTS[0], *[b'{"data":' * 20] * 20, b"\n", EVENTS[1])
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        async with client.stream.posts(stream_config=StreamConfig(longest_line=100)) as posts:
            got = [event async for event in until_data(posts.events(), 2)]
        kinds = [type(event) for event in got]
        assert kinds == [StreamConnected, Streamed, UndecodableLine, Gap, Streamed]
        line, gap = got[2], got[3]
        assert isinstance(line, UndecodableLine)
        assert line.size == 3200
        assert line.line.startswith(b'{"data":{"data"')
        assert isinstance(gap, Gap)
        assert gap.start <= gap.end
        assert posts.stats.gaps == 1


async def until_data(
    events: AsyncIterator[StreamEvent[models.Post]], count: int
) -> AsyncIterator[StreamEvent[models.Post]]:
    """What comes until so many events with data have."""
    async for event in events:
        yield event
        count -= isinstance(event, Streamed)
        if not count:
            return


# Silence


@pytest.mark.parametrize("parts", [(), (EVENTS[0],), (EVENTS[0], b'{"data"')], ids=["nothing", "a post", "half a post"])
async def test_silence_is_a_timeout_and_closes_the_connection(parts: tuple[bytes, ...]) -> None:
    got: list[str | None] = []
    async with serving(streaming(*parts)) as server, AsyncClient(server.address, "token") as client:
        started = asyncio.get_running_loop().time()
        with pytest.raises((TimedOut, StreamEnded)) as raised:
            async for post in client.stream.posts(stream_config=StreamConfig(timeout=0.05, max_retries=0)):
                got.append(post.data.id)
        assert 0.04 < asyncio.get_running_loop().time() - started < 0.3
        await server.gone()
    error = raised.value.original_exception if isinstance(raised.value, StreamEnded) else raised.value
    assert isinstance(error, TimedOut)
    assert error.phase == "read"
    assert len(got) == len(parts[:1])


async def test_silence_before_the_answer_is_a_timeout_too() -> None:
    async with serving(Play(then="stay")) as server, AsyncClient(server.address, "token") as client:
        with pytest.raises(TimedOut):
            await read_all(client, StreamConfig(max_retries=0, timeout=0.05))


async def test_the_deadline_is_for_opening_a_stream_not_for_reading_it() -> None:
    play = streaming(0.1, EVENTS[0], then=True)
    async with serving(Play(then="stay"), play) as server, AsyncClient(server.address, "token") as client:
        view = client.with_options(deadline=0.05)
        with pytest.raises(TimedOut) as raised:
            await read_all(view, StreamConfig(max_retries=0, timeout=0.5))
        assert raised.value.phase == "deadline"
        await server.gone()
        assert await read_all(view) == ["plain"]


async def test_a_heartbeat_is_a_sign_of_life() -> None:
    beats: list[bytes | float] = [part for _ in range(6) for part in (HEARTBEAT, 0.03)]
    play = streaming(*beats, EVENTS[0], then=True)
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        assert await read_all(client, StreamConfig(max_retries=0, timeout=0.08)) == ["plain"]


async def test_without_a_timeout_silence_is_waited_out() -> None:
    play = streaming(0.1, EVENTS[0], then=True)
    async with serving(play) as server, AsyncClient(server.address, "token", timeout=0.05) as client:
        assert await read_all(client, StreamConfig(max_retries=0, timeout=None)) == ["plain"]


@pytest.mark.parametrize(
    "said",
    [
        b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect"}]}',
        b'{"errors":[{"type":"https://api.x.com/2/problems/operational-disconnect","detail":"over"}]}',
        b'{"errors":[{"title":"ConnectionException","connection_issue":"TooManyConnections"}]}',
    ],
)
@pytest.mark.parametrize("timeout", [20.0, None])
async def test_a_connection_that_x_says_is_over_is_closed_though_x_leaves_it_open(
    said: bytes, timeout: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xdk_async._core.listening.FAREWELL", 0.05)
    lost = list[Exception | None]()
    config = StreamConfig(timeout=timeout, on_disconnect=lost.append)
    over = streaming(event(1), said + b"\r\n", 0.02, event(2))
    async with serving(over, streaming(event(3), 0.2, event(4))) as server, asyncio.timeout(5):
        async with AsyncClient(server.address, "token") as client, client.stream.posts(stream_config=config) as stream:
            assert [(await anext(stream)).data.id for _ in range(4)] == ["1", "2", "3", "4"]
        assert server.arrivals == 2
        assert isinstance(lost[0], Disconnected) and "did not close it" in str(lost[0])


async def test_problems_that_are_not_about_the_connection_leave_it_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xdk_async._core.listening.FAREWELL", 0.05)
    play = streaming(b'{"errors":[{"title":"Not Found Error"}]}\r\n', 0.2, event(1))
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        async with client.stream.posts() as stream:
            assert (await anext(stream)).data.id == "1"
        assert server.arrivals == 1


# Closing


@pytest.mark.parametrize("how", ["block", "loop", "cancelled"])
async def test_leaving_closes_the_connection_of_a_transport_of_httpx_too(how: str) -> None:
    async def read(client: AsyncClient) -> None:
        async with client.stream.posts() as posts:
            async for _ in posts:
                if how == "block":
                    return

    async with serving(streaming(event(1))) as server, httpx.AsyncHTTPTransport() as transport:
        async with AsyncClient(server.address, "token", transport=transport) as client:
            if how == "loop":
                async for _ in client.stream.posts():
                    break
            else:
                reading = asyncio.create_task(read(client))
                await asyncio.sleep(0.1)
                reading.cancel()
                await asyncio.wait([reading])
            await server.gone()


async def test_leaving_the_block_closes_the_connection_at_once() -> None:
    async with serving(streaming(*EVENTS)) as server, AsyncClient(server.address, "token") as client:
        async with client.stream.posts() as posts:
            async for _ in posts:
                break
            assert not server.left.is_set()
        await server.gone()
        await posts.aclose()


async def test_leaving_the_block_leaves_nothing_to_the_next_turn_of_the_loop() -> None:
    async with serving(streaming(*EVENTS)) as server, AsyncClient(server.address, "token") as client:
        async with client.stream.posts() as posts:
            before = other_tasks()
            events = cast("AsyncGenerator[Streamed[models.Post], None]", aiter(posts))
            async with contextlib.aclosing(events):
                await anext(events)
        await turns(1)
        assert other_tasks() <= before


@pytest.mark.parametrize("way", ["break", "return", "raise"])
async def test_a_bare_loop_closes_the_connection_within_a_few_turns(way: str) -> None:
    async def first(client: AsyncClient) -> None:
        async for _ in client.stream.posts():
            if way == "return":
                return
            if way == "raise":
                raise ZeroDivisionError
            break

    async with serving(streaming(*EVENTS)) as server, AsyncClient(server.address, "token") as client:
        try:
            await first(client)
        except ZeroDivisionError:
            assert way == "raise"
        await server.gone()


async def test_each_bare_loop_has_a_connection_of_its_own() -> None:
    async with serving(streaming(*EVENTS)) as server, AsyncClient(server.address, "token") as client:
        posts = client.stream.posts()
        got = [post.data.id async for post in first_of(posts)]
        await server.gone()
        for _ in range(2):
            got += [post.data.id async for post in first_of(posts)]
        assert got == ["0", "0", "0"]
        assert server.connections == 3


async def first_of(posts: Stream[models.Post]) -> AsyncIterator[Streamed[models.Post]]:
    async for post in posts:
        yield post
        break


async def test_an_error_within_the_block_closes_the_connection_and_comes_out() -> None:
    async with serving(streaming(*EVENTS)) as server, AsyncClient(server.address, "token") as client:
        with pytest.raises(ZeroDivisionError):
            async with client.stream.posts() as posts:
                async for _ in posts:
                    raise ZeroDivisionError
        await server.gone()


@pytest.mark.parametrize("play", [streaming(*EVENTS), Play(then="stay")], ids=["reading", "connecting"])
@pytest.mark.parametrize("bare", [False, True])
async def test_cancelling_ends_the_stream(play: Play, bare: bool) -> None:
    async def follow(client: AsyncClient) -> None:
        if bare:
            async for _ in client.stream.posts():
                pass
        else:
            await read_all(client)

    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        following = asyncio.create_task(follow(client))
        while not server.bodies:
            await asyncio.sleep(0)
        await turns(10)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
        assert following.cancelled()
        await server.gone()


async def test_closing_the_client_ends_its_streams() -> None:
    async with serving(streaming(*EVENTS)) as server:
        client = AsyncClient(server.address, "token")
        following = asyncio.create_task(read_all(client, StreamConfig()))
        await asyncio.sleep(0.05)
        await client.aclose()
        assert len(await following) == 4  # and then StreamEnded, which says that the client was closed
        await server.gone()


async def test_closing_a_stream_ends_whoever_reads_it() -> None:
    async with serving(streaming(*EVENTS)) as server, AsyncClient(server.address, "token") as client:
        stream = client.stream.posts()

        async def follow() -> int:
            return len([post async for post in stream])

        async with stream:
            following = asyncio.create_task(follow())
            await asyncio.sleep(0.05)
        async with asyncio.timeout(0.3):
            assert await following == 4
