"""The open streams: who listens, what they are sent, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from starlette.types import Receive, Scope, Send

from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.record import Happening, Session

HEARTBEAT = b"\r\n"
BUFFER = 1000  # lines that may wait for a slow reader before it is cut off, as X does
LEFT = "The client left."
SLOW = "The client read too slowly."
CLOSED = "The stream was closed."


class Connection:
    """One open stream. `line` makes what happens into what is sent, or None if this stream does not want it."""

    def __init__(self, operation: str, token: str, session: Session, line: Callable[[Happening], bytes | None]) -> None:
        self.operation = operation
        self.token = token
        self.session = session
        self._line = line
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(BUFFER)

    def offer(self, happening: Happening) -> None:
        """Send what happened, if it is wanted."""
        line = self._line(happening)
        if line is not None:
            self.put(line)

    def put(self, line: bytes) -> None:
        """Send a line; a reader with too many unread ones is cut off."""
        if self._waiting.full():
            self.end(SLOW)
        else:
            self._waiting.put_nowait(line)

    def end(self, reason: str = CLOSED) -> None:
        """Send what is waiting, and no more."""
        self.session.reason = self.session.reason or reason
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    @property
    def waiting(self) -> int:
        """Lines that wait for the reader."""
        return self._waiting.qsize()

    async def next(self) -> bytes | None:
        """The next line; None at the end."""
        return await self._waiting.get()


class Hub:
    """All open streams. While there is at least one, `busy` runs."""

    def __init__(self, clock: Clock, heartbeat: float, busy: Callable[[], asyncio.Task[None]] | None = None) -> None:
        self.clock = clock
        self.heartbeat = heartbeat
        self.connections: list[Connection] = []
        self._busy = busy
        self._task: asyncio.Task[None] | None = None

    def open(self, connection: Connection) -> None:
        """Take in a stream."""
        self.connections.append(connection)
        if self._busy is not None and self._task is None:
            self._task = self._busy()

    def close(self, connection: Connection) -> None:
        """Forget a stream; it may be forgotten already."""
        if connection in self.connections:
            self.connections.remove(connection)
            connection.session.disconnected_ms = self.clock.ms()
            connection.session.reason = connection.session.reason or LEFT
        if not self.connections and self._task is not None:
            self._task.cancel()
            self._task = None

    def cut(self, ids: Iterable[str], reason: str) -> list[str]:
        """End the streams with these session ids; the ids of those that were open."""
        wanted = set(ids)
        doomed = [each for each in self.connections if each.session.id in wanted]
        for connection in doomed:
            connection.end(reason)
            self.close(connection)
        return [each.session.id for each in doomed]

    def count(self, operation: str, token: str) -> int:
        """How many streams of an operation are open with a token."""
        return sum(each.operation == operation and each.token == token for each in self.connections)

    def publish(self, happening: Happening) -> None:
        """Offer what happened to every stream."""
        for connection in [*self.connections]:
            connection.offer(happening)

    def end(self) -> None:
        """End every stream, as X does when it restarts."""
        for connection in [*self.connections]:
            connection.end()


class Flow:
    """The answer that a stream is: an ASGI application."""

    def __init__(self, hub: Hub, connection: Connection, past: Iterable[Happening] = ()) -> None:
        self.headers: Mapping[str, str] = {}
        self._hub = hub
        self._connection = connection
        hub.open(connection)
        for happening in past:
            connection.offer(happening)

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Send lines until the client leaves or the stream is ended."""
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        tasks: list[asyncio.Task[None]] = []
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            tasks += [asyncio.create_task(each) for each in (self._send(send), self._gone(receive), self._beat())]
            done, _waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._hub.close(self._connection)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, send: Send) -> None:
        while (line := await self._connection.next()) is not None:
            await send({"type": "http.response.body", "body": line, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._hub.close(self._connection)  # here, so that a client which connects anew at once finds its place free

    async def _beat(self) -> None:
        while True:
            await self._hub.clock.sleep(self._hub.heartbeat)
            self._connection.put(HEARTBEAT)
