"""What belongs to an event loop, in objects that outlive it: a queue may run each job by an `asyncio.run` of its own. Pure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class OfLoop(Generic[T]):
    """A lock, or a connection, for each event loop: neither works in another than that in which it was first used.

    Args:
        make: makes one.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[asyncio.AbstractEventLoop, T] = WeakKeyDictionary()

    def get(self) -> T:
        """That of the running loop."""
        loop = asyncio.get_running_loop()
        found = self._made.get(loop)
        if found is None:
            found = self._made[loop] = self._make()
        return found

    def pop(self) -> T | None:
        """That of the running loop, if it was made, to be closed: the next one is new."""
        return self._made.pop(asyncio.get_running_loop(), None)
