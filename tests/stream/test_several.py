"""Several connections in one loop: partitions, and two that read the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.client.fakes import nothing_left, other_tasks, turns
from tests.stream.scripted import FOREVER, HEARTBEAT, Part, Play, ScriptedX, beats, first, post, refused
from xdk_async import (
    Forbidden,
    Gap,
    InvalidArgument,
    StoreFailed,
    StreamConfig,
    StreamConnected,
    StreamDisconnected,
    Streamed,
    StreamError,
)

GONE = httpx.ReadError("gone")


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    async with nothing_left():
        yield


def partition(request: httpx.Request) -> int:
    return int(request.url.params["partition"])


async def texts(events: AsyncIterator[Streamed[Any]], count: int) -> list[str]:
    return sorted(event.data.text for event in await first(events, count))


async def test_all_partitions_come_in_one_loop() -> None:
    x = ScriptedX(lambda request: [post(0, partition(request)), *FOREVER])
    got = await texts(aiter(x.streams().posts_firehose(partitions="all")), 20)
    assert len(set(got)) == 20
    assert sorted(partition(request) for request in x.requests) == list(range(1, 21))


@pytest.mark.parametrize("partitions", [[2], [1, 2], (2, 2, 1)])
async def test_some_partitions_come_in_one_loop(partitions: list[int]) -> None:
    x = ScriptedX(lambda request: [post(0, partition(request)), *FOREVER])
    stream = x.streams().posts_sample10(partitions=partitions)
    assert len(await texts(aiter(stream), len(set(partitions)))) == len(set(partitions))
    assert len(x.requests) == len(set(partitions))


async def test_one_that_is_killed_again_and_again_does_not_end_the_others() -> None:
    lines = dict.fromkeys(range(1, 21), 0)

    def answer(request: httpx.Request) -> Play:
        number = partition(request)
        lines[number] += 1
        mine = post(lines[number], number)
        return [mine, GONE] if number == 7 else [mine, *FOREVER]

    x = ScriptedX(answer)
    stream = x.streams().posts_firehose(partitions="all")
    counts = Counter(int(event.data.text.split("/")[1]) for event in await first(aiter(stream), 40))
    assert counts.pop(7) == 21
    assert set(counts.values()) == {1}
    assert stream.stats.reconnects == 20


async def test_each_partition_recovers_by_itself() -> None:
    def answer(request: httpx.Request) -> Play:
        if partition(request) == 1 and sum(partition(each) == 1 for each in x.requests) == 1:
            return [post(0, 1), 5.0, GONE]
        return [*beats(10, 1.0), post(9, 2), *FOREVER] if partition(request) == 2 else [post(99, 1), *FOREVER]

    x = ScriptedX(answer)
    await texts(aiter(x.streams().posts_sample10(partitions="all")), 3)
    asked = [(partition(request), request.url.params.get("backfill_minutes")) for request in x.requests]
    assert sorted(asked[:2]) == [(1, None), (2, None)]
    assert asked[2] == (1, "1")


async def test_gaps_and_connections_name_their_partition() -> None:
    def answer(request: httpx.Request) -> Play:
        first_of_it = sum(partition(each) == partition(request) for each in x.requests) == 1
        return [post(0, partition(request)), 3.0, GONE] if first_of_it else FOREVER

    x = ScriptedX(answer)
    stream = x.streams().posts_sample10(partitions="all", stream_config=StreamConfig(recovery=()))
    gaps = set[int | None]()
    opened = Counter[int | None]()
    async with asyncio.timeout(5):
        async for event in stream.events():
            if isinstance(event, StreamConnected):
                opened[event.partition] += 1
            if isinstance(event, Gap):
                gaps.add(event.partition)
                if len(gaps) == 2:
                    break
    assert gaps == {1, 2}
    assert opened == {1: 2, 2: 2}


async def test_a_partition_that_is_refused_leaves_the_others_alone() -> None:
    ended: list[Exception | None] = []
    x = ScriptedX(lambda request: refused(403) if partition(request) == 2 else [post(0, partition(request)), *FOREVER])
    config = StreamConfig(on_disconnect=ended.append)
    stream = x.streams().posts_firehose(partitions="all", stream_config=config)
    async with stream:
        assert len(await texts(aiter(stream), 19)) == 19
        while not ended:
            await asyncio.sleep(0)
    assert [type(error) for error in ended] == [Forbidden]


async def test_a_partition_that_is_cancelled_leaves_the_others_alone() -> None:
    def answer(request: httpx.Request) -> Play:
        return [
            HEARTBEAT,
            *beats(20, 1.0),
            *[part for at in range(50) for part in (1.0, post(at, partition(request)))],
            *FOREVER,
        ]

    x = ScriptedX(answer)
    before = other_tasks()
    final: list[StreamDisconnected] = []
    async with x.streams().posts_sample10(partitions="all") as stream:
        readers = [task for task in other_tasks() - before if "run" in repr(task.get_coro())]
        readers[-1].cancel()
        got = Counter[str]()
        async for event in stream.events():
            if isinstance(event, StreamDisconnected) and event.final:
                final.append(event)
            if isinstance(event, Streamed):
                got[str(event.data.text).split("/")[1]] += 1
                if sum(got.values()) == 50:
                    break
    assert len(final) == 1
    assert len(got) == 1


async def test_a_full_buffer_that_is_to_raise_ends_them_all() -> None:
    x = ScriptedX(lambda request: [*[post(at, partition(request)) for at in range(9)], *FOREVER])
    config = StreamConfig(buffer=10, on_full="raise")
    async with asyncio.timeout(5), x.streams().posts_sample10(partitions="all", stream_config=config) as stream:
        with pytest.raises(StreamError, match="too slow"):
            async for _ in stream:
                await turns(200)


class FailingOnce:
    """A store that does not save the second time."""

    def __init__(self) -> None:
        self.saves = 0

    async def load(self, name: str) -> bytes | None:
        return None

    async def save(self, name: str, data: bytes) -> None:
        self.saves += 1
        if self.saves == 2:
            raise StoreFailed("for a moment")


async def test_a_store_that_fails_ends_them_all() -> None:
    x = ScriptedX(FOREVER)
    config = StreamConfig(checkpoint=FailingOnce())
    async with asyncio.timeout(5):
        with pytest.raises(StoreFailed):
            async for _ in x.streams().posts_firehose(partitions="all", stream_config=config):
                pass


async def test_the_stream_ends_with_the_first_error_once_all_have_ended() -> None:
    x = ScriptedX(refused(403))
    with pytest.raises(Forbidden):
        async with x.streams().posts_firehose(partitions="all"):
            pass
    assert len(x.requests) == 20


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"partition": 1, "partitions": "all"},
        {"partitions": "some"},
        {"partitions": []},
        {"partitions": [1, 99]},
        {"partition": 0},
    ],
)
async def test_partitions_that_cannot_be_are_refused_before_anything_is_sent(arguments: dict[str, Any]) -> None:
    x = ScriptedX(FOREVER)
    with pytest.raises(InvalidArgument, match="partition"):
        x.streams().posts_firehose(**arguments)
    assert x.requests == []


async def test_two_connections_that_read_the_same_bring_everything_once() -> None:
    half: list[list[Part]] = [[post(each) for each in (0, 1, 3)], [post(each) for each in (0, 2, 3, 4)]]
    x = ScriptedX([*half[0], GONE], [*half[1], *FOREVER], FOREVER)
    stream = x.streams().posts(redundant=2)
    assert await texts(aiter(stream), 5) == [f"post {each}/0" for each in range(5)]
    assert stream.stats.duplicates == 2


async def test_while_one_of_two_connections_is_open_nothing_is_missed() -> None:
    x = ScriptedX([post(0), 3.0, GONE], [HEARTBEAT, *beats(40, 0.5), post(22), *FOREVER], [HEARTBEAT, *FOREVER])
    stream = x.streams().posts(redundant=2)
    async with stream:
        found = await first(aiter(stream), 2)
    assert [each.data.text for each in found] == ["post 0/0", "post 22/0"]
    assert stream.stats.gaps == 0
    assert all("backfill_minutes" not in query for query in x.queries)


async def test_fewer_than_one_connection_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="redundant=0"):
        ScriptedX(FOREVER).streams().posts(redundant=0)
