"""Time that stands, moves and runs on."""

from __future__ import annotations

import asyncio
import threading

import pytest

from xdk_async.sandbox import Clock

START = 1_790_000_000.0


class Ticking:
    """The clock on the wall, moved by the test."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time


async def woken(*tasks: asyncio.Task[None]) -> list[bool]:
    """Which of the tasks are done, after everybody had a turn."""
    for _ in range(5):
        await asyncio.sleep(0)
    return [task.done() for task in tasks]


def test_a_frozen_clock_moves_when_told_and_runs_on_from_there() -> None:
    wall = Ticking()
    clock = Clock(wall)
    wall.time += 5
    clock.freeze()
    wall.time += 100
    assert clock.now() == START + 5
    assert clock.is_frozen
    clock.advance(60)
    assert clock.now() == START + 65
    assert clock.offset == -40
    clock.resume()
    wall.time += 1
    assert clock.now() == START + 66
    assert clock.ms() == (START + 66) * 1000


def test_a_running_clock_can_be_put_forward_and_frozen_at_a_moment() -> None:
    clock = Clock(Ticking())
    clock.advance(3600)
    assert clock.now() == START + 3600
    clock.freeze(START + 7200)
    assert clock.now() == START + 7200


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_time_does_not_go_back(seconds: float) -> None:
    with pytest.raises(ValueError, match="forward only"):
        Clock().advance(seconds)
    with pytest.raises(ValueError, match="forward only"):
        Clock().freeze(5)


async def test_who_sleeps_wakes_up_when_time_is_moved_past_the_moment_and_not_before() -> None:
    clock = Clock()
    clock.freeze()
    short, long = asyncio.create_task(clock.sleep(0.001)), asyncio.create_task(clock.sleep(100))
    await asyncio.sleep(0.02)  # by the wall, the first would be over
    assert await woken(short, long) == [False, False]
    clock.advance(1)
    assert await woken(short, long) == [True, False]
    clock.advance(99)
    assert await woken(short, long) == [True, True]


async def test_time_that_runs_on_wakes_sleepers_by_itself() -> None:
    clock = Clock()
    clock.freeze()
    sleeper = asyncio.create_task(clock.sleep(10.01))
    assert await woken(sleeper) == [False]
    clock.advance(10)
    clock.resume()
    async with asyncio.timeout(5):
        await sleeper


async def test_another_thread_may_move_the_time() -> None:
    clock = Clock()
    sleeper = asyncio.create_task(clock.sleep(1000))
    await asyncio.sleep(0)
    mover = threading.Thread(target=clock.advance, args=(1000,))
    mover.start()
    async with asyncio.timeout(5):
        await sleeper
    mover.join()


async def test_a_cancelled_sleeper_leaves_nothing_behind() -> None:
    clock = Clock()
    sleeper = asyncio.create_task(clock.sleep(1000))
    await asyncio.sleep(0)
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper
    clock.advance(1000)
    assert await woken(sleeper) == [True]
