"""Time that passes only when nothing else is left to do, and an X that enforces its published table in it."""

from __future__ import annotations

import asyncio
import math
import random
import re
import selectors
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Mapping
from email.utils import formatdate
from typing import Any, TypeVar

import httpx

from xdk_async._core.limits import Allowance, Published
from xdk_async._core.operation import Auth, Operation
from xdk_async._core.options import Options
from xdk_async._core.sender import Sender
from xdk_async._core.transport import Transport
from xdk_async.api.limits import LIMITS
from xdk_async.api.operations import OPERATIONS
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.settings import changed

T = TypeVar("T")
START = 1_700_000_000.25
QUARTER, DAY = 15 * 60, 24 * 3600


class Skipping(selectors.DefaultSelector):
    """Does not wait: it moves the loop's time instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits for somebody else")
        self.now += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is that of its selector."""

    def __init__(self) -> None:
        self._skipping = Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now


def simulate(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in no time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def now() -> float:
    return START + asyncio.get_running_loop().time()


def sender(
    http: httpx.AsyncBaseTransport, credentials: Credentials | None = None, skew: float = 0.0, **options: Any
) -> Sender:
    """A sender in virtual time, whose clock may be wrong."""
    transport = Transport(
        "https://api.x.com", http=http, clock=lambda: now() + skew, sleep=asyncio.sleep, chance=lambda: 1.0
    )
    return Sender(transport, credentials or Credentials(app=Bearer("SECRET-app")), changed(Options(), **options))


PATTERNS = [
    (each.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", each.path)), each)
    for each in sorted(OPERATIONS.values(), key=lambda each: each.path.count("{"))
]


def operation_of(request: httpx.Request) -> Operation[Any]:
    return next(
        each for method, path, each in PATTERNS if method == request.method and path.fullmatch(request.url.path)
    )


class Count:
    """A window as X keeps it: it begins with a call, and ends so many seconds later."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self.ends = -math.inf
        self.used = 0

    def look(self, at: float) -> bool:
        """Whether a call would fit."""
        if at >= self.ends:
            self.ends, self.used = at + self.allowance.seconds, 0
        return self.used < self.allowance.calls


class StrictX(httpx.AsyncBaseTransport):
    """Enforces the table for each token. Answers take a while; `tells` says which of them have headers."""

    def __init__(
        self,
        seed: int = 0,
        *,
        limits: Mapping[str, Published] = LIMITS,
        latency: float = 0.2,
        tells: Callable[[random.Random], bool] = lambda chance: True,
        date: bool = False,
        rounded: Callable[[float], int] = math.floor,
    ) -> None:
        self.chance = random.Random(seed)
        self.limits = limits
        self.latency = latency
        self.tells = tells
        self.date = date
        self.rounded = rounded
        self.counts: dict[tuple[str, str], list[Count]] = {}
        self.accepted: defaultdict[str, list[float]] = defaultdict(list)
        self.refused: Counter[str] = Counter()
        self.flying = self.most_flying = 0

    def windows(self, operation: Operation[Any], token: str) -> list[Count]:
        if (operation.name, token) not in self.counts:
            published = self.limits.get(operation.name)
            as_user = Auth.APP not in operation.auth or "user" in token
            own = () if published is None else published.user if as_user else published.app
            self.counts[operation.name, token] = [Count(each) for each in own]
            if as_user and published is not None:
                everyone = (operation.name, "everyone")
                days = [Count(each) for each in published.app if each.seconds == DAY]
                self.counts[operation.name, token] += self.counts.setdefault(everyone, days)
        return self.counts[operation.name, token]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        try:
            await asyncio.sleep(self.chance.uniform(0.1, 0.4) * self.latency)
            answer = self.answer(request)
            await asyncio.sleep(self.chance.uniform(0.1, 0.6) * self.latency)
            return answer
        finally:
            self.flying -= 1

    def answer(self, request: httpx.Request) -> httpx.Response:
        operation, at = operation_of(request), now()
        windows = self.windows(operation, request.headers["authorization"])
        fits = min((each.look(at) for each in list(windows)), default=True)
        if fits:
            self.accepted[operation.name].append(at)
            for each in windows:
                each.used += 1
        else:
            self.refused[operation.name] += 1
        headers = self.headers(windows) if self.tells(self.chance) else {}
        if self.date:
            headers["date"] = formatdate(int(at), usegmt=True)
        return httpx.Response(
            200 if fits else 429, json={} if fits else {"title": "Too Many Requests"}, headers=headers
        )

    def headers(self, windows: list[Count]) -> dict[str, str]:
        headers: dict[str, str] = {}
        for each in windows:
            if each.allowance.seconds > 1:
                shared = any(each in counts for (_, token), counts in self.counts.items() if token == "everyone")
                day = "x-app-limit-24hour" if shared else "x-user-limit-24hour"
                prefix = "x-rate-limit" if each.allowance.seconds == QUARTER else day
                headers[f"{prefix}-limit"] = str(each.allowance.calls)
                headers[f"{prefix}-remaining"] = str(each.allowance.calls - each.used)
                headers[f"{prefix}-reset"] = str(self.rounded(each.ends))
        return headers
