"""Streams into files: what waits is written in time, and a restart neither loses nor repeats."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.fakes import nothing_left, sender_over
from tests.sink.archive import FORMATS, rows, there
from tests.stream.scripted import NOW, Clock, snowflake
from xdk_async import InvalidArgument, StoreFailed, StreamConfig, collect
from xdk_async.groups.stream import StreamClient
from xdk_async.sink import JSONL, Summary


class Body(httpx.AsyncByteStream):
    """Some lines, and then silence."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self.lines = lines

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for line in self.lines:
            yield line
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        pass


class StreamX(httpx.AsyncBaseTransport):
    """Sends posts by their numbers: a list for each connection."""

    def __init__(self, *connections: Sequence[int]) -> None:
        self.connections = list(connections)
        self.queries: list[dict[str, str]] = []
        self.clock = Clock()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.queries.append(dict(request.url.params))
        return httpx.Response(200, stream=Body([line(number) for number in self.connections.pop(0)]))

    @property
    def stream(self) -> StreamClient:
        return StreamClient(sender_over(self, self.clock))


def line(number: int) -> bytes:
    event = {
        "data": {"id": snowflake(NOW, number), "text": f"post {number}\u2028", "author_id": "1", "brand_new": number},
        "includes": {"users": [{"id": "1", "username": "one"}]},
        "matching_rules": [{"id": "7", "tag": "cats"}],
    }
    return json.dumps(event, ensure_ascii=False).encode() + b"\r\n"


def texts(path: Path) -> list[str]:
    return [row["text"] for row in there(path)]


def posts(*numbers: int) -> list[str]:
    return [f"post {number}\u2028" for number in numbers]


@pytest.mark.parametrize("format", FORMATS)
async def test_events_are_rows_with_their_author_and_their_rules(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    async with nothing_left():
        x = StreamX(range(5))
        summary = await collect(x.stream.posts(expansions=["author_id"]), path, limit=3)
    assert (summary.items, summary.pages, summary.done) == (3, 0, True)
    assert texts(path) == posts(0, 1, 2)
    row = rows(path)[2]
    if format.startswith("jsonl"):
        assert (row["author"]["username"], row["brand_new"]) == ("one", 2)
        assert row["matching_rules"] == [{"id": "7", "tag": "cats"}]
    else:
        assert (row["author_username"], json.loads(row["extra"])) == ("one", {"brand_new": 2})
        rules = json.loads(row["matching_rules"]) if format == "db" else row["matching_rules"]
        assert rules == [{"id": "7", "tag": "cats"}]


@pytest.mark.parametrize("format", FORMATS)
async def test_a_quiet_stream_is_written_in_time_and_goes_on_after_a_restart(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    x = StreamX(range(4), [2, 3, 4, 5])
    for wanted in (posts(0, 1, 2, 3), posts(0, 1, 2, 3, 4, 5)):
        async with nothing_left():
            written = asyncio.Event()

            def look(summary: Summary, wanted: list[str] = wanted, written: asyncio.Event = written) -> None:
                if summary.total == len(wanted):
                    written.set()

            work = asyncio.create_task(collect(x.stream.posts(), path, every=0.01, on_progress=look))
            async with asyncio.timeout(20):
                await written.wait()
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
        x.clock.now += 60
        assert texts(path) == wanted
        assert path.exists()  # breaking a stream off is how it ends
    assert "backfill_minutes" not in x.queries[0]
    assert "backfill_minutes" in x.queries[1]  # what was missed meanwhile


async def test_what_was_not_written_counts_as_not_received(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"

    class Full(JSONL):
        def write(self, rows: Sequence[dict[str, Any]], state: bytes) -> int:
            if any(row["text"].startswith("post 3") for row in rows):
                raise OSError(28, "No space left on device")
            return super().write(rows, state)

    x = StreamX(range(5), range(6))
    with pytest.raises(StoreFailed, match="No space left on device"):
        await collect(x.stream.posts(), Full(path), batch=2)
    x.clock.now += 60
    await collect(x.stream.posts(), path, limit=6)
    assert texts(path) == posts(*range(6))


async def test_a_stream_that_is_open_or_keeps_its_place_elsewhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    x = StreamX([1], [2])
    async with x.stream.posts() as opened:
        with pytest.raises(InvalidArgument, match="open already"):
            await collect(opened, path)
    with pytest.raises(InvalidArgument, match="leave StreamConfig"):
        await collect(x.stream.posts(stream_config=StreamConfig(checkpoint=tmp_path / "c.db")), path)


async def test_another_stream_into_the_same_file_needs_a_word(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    x = StreamX([1], [2])
    await collect(x.stream.posts(), path, limit=1)
    with pytest.raises(
        InvalidArgument, match="holds another query: GET /2/tweets/search/stream, not GET /2/tweets/sample"
    ):
        await collect(x.stream.posts_sample(), path, limit=1)
    await collect(x.stream.posts_sample(), path, limit=1, mode="append")
    assert texts(path) == posts(1, 2)
