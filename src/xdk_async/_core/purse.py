"""What a budget holds: what is spent, and what calls on their way may still cost.

A call reserves the most it can cost before it is sent, and settles for what it did cost afterwards; so what is spent and
reserved together never exceeds the limit. Amounts are millionths of a US dollar.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol


class Held(NamedTuple):
    """How it stands."""

    granted: bool
    """Whether what was asked for was reserved."""
    spent: int
    reserved: int


class Purse(Protocol):
    """Keeps the amounts, here or for many machines. Periods are numbers that grow: a new one begins with nothing spent."""

    async def reserve(self, key: str, amount: int, limit: int, period: int) -> Held:
        """Set an amount aside under a key, if spent, reserved and it stay within the limit; in one step."""
        ...

    async def settle(self, key: str, cost: int, period: int) -> None:
        """Give back what was reserved under a key, if anything was, and put a cost on the account; in one step."""
        ...

    async def look(self, period: int) -> Held:
        """How it stands, with nothing asked for."""
        ...

    async def changed(self, sleep: Callable[[float], Awaitable[None]], /) -> None:
        """Wait until something may have been given back. One waits at a time."""
        ...

    async def aclose(self) -> None:
        """Let go of what it opened."""
        ...


class LocalPurse:
    """The purse of one process."""

    def __init__(self) -> None:
        self._period = 0
        self._spent = 0
        self._reserved: dict[str, int] = {}
        self._total = 0  # of what is reserved
        self._settled = asyncio.Event()

    async def reserve(self, key: str, amount: int, limit: int, period: int) -> Held:
        """Set an amount aside."""
        self._begin(period)
        held = Held(self._spent + self._total + amount <= limit, self._spent, self._total)
        if held.granted:
            self._reserved[key] = amount
            self._total += amount
        return held

    async def settle(self, key: str, cost: int, period: int) -> None:
        """Give an amount back, and take what was spent of it."""
        self._begin(period)
        self._total -= self._reserved.pop(key, 0)
        self._spent += cost
        self._settled.set()

    async def look(self, period: int) -> Held:
        """How it stands."""
        self._begin(period)
        return Held(False, self._spent, self._total)

    async def changed(self, _: Callable[[float], Awaitable[None]], /) -> None:
        """Wait until a call settles."""
        self._settled = asyncio.Event()  # of the loop that runs now
        await self._settled.wait()

    async def aclose(self) -> None:
        """Nothing was opened."""

    def _begin(self, period: int) -> None:
        if period > self._period:  # what is on its way stays reserved, and is spent in the period in which it arrives
            self._period, self._spent = period, 0
