"""The socket is read whether or not the consumer keeps up; what does not fit is counted exactly."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.client.fakes import CHUNKED, Play, nothing_left, serving, turns
from tests.stream.scripted import FOREVER, ScriptedX, first, post
from xdk_async import AsyncClient, InvalidArgument, StreamConfig, StreamError
from xdk_async._core.buffer import OnFull


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    async with nothing_left():
        yield


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("on_full", "kept"),
    [("wait", range(100)), ("drop_oldest", range(90, 100)), ("drop_newest", range(10))],
)
async def test_a_consumer_that_sleeps_gets_what_it_chose(on_full: OnFull, kept: range) -> None:
    x = ScriptedX([post(at) for at in range(100)] + [*FOREVER])
    async with x.streams().posts(stream_config=StreamConfig(buffer=10, on_full=on_full)) as posts:
        for _ in range(400):
            await asyncio.sleep(0)
        assert posts.stats.buffered == 10
        assert posts.stats.dropped == (0 if on_full == "wait" else 90)
        assert posts.stats.events == (11 if on_full == "wait" else 100)
        got = await first(aiter(posts), len(kept))
    assert [event.data.text for event in got] == [f"post {at}/0" for at in kept]


async def test_a_consumer_that_must_not_be_late_is_told() -> None:
    x = ScriptedX([post(at) for at in range(100)] + [*FOREVER])
    got: list[Any] = []
    with pytest.raises(StreamError, match="too slow: 10 events"):
        async for event in x.streams().posts(stream_config=StreamConfig(buffer=10, on_full="raise")):
            got.append(event)
            await turns(200)
    assert 10 <= len(got) < 100


async def test_the_socket_is_drained_while_the_consumer_sleeps() -> None:
    """Far more than the kernel's and the pool's buffers hold: if nobody read, the server could not send it."""
    line = b'{"data":{"id":"%d","text":"' + b"x" * 10_000 + b'"}}\r\n'
    parts = [chunk(line % number) for number in range(2_000)]
    async with serving(Play([CHUNKED, *parts], "stay")) as server, AsyncClient(server.address, "token") as client:
        async with client.stream.posts() as posts, asyncio.timeout(10):
            while posts.stats.events < 2_000:
                await asyncio.sleep(0.01)
            assert posts.stats.buffered == 2_000
            assert len(await first(aiter(posts), 2_000)) == 2_000


@pytest.mark.parametrize("on_full", ["wait", "drop_oldest"])
async def test_silence_of_the_consumer_is_not_taken_for_xs(on_full: OnFull) -> None:
    parts: list[bytes | float] = [chunk(b'{"data":{"id":"%d"}}\r\n' % number) for number in range(30)]
    beats: list[bytes | float] = [part for _ in range(30) for part in (0.02, chunk(b"\r\n"))]
    async with (
        serving(Play([CHUNKED, *parts, *beats], "stay")) as server,
        AsyncClient(server.address, "token") as client,
    ):
        config = StreamConfig(buffer=10, on_full=on_full, timeout=0.1)
        async with client.stream.posts(stream_config=config) as posts:
            await asyncio.sleep(0.3)
            await first(aiter(posts), 10)
            assert posts.stats.reconnects == 0


async def test_only_so_many_keys_are_kept_to_know_repeats() -> None:
    x = ScriptedX([post(at) for at in (0, 1, 2, 0)] + [*FOREVER])
    got = await first(aiter(x.streams().posts(stream_config=StreamConfig(remember=2))), 4)
    assert [event.data.text for event in got] == ["post 0/0", "post 1/0", "post 2/0", "post 0/0"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("buffer", 0), ("longest_line", 0), ("remember", -1), ("max_retries", -2), ("timeout", 0), ("max_elapsed", -1),
        ("backoff_multiplier", 0), ("on_full", "explode"), ("recovery", "backfill"), ("recovery", ["hope"]),
        ("checkpoint_every", -1), ("initial_backoff", -1),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(setting: str, value: Any) -> None:
    with pytest.raises(InvalidArgument, match=setting):
        StreamConfig(**{setting: value})


@pytest.mark.soak
@pytest.mark.parametrize("on_full", ["wait", "drop_oldest"])
async def test_a_million_events_leave_memory_as_it_was(on_full: OnFull) -> None:
    def lines(start: int) -> bytes:
        return b"".join(b'{"data":{"id":"%d","text":"plain"}}\r\n' % number for number in range(start, start + 1000))

    x = ScriptedX([lines(start) for start in range(0, 1_000_000, 1000)] + [*FOREVER])
    stream = x.streams().posts(stream_config=StreamConfig(on_full=on_full, buffer=2_000, remember=5_000))
    sizes: list[int] = []
    async with stream:
        tracemalloc.start()
        async for _ in stream:
            if stream.stats.events % 100_000 < 2 and len(sizes) < stream.stats.events // 100_000:
                sizes.append(tracemalloc.get_traced_memory()[0])
            if stream.stats.events >= 1_000_000 - 1:
                break
        tracemalloc.stop()
    assert max(sizes[2:]) < sizes[1] * 1.5 + 1_000_000
