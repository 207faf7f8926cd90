"""The sandbox's only source of time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock:
    """Tells the time and waits. Whatever the sandbox does at a moment or for a while, it does by this one object."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now()

    def ms(self) -> int:
        """Milliseconds since 1970."""
        return round(self._now() * SECOND)

    async def sleep(self, seconds: float) -> None:
        """Return `seconds` later."""
        await asyncio.sleep(seconds)


def iso(ms: int) -> str:
    """Milliseconds since 1970 as X writes times: UTC, with three decimals and a `Z`."""
    return datetime.fromtimestamp(ms / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % SECOND:03d}Z"


def parsed(text: str) -> int | None:
    """`YYYY-MM-DDTHH:mm:ssZ` as milliseconds since 1970; None if it is anything else."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()) * SECOND
    except ValueError:
        return None
