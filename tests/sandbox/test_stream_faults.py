"""What can happen to a stream, byte by byte."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.sandbox.api import Api
from tests.sandbox.test_streams import STREAM, Lines, stream
from xdk_async.sandbox.fault.lines import padded, split

SAID = "python — größer 🐍"


async def ready(x: Api) -> None:
    await x.rules("python")


async def said(x: Api, count: int, first: int = 0) -> list[str]:
    return [await x.say(f"{SAID} {number}") for number in range(first, first + count)]


async def rest(lines: Lines) -> bytes:
    """What comes until the stream ends."""
    async with asyncio.timeout(5):
        return b"".join([chunk async for chunk in lines.response.aiter_raw()])


def ids(raw: bytes) -> list[str]:
    return [json.loads(line)["data"]["id"] for line in raw.split(b"\r\n") if line.strip()]


async def test_a_stream_ends_in_peace_after_so_many_events(x: Api) -> None:
    await ready(x)
    x.sandbox.faults.add("close", after=2)
    async with stream(x) as lines:
        made = await said(x, 3)
        assert ids(await rest(lines)) == made[:2]
    assert not x.sandbox.hub.connections


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"fault": "close", "then": "cut", "after": 1}, httpx.RemoteProtocolError),
        ({"fault": "close", "then": "reset", "after": 1}, httpx.ReadError),
        ({"fault": "reset", "after": 1}, httpx.ReadError),
        ({"fault": "truncate"}, httpx.RemoteProtocolError),
        ({"fault": "reset", "when": "amid"}, httpx.ReadError),
    ],
)
async def test_a_stream_breaks_off(x: Api, rule: dict[str, Any], error: type[Exception]) -> None:
    await ready(x)
    x.sandbox.faults.add_rule({**rule, "operation": "stream.posts"})
    with pytest.raises(error):
        async with stream(x) as lines:
            await said(x, 2)
            await rest(lines)
    async with asyncio.timeout(5):
        while x.sandbox.hub.connections:
            await asyncio.sleep(0.01)


async def test_half_a_line_comes(x: Api) -> None:
    await ready(x)
    x.sandbox.faults.add("half_line", after=1, then="end")
    async with stream(x) as lines:
        made = await said(x, 2)
        whole, _, half = (await rest(lines)).partition(b"\r\n")
    assert json.loads(whole)["data"]["id"] == made[0]
    assert half.startswith(b'{"data":{')
    with pytest.raises(ValueError):
        json.loads(half)


async def test_characters_come_in_pieces(x: Api) -> None:
    await ready(x)
    x.sandbox.faults.add("split_utf8")
    x.sandbox.faults.add("close", after=1)
    async with stream(x) as lines:
        await said(x, 1)
        chunks = [chunk async for chunk in lines.response.aiter_raw()]
    event = json.loads(b"".join(chunks))
    assert event["data"]["text"] == f"{SAID} 0"
    pieces = split(json.dumps(event, ensure_ascii=False).encode())
    assert len(pieces) > 6
    for piece in pieces[:-1]:
        with pytest.raises(UnicodeDecodeError):
            piece.decode()
    assert split(b"abcd") == [b"ab", b"cd"]


async def test_x_says_that_it_disconnects(x: Api) -> None:
    await ready(x)
    x.sandbox.faults.add("disconnect", after=1)
    async with stream(x) as lines:
        await said(x, 1)
        event, goodbye = (await rest(lines)).splitlines()
    assert "data" in json.loads(event)
    [problem] = json.loads(goodbye)["errors"]
    assert problem["disconnect_type"] == "UpstreamOperationalDisconnect"
    assert problem["title"] == "operational-disconnect"


async def test_events_come_twice(x: Api) -> None:
    await ready(x)
    x.sandbox.faults.add("duplicate", after=1, count=2)
    x.sandbox.faults.add("close", after=4)
    async with stream(x) as lines:
        one, two, three, four = await said(x, 4)
        assert ids(await rest(lines)) == [one, two, two, three, three, four]


async def test_a_very_long_line_is_still_an_event(x: Api) -> None:
    await ready(x)
    x.sandbox.faults.add("long_line")
    x.sandbox.faults.add("close", after=1)
    async with stream(x) as lines:
        made = await said(x, 1)
        raw = await rest(lines)
    assert len(raw) == 10_000_000
    assert ids(raw) == made
    assert len(padded(b'{"a":1}\r\n', 100)) == 100


async def test_a_line_that_is_no_event_comes(x: Api) -> None:
    await ready(x)
    x.sandbox.faults.add("garbage", after=1)
    x.sandbox.faults.add("close", after=2)
    async with stream(x) as lines:
        await said(x, 2)
        got = (await rest(lines)).splitlines()
    assert got[1] == b"<html><body>Bad Gateway</body></html>"
    assert len(got) == 3


async def test_a_stream_is_compressed_line_by_line(x: Api) -> None:
    await ready(x)
    x.sandbox.faults.add("gzip", times=1)
    x.sandbox.faults.add("close", after=2)
    async with stream(x) as lines:
        assert lines.response.headers["content-encoding"] == "gzip"
        chunks = lines.response.aiter_bytes()
        first = b""
        made = await said(x, 1)
        while not first.strip():
            first = await anext(chunks)
        made += await said(x, 1, 1)
        more = b"".join([chunk async for chunk in chunks])
    assert ids(first + more) == made


async def test_missed_posts_are_to_be_had_by_backfill(x: Api) -> None:
    await ready(x)
    x.sandbox.faults.add("missed", after=1, count=2, times=1)
    async with stream(x) as lines:
        made = await said(x, 3)
        assert ids(await rest(lines)) == made[:1]
    async with stream(x, backfill_minutes=1) as lines:
        assert [(await lines.post())["data"]["id"] for _ in range(3)] == made


async def test_a_stalled_stream_says_nothing_not_even_that_it_lives(x: Api) -> None:
    await ready(x)
    clock = x.sandbox.clock
    clock.freeze()
    x.sandbox.faults.add("stall", after=1, times=1)
    async with stream(x) as lines:
        await said(x, 2)
        assert (await lines.post())["data"]["text"] == f"{SAID} 0"
        for _ in range(5):
            clock.advance(60)
            await asyncio.sleep(0.01)
        waiting = asyncio.ensure_future(lines.next())
        await asyncio.wait([waiting], timeout=0.05)
        assert not waiting.done()
        assert (await x.get(STREAM)).status_code == 429, "it still counts as open"
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    x.sandbox.faults.add("stall", after=0, seconds=90)
    async with asyncio.timeout(5):
        while x.sandbox.hub.connections:
            await asyncio.sleep(0.01)
    async with stream(x) as lines:
        await asyncio.sleep(0.01)
        clock.advance(90)
        await said(x, 1, 2)
        assert (await lines.post())["data"]["text"] == f"{SAID} 2"


async def test_a_refused_connection_is_no_stream(x: Api) -> None:
    x.sandbox.faults.add("half_line")
    answer = await x.get(STREAM)
    assert (answer.status_code, answer.json()["status"]) == (409, 409)
    await ready(x)
    x.sandbox.faults.add("status", operation="stream.*", problem="rate-limited-untold", times=1)
    refused = await x.get(STREAM)
    assert refused.status_code == 429
    assert "x-rate-limit-reset" not in refused.headers


async def test_events_drift_and_speak_the_other_vocabulary(x: Api) -> None:
    await ready(x)
    x.sandbox.faults.add("vocabulary", version="2.167")
    x.sandbox.faults.add("drift", change="numbers", share=1.0)
    async with stream(x, tweet_fields="public_metrics") as lines:
        await said(x, 1)
        data = (await lines.post())["data"]
    assert isinstance(data["id"], int)
    assert data["public_metrics"]["repost_count"] == "0"


async def test_heartbeats_follow_the_clock(x: Api) -> None:
    await ready(x)
    clock = x.sandbox.clock
    clock.freeze()
    async with stream(x) as lines:
        await asyncio.sleep(0.02)
        for _ in range(3):
            clock.advance(x.sandbox.hub.heartbeat)
            assert await lines.next() == b""
