"""However a stream is left, nothing stays behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import AsyncIterator, Callable

import pytest

from tests.client.fakes import nothing_left, other_tasks, sender_over, turns
from tests.stream.scripted import FOREVER, Play, ScriptedX, first, post, refused
from xdk_async import Stream, StreamEnded, models
from xdk_async.groups.stream import StreamClient


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    async with nothing_left():
        yield


async def test_the_reading_task_holds_no_reference_to_the_stream() -> None:
    x = ScriptedX([post(0), *FOREVER])
    stream: Stream[models.Post] | None = x.streams().posts()
    assert stream is not None
    loop = aiter(stream)
    await anext(loop)
    gone = weakref.ref(stream)
    gc.disable()
    try:
        stream = None
        assert gone() is None
        assert other_tasks()
        del loop
    finally:
        gc.enable()
    await turns(1)
    assert x.bodies[0].closed


async def test_a_bare_loop_closes_on_the_next_turn_after_break() -> None:
    x = ScriptedX([post(0), *FOREVER])
    async for _ in x.streams().posts():
        break
    await asyncio.sleep(0)
    assert x.bodies[0].closed


async def test_a_stream_that_is_entered_and_forgotten_is_closed() -> None:
    x = ScriptedX([post(0), *FOREVER])
    stream: Stream[models.Post] | None = await x.streams().posts().__aenter__()
    assert stream is not None
    stream = None
    await turns()
    assert x.bodies[0].closed


async def test_closing_a_stream_closes_what_its_loops_opened() -> None:
    x = ScriptedX([post(0), *FOREVER])
    async with contextlib.aclosing(x.streams().posts()) as posts:
        loop = aiter(posts)
        await anext(loop)
    assert x.bodies[0].closed
    assert other_tasks() == set()
    with pytest.raises(StopAsyncIteration):
        await anext(loop)


async def test_a_stream_gives_one_event_after_another_until_it_is_closed() -> None:
    x = ScriptedX([post(0), post(1), *FOREVER])
    async with contextlib.aclosing(x.streams().posts()) as posts:
        assert [(await anext(posts)).data.text for _ in range(2)] == ["post 0/0", "post 1/0"]
    assert len(x.requests) == 1
    assert x.bodies[0].closed


@pytest.mark.parametrize("play", [[post(0), *FOREVER], refused(503)], ids=["open", "waiting to connect"])
async def test_closing_the_client_ends_its_streams_also_on_a_transport_of_the_callers(play: Play) -> None:
    async def never(seconds: float) -> None:
        await asyncio.Event().wait()

    x = ScriptedX(play)
    sender = sender_over(x, x.clock)
    sender.transport.sleep = never
    loops = [aiter(StreamClient(sender).posts()) for _ in range(2)]
    following = [asyncio.create_task(first(each, 9)) for each in loops]
    await turns()
    await sender.transport.aclose()
    assert all(body.closed for body in x.bodies)
    for each in following:
        with pytest.raises(StreamEnded, match="client was closed"):
            await each


async def in_another_thread(drop: Callable[[], None]) -> None:
    await asyncio.to_thread(drop)


async def test_a_loop_may_be_dropped_in_another_thread() -> None:
    x = ScriptedX([post(0), *FOREVER])
    loops = [aiter(x.streams().posts())]
    await anext(loops[0])
    await in_another_thread(loops.clear)
    await turns()
    assert x.bodies[0].closed


async def test_a_timeout_around_the_loop_closes_at_once() -> None:
    x = ScriptedX(FOREVER)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            async for _ in x.streams().posts():
                pass
    assert all(body.closed for body in x.bodies)
    assert other_tasks() == set()


async def test_cancelling_while_a_connection_is_awaited_ends_it() -> None:
    x = ScriptedX(FOREVER)

    async def follow() -> None:
        async with x.streams().posts() as posts:
            async for _ in posts:
                pass

    following = asyncio.create_task(follow())
    await turns(3)
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    assert following.cancelled()


async def test_a_task_group_that_fails_takes_its_streams_along() -> None:
    x = ScriptedX(FOREVER)

    async def follow() -> None:
        async for _ in x.streams().posts():
            pass

    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(follow())
            await asyncio.sleep(0.01)
            raise ZeroDivisionError
    assert [type(each) for each in raised.value.exceptions] == [ZeroDivisionError]
    assert all(body.closed for body in x.bodies)
