"""Where connections belong: one event loop, one process."""

from __future__ import annotations

import asyncio
import os


class Home:
    """The event loop and process of the first use."""

    __slots__ = ("_loop", "pid")

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self.pid = 0

    def check(self) -> None:
        """Settle here on first use.

        Raises:
            RuntimeError: It was used elsewhere before.
        """
        if self._loop is None:
            self._loop, self.pid = asyncio.get_running_loop(), os.getpid()
        elif os.getpid() != self.pid:
            raise RuntimeError("this client was used before a fork: make a new one in the child process")
        elif asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("this client was used in another event loop: make one for each loop")
