"""Streams over real sockets that break at random: what is handed out is what was sent, less the gaps that were told."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.client.fakes import CHUNKED, Play, listening, nothing_left, sender_over, serving
from tests.client.fakes import Clock as FakeClock
from tests.stream.faulty import FaultyX
from xdk_async import AsyncClient, Gap, StreamConfig, Streamed
from xdk_async.groups.stream import StreamClient

BOTH = frozenset({"backfill_minutes", "start_time"})
ACCESS = [frozenset[str](), frozenset({"backfill_minutes"}), frozenset({"start_time"}), BOTH]
TICK = 0.002  # ids hold milliseconds


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    async with nothing_left():
        yield


class RealClock(FakeClock):
    """The machine's time, but for waits, which take next to none."""

    def __call__(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(min(seconds, 0.001))


async def check(seed: int) -> None:
    x = FaultyX(seed, random.Random(seed).choice(ACCESS))
    got: list[str] = []
    gaps: list[Gap] = []
    async with asyncio.timeout(20), listening(x.attend) as address:
        sender = sender_over(None, RealClock(), address)
        streams = StreamClient(sender)
        try:
            async with streams.posts(stream_config=StreamConfig(timeout=0.15)) as posts:
                async for event in posts.events():
                    if isinstance(event, Streamed):
                        assert event.data.id
                        assert event.data.text == text_of(x, event.data.id)
                        got.append(event.data.id)
                    elif isinstance(event, Gap):
                        gaps.append(event)
                    if x.finished and x.posts[-1].id in got:
                        break
        finally:
            await sender.transport.aclose()
    missing = [post for post in x.posts if post.id not in got]
    spans = [(gap.start.timestamp() - TICK, gap.end.timestamp() + TICK) for gap in gaps]
    assert [each for each, count in Counter(got).items() if count > 1] == []
    assert [post for post in missing if not any(start <= post.made <= end for start, end in spans)] == []
    assert not (x.access and gaps), "what X sends again is no gap"


def text_of(x: FaultyX, id: str) -> str:
    (line,) = (post.line for post in x.posts if post.id == id)
    text: str = json.loads(line)["data"]["text"]
    return text


@pytest.mark.parametrize("batch", range(8))
async def test_what_comes_out_is_what_was_sent_less_the_gaps_without_repeats(batch: int) -> None:
    await asyncio.gather(*(check(seed) for seed in range(batch * 8, batch * 8 + 8)))


@pytest.mark.soak
@pytest.mark.parametrize("batch", range(60))
async def test_the_same_for_hundreds_of_seeds(batch: int) -> None:
    await asyncio.gather(*(check(seed) for seed in range(1000 + batch * 8, 1000 + batch * 8 + 8)))


async def test_a_line_of_10_megabytes_arrives() -> None:
    big = b'{"data":{"id":"1","text":"%s"}}\r\n' % (b"x" * 10_000_000)
    play = Play(
        [CHUNKED, *(b"%x\r\n%s\r\n" % (len(part), part) for part in (big[:5_000_000], big[5_000_000:]))], "stay"
    )
    async with serving(play) as server, AsyncClient(server.address, "token") as client:
        async for event in client.stream.posts():
            assert event.data.text is not None
            assert len(event.data.text) == 10_000_000
            break
