"""An X whose streams follow a script, in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import httpx

from tests.client import fakes
from xdk_async._core.recovery import SNOWFLAKE_BITS, SNOWFLAKE_EPOCH
from xdk_async.groups.stream import StreamClient

NOW = 1_790_000_000.0
HEARTBEAT = b"\r\n"
Part: TypeAlias = bytes | float | Exception
"""Bytes that arrive, seconds that pass, or how the connection breaks. After the last part X closes it properly."""


class Clock(fakes.Clock):
    """A clock that moves only by sleeping, and lets others have their turn."""

    def __init__(self, now: float = NOW) -> None:
        super().__init__(now)

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await asyncio.sleep(0)


class Body(httpx.AsyncByteStream):
    """What a connection brings."""

    def __init__(self, clock: Clock, parts: Sequence[Part]) -> None:
        self._clock = clock
        self._parts = parts
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            await asyncio.sleep(0)
            if isinstance(part, bytes):
                yield part
            elif isinstance(part, Exception):
                raise part
            else:
                self._clock.now += part

    async def aclose(self) -> None:
        self.closed = True


def beats(count: int, seconds: float = 20.0) -> list[Part]:
    """Heartbeats, one after each so many seconds."""
    return [part for _ in range(count) for part in (seconds, HEARTBEAT)]


FOREVER: list[Part] = [HEARTBEAT, *beats(2_000)]
Play: TypeAlias = "Sequence[Part] | httpx.Response | Exception | Callable[[httpx.Request], Play]"


class ScriptedX(httpx.AsyncBaseTransport):
    """Follows its plays, one for each request, the last again and again; keeps the requests and when they came."""

    def __init__(self, *plays: Play, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.plays = list(plays)
        self.requests: list[httpx.Request] = []
        self.times: list[float] = []
        self.bodies: list[Body] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        self.requests.append(request)
        self.times.append(self.clock.now - NOW)
        play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        while callable(play):
            play = play(request)
        if isinstance(play, Exception):
            raise play
        if isinstance(play, httpx.Response):
            return httpx.Response(play.status_code, headers=play.headers, content=play.content)
        self.bodies.append(Body(self.clock, play))
        return httpx.Response(200, stream=self.bodies[-1])

    @property
    def waits(self) -> list[float]:
        """Seconds between one request and the next."""
        return [round(later - earlier, 6) for earlier, later in zip(self.times, self.times[1:], strict=False)]

    @property
    def queries(self) -> list[dict[str, str]]:
        """The query of each request."""
        return [dict(request.url.params) for request in self.requests]

    def streams(self, **options: Any) -> StreamClient:
        """A client's streams over it."""
        return StreamClient(fakes.sender_over(self, self.clock, **options))


def snowflake(at: float, sequence: int = 0) -> str:
    """The id of what was made at a moment."""
    return str((round(at * 1000) - SNOWFLAKE_EPOCH << SNOWFLAKE_BITS) + sequence)


def post(at: float, sequence: int = 0, **more: str) -> bytes:
    """A post, made so many seconds after the beginning, as a line."""
    data = {"id": snowflake(NOW + at, sequence), "text": f"post {at:g}/{sequence}", **more}
    return json.dumps({"data": data}).encode() + b"\r\n"


def refused(status: int, headers: Mapping[str, str] | None = None, **problem: object) -> httpx.Response:
    """An error of X's."""
    return httpx.Response(status, headers=headers, json={"title": "No", "status": status, **problem})


TOO_MANY = refused(429, type="https://api.x.com/2/problems/streaming-connection", connection_issue="TooManyConnections")


async def first(events: AsyncIterator[Any], count: int) -> list[Any]:
    """So many events, and then the loop is left."""
    found: list[Any] = []
    async with asyncio.timeout(5):  # of the machine's time
        async for event in events:
            found.append(event)
            if len(found) == count:
                break
    if isinstance(events, AsyncGenerator):
        await events.aclose()
    return found
