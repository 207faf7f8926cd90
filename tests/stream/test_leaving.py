"""However a stream is left, nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Callable

import pytest

from tests.client.fakes import nothing_left, other_tasks, turns
from tests.stream.scripted import FOREVER, ScriptedX, post
from xdk_async import Stream, models


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
