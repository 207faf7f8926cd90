"""What an operation costs in numbers that no machine changes: bytecode instructions of Python, and bytes at the peak.

    python -m benchmarks.count      # counts, beside their budgets

Both depend on the version of Python (up to a fifth) and on nothing else, so that tests can hold them (`counts.toml`).
"""

from __future__ import annotations

import asyncio
import sys
import tomllib
import tracemalloc
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import httpx

from benchmarks import content
from benchmarks.peer.own import ARGUMENTS
from xdk_async import AsyncClient
from xdk_async._core.bind import bind
from xdk_async._core.body import WholeStream
from xdk_async._core.frames import Frames
from xdk_async._core.ladder import Ladder
from xdk_async._core.ledger import Bill, Ledger
from xdk_async._core.limits import Principal
from xdk_async._core.listening import Listening
from xdk_async._core.operation import Call
from xdk_async._core.outlet import Outlet
from xdk_async._core.progress import Progress
from xdk_async._core.read import read
from xdk_async._core.recovery import Position
from xdk_async._core.stream_config import StreamConfig
from xdk_async.api import operations as op
from xdk_async.api.prices import PRICES
from xdk_async.auth.oauth1 import OAuth1Signer

FILE = Path(__file__).with_name("counts.toml")
NOW = 1_753_700_000.0
WARM = 3


class Count(NamedTuple):
    """What one time costs."""

    instructions: int
    """Of Python's bytecode."""
    peak_bytes: int
    """Memory held at the most meanwhile, the result included."""


class Body(WholeStream):
    """A small answer."""

    async def read(self) -> bytes:
        return content.packed(content.ME)


class Answering(httpx.AsyncBaseTransport):
    """Answers at once, so that what is counted is ours."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = [(b"x-rate-limit-limit", b"900"), (b"x-rate-limit-remaining", b"800")]
        return httpx.Response(200, headers=headers, stream=Body(), request=request)


def finished(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run what never waits."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("it waits")


def counted(once: Callable[[], object]) -> Count:
    """What calling costs once it is warm; the least of three, since a cache may overflow in one of them."""
    for _ in range(WARM):
        once()
    return Count(min(instructions(once) for _ in range(3)), min(peak(once) for _ in range(3)))


def instructions(once: Callable[[], object]) -> int:
    found = 0

    def trace(frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        nonlocal found
        frame.f_trace_opcodes = True
        found += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        once()
    finally:
        sys.settrace(before)
    return found


def peak(once: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        once()
        return tracemalloc.get_traced_memory()[1] - start
    finally:
        tracemalloc.stop()


def operations() -> dict[str, Callable[[], object]]:
    """What is counted, by its name in `counts.toml`."""
    search = bind(op.POSTS_SEARCH_RECENT, ARGUMENTS)
    page = content.page(1)
    chunk = b"".join(content.Line().at(number, 0) for number in range(10))
    frames = Frames()
    signer = OAuth1Signer("key", "secret", "1-token", "secret", clock=lambda: NOW, nonce=lambda: "nonce")
    url = httpx.URL(f"https://api.x.com{search.target}")
    client = AsyncClient(bearer_token="token", transport=Answering(), telemetry=False)
    return {
        "bind without arguments": lambda: bind(op.USERS_GET_ME, {}),
        "bind a search": lambda: bind(op.POSTS_SEARCH_RECENT, ARGUMENTS),
        "bind a post": lambda: bind(op.POSTS_CREATE, {}, {"text": "Hello"}),
        "read a page": lambda: read(search, 200, {}, page),
        "frames of 10 posts": lambda: frames.feed(chunk),
        "a post of a stream": post_of_a_stream(),
        "sign a search": lambda: signer.header("GET", url),
        "a whole call": lambda: finished(client.users.get_me()),
    }


def post_of_a_stream() -> Callable[[], object]:
    config, line = StreamConfig(remember=100), content.Line()
    out: Outlet[Any] = Outlet("stream.posts", config, Progress(None, "", 1.0, lambda: NOW), {None: Position(NOW)})
    call = bind(op.STREAM_POSTS, {"expansions": ["author_id"]})
    connection: Any = None  # what a line becomes does not depend on where it came from
    listening = Listening(connection, call, out, Position(NOW), Ladder(), lambda: NOW, None, None, bill(call))
    lines = iter(line.at(number, 0).strip() for number in range(10_000))
    take: Any = vars(Listening)["_event"]

    def once() -> None:
        take(listening, next(lines), NOW)
        out.buffer.take()

    return once


def bill(call: Call[Any]) -> Bill:
    """What the post is charged to."""
    ledger = Ledger(PRICES, lambda: NOW, asyncio.sleep)
    return ledger.bill(call, Principal("app"))


def budgets() -> dict[str, Count]:
    """The most that each may cost."""
    return {name: Count(**most) for name, most in tomllib.loads(FILE.read_text()).items()}


if __name__ == "__main__":
    for name, once in operations().items():
        print(name, counted(once), "at most", budgets().get(name))
