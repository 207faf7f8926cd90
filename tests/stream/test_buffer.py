"""Between the socket and the consumer."""

from __future__ import annotations

import asyncio

import pytest

from tests.client.fakes import turns
from xdk_async import StreamError
from xdk_async._core.buffer import Buffer, OnFull


async def rest_of(buffer: Buffer[int]) -> list[int]:
    found: list[int] = []
    while True:
        try:
            found.append(await buffer.get())
        except StopAsyncIteration:
            return found


async def rest(buffer: Buffer[int]) -> list[int]:
    buffer.close()
    return await rest_of(buffer)


@pytest.mark.parametrize(("on_full", "left", "dropped"), [("drop_oldest", [7, 8, 9], 7), ("drop_newest", [0, 1, 2], 7)])
async def test_what_has_no_place_is_dropped_and_counted(on_full: OnFull, left: list[int], dropped: int) -> None:
    buffer = Buffer[int](3, on_full)
    for number in range(10):
        await buffer.put(number)
    assert (len(buffer), buffer.is_full, buffer.dropped) == (3, True, dropped)
    assert await rest(buffer) == left


async def test_what_is_vital_always_has_a_place_and_is_never_dropped() -> None:
    buffer = Buffer[int](2, "drop_oldest")
    for number in range(3):
        buffer.put_vital(-number - 1)
        await buffer.put(number)
    assert await rest(buffer) == [-1, -2, 1, -3, 2]
    assert buffer.dropped == 1


async def test_a_full_buffer_may_be_an_error() -> None:
    buffer = Buffer[int](1, "raise")
    await buffer.put(1)
    with pytest.raises(StreamError, match="too slow: 1 events"):
        await buffer.put(2)
    assert await rest(buffer) == [1]


async def test_by_default_the_reader_waits_until_half_is_taken() -> None:
    buffer = Buffer[int](4, "wait")
    for number in range(4):
        await buffer.put(number)
    putting = asyncio.create_task(buffer.put(4))
    await turns()
    assert await buffer.get() == 0
    await turns()
    assert not putting.done()
    assert await buffer.get() == 1
    await putting
    assert await rest(buffer) == [2, 3, 4]
    assert buffer.dropped == 0


async def test_what_is_there_is_had_before_the_error_and_the_error_again_and_again() -> None:
    buffer = Buffer[int](4, "wait")
    await buffer.put(1)
    buffer.close(ZeroDivisionError())
    assert await buffer.get() == 1
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await buffer.get()


async def test_closing_wakes_everybody_who_waits() -> None:
    buffer = Buffer[int](4, "wait")
    waiting = [asyncio.create_task(rest_of(buffer)) for _ in range(3)]
    await turns()
    buffer.close()
    assert await asyncio.gather(*waiting) == [[], [], []]


async def test_consumers_share_what_comes() -> None:
    buffer = Buffer[int](4, "wait")
    consumers = [asyncio.create_task(rest_of(buffer)) for _ in range(3)]
    for number in range(100):
        await buffer.put(number)
        await turns(1)
    buffer.close()
    assert sorted(number for found in await asyncio.gather(*consumers) for number in found) == list(range(100))
