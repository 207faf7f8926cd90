"""What stands between the socket and the consumer: a bounded queue that says what it does when it is full."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, Literal, NoReturn, TypeAlias, TypeVar

from xdk_async.errors import StreamError

E = TypeVar("E")

OnFull: TypeAlias = Literal["wait", "drop_oldest", "drop_newest", "raise"]


class Buffer(Generic[E]):
    """Entries in order. Those put as `vital` always find a place: there are few of them, and they tell of losses."""

    __slots__ = ("_closed", "_counted", "_entries", "_error", "_filled", "_on_full", "_room", "dropped", "size")

    def __init__(self, size: int, on_full: OnFull) -> None:
        self.size: int = size
        self.dropped: int = 0
        """How many entries were dropped."""
        self._on_full = on_full
        self._entries: deque[tuple[E, bool]] = deque()
        self._counted = 0
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._closed = False
        self._error: BaseException | None = None

    def __len__(self) -> int:
        return self._counted

    @property
    def is_full(self) -> bool:
        """Whether the next entry has no place."""
        return self._counted >= self.size

    @property
    def waiting(self) -> bool:
        """Whether anything is there."""
        return bool(self._entries)

    def offer(self, entry: E) -> bool:
        """Add an entry if it has a place; no coroutine, since nearly every event passes here."""
        if self._counted >= self.size:
            return False
        self._counted += 1
        self._append(entry, counts=True)
        return True

    async def put(self, entry: E) -> None:
        """Add an entry, after waiting for a place, dropping one, or not at all, as the buffer was told.

        Raises:
            StreamError: It is full, and was told to raise.
        """
        if self._counted >= self.size:
            if self._on_full == "raise":
                raise StreamError(f"the consumer is too slow: {self.size} events wait, and on_full='raise'")
            if self._on_full == "drop_newest":
                self.dropped += 1
                return
            if self._on_full == "drop_oldest":
                self._drop_oldest()
            else:
                await self._place()
        self._counted += 1
        self._append(entry, counts=True)

    def put_vital(self, entry: E) -> None:
        """Add an entry, whatever is there."""
        self._append(entry, counts=False)

    async def get(self) -> E:
        """The next entry, as soon as there is one.

        Raises:
            StopAsyncIteration: There will be no more.
            Exception: What the buffer was closed with, after its last entry, again and again.
        """
        while not self._entries:
            if self._closed:
                self.end()
            self._filled.clear()
            await self._filled.wait()
        return self.take()

    def take(self) -> E:
        """The next entry, where something is `waiting`."""
        entry, counts = self._entries.popleft()
        if counts:
            self._counted -= 1
            if self._counted <= self.size // 2:  # not at each one: a reader that wakes for a single event costs much
                self._room.set()
        return entry

    def end(self) -> NoReturn:
        """Raise what a closed buffer ends with."""
        if self._error is None:
            raise StopAsyncIteration
        raise self._error

    def clear(self) -> None:
        """Forget what is there: nobody wants it any more."""
        self._entries.clear()
        self._counted = 0

    def close(self, error: BaseException | None = None) -> None:
        """No more will come; what is there can still be had."""
        if not self._closed:
            self._closed, self._error = True, error
            self._filled.set()

    async def _place(self) -> None:
        while self._counted >= self.size:
            self._room.clear()
            await self._room.wait()

    def _drop_oldest(self) -> None:
        kept: list[tuple[E, bool]] = []
        while not (oldest := self._entries.popleft())[1]:
            kept.append(oldest)
        self._entries.extendleft(reversed(kept))
        self._counted -= 1
        self.dropped += 1

    def _append(self, entry: E, *, counts: bool) -> None:
        self._entries.append((entry, counts))
        self._filled.set()
