"""What one measurement costs: CPU of the whole process (all threads, user and system), wall time, memory."""

from __future__ import annotations

import asyncio
import gc
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass
class Sample:
    """One measurement; times are microseconds per operation, memory is KB."""

    cpu: float
    wall: float
    more: dict[str, float] = field(default_factory=dict[str, float])
    """What else a workload measures, by name."""


def cpu_seconds() -> float:
    """Used by this process until now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident() -> float:
    """Memory that this process holds now, in KB."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1024


class Meter:
    """Counts between entering and leaving."""

    def __enter__(self) -> Meter:
        gc.collect()
        self._wall, self._cpu = time.perf_counter(), cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu, self.wall = cpu_seconds() - self._cpu, time.perf_counter() - self._wall

    def sample(self, operations: int, **more: float) -> Sample:
        """Its counts, for each of so many operations."""
        return Sample(self.cpu * 1e6 / operations, self.wall * 1e6 / operations, more)


async def repeated(call: Callable[[], Awaitable[object]], at_once: int, count: int) -> None:
    """So many calls by tasks that make one after the other."""

    async def several(times: int) -> None:
        for _ in range(times):
            await call()

    await asyncio.gather(*(several(count // at_once) for _ in range(at_once)))


async def burst(call: Callable[[], Awaitable[object]], count: int) -> None:
    """So many calls, all begun at once."""
    await asyncio.gather(*(call() for _ in range(count)))


async def called(call: Callable[[], Awaitable[object]], at_once: int, seconds: float) -> Sample:
    """Calls, so many under way at any time, until about so many seconds of CPU are spent. Connections are open before."""
    await repeated(call, at_once, at_once * 2)
    with Meter() as first:
        await repeated(call, at_once, at_once * 2)
    each = max(first.cpu / (at_once * 2), 1e-6)
    count = max(round(seconds / each / at_once), 3) * at_once
    with Meter() as meter:
        await repeated(call, at_once, count)
    return meter.sample(count)
