"""Windows in Redis, by one script: what it is asked, under which keys, and when to ask again."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from xdk_async._core.limiter import Claim, listing
from xdk_async._core.limits import Told
from xdk_async._core.redis_link import RedisLink, Script, key_of, user_of
from xdk_async._core.window import ROUNDING, Hold

POLL = 0.25  # seconds until to ask again, where an answer that another process gets may change something
LOOK = 30.0  # seconds at the most
NEAR = 0.2  # what is less far away is waited for as it is
JITTER = 0.1
LARGEST = 2**53  # Lua's numbers are floating-point
WINDOWS = Script("window.lua")


class RedisWindows:
    """Asks for one process, which has a name."""

    def __init__(self, link: RedisLink, prefix: str, process: str, lease: float) -> None:
        self._link = link
        self._prefix = prefix
        self._process = process
        self._lease = lease
        self._count = 0  # of calls, which makes names for them
        self.clock: Callable[[], float] | None = None  # None for Redis's own, the same for all
        self.chance: Callable[[], float] = random.random

    def next_name(self) -> str:
        """A name for a call that no process gives to another."""
        self._count += 1
        return f"{self._process}-{self._count}"

    async def ask(self, claim: Claim, act: str, **more: object) -> dict[str, Any]:
        """What the script answers to a request to `take`, `land`, `lose` or `remind`."""
        listed = listing(claim)
        request: dict[str, object] = {
            "act": act,
            "now": None if self.clock is None else self.clock(),
            "process": self._process,
            "id": self.next_name(),
            "listed": [listed.quarter or 0, listed.day, listed.apps_day],  # 0: there is one, of unknown size
            "pace": ROUNDING / listed.second if listed.second else None,
            "as_user": claim.as_user,
            "spread": claim.spread,
            "lease": self._lease,
            "poll": POLL,
            **more,
        }
        found: dict[str, Any] = await self._link.run(WINDOWS, self._keys(claim), request)
        return found

    def asked_again(self, hold: Hold) -> Hold:
        """With when to ask again: those who wait elsewhere for the same are not to come at the same moment."""
        if hold.why == "answer":
            return hold._replace(again=min(hold.seconds, POLL * (0.5 + self.chance())))
        if hold.why == "spacing" and hold.seconds > NEAR:
            return hold._replace(again=hold.seconds / 2)  # the answer before may come early, and elsewhere
        return hold._replace(again=min(hold.seconds + JITTER * self.chance(), LOOK))

    def _keys(self, claim: Claim) -> list[str]:
        user = user_of(claim.principal)
        own, everyones = (claim.endpoint, user), (claim.endpoint,)
        parts: list[tuple[str, ...]] = [
            (*own, "15min"), (*own, "15min", "flying"), (*own, "24h"), (*own, "24h", "flying"),
            (*everyones, "24h"), (*everyones, "24h", "flying"), (*own, "pace"), ("breaker", user), (*own, "waiting"),
            ("processes",),
        ]  # fmt: skip
        return [key_of(self._prefix, claim.principal, *each) for each in parts]


def plain(told: Told | None) -> dict[str, object] | None:
    """X's word for Lua; headers may hold numbers of any size."""
    if told is None:
        return None
    return {
        name: None if number is None else max(min(number, LARGEST), -LARGEST)
        for name, number in zip(("limit", "remaining", "reset"), told, strict=True)
    }
