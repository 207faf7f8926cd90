"""Breakers that many processes share through Redis. Who asks for a window learns there whether one has opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from xdk_async._core.breaker import Depleted, Trip
from xdk_async._core.limits import Principal
from xdk_async._core.redis_link import RedisLink, Script, key_of, user_of
from xdk_async._core.refusal import read_problem
from xdk_async.errors import CreditsDepleted, UsageCapExceeded

BREAKERS = Script("breaker.lua")


class Refused(msgspec.Struct):
    """What X said, as it is kept."""

    is_cap: bool
    status: int
    body: str


class RedisBreakers:
    """Knows of the open ones what it was told last; Redis knows better."""

    def __init__(self, link: RedisLink, prefix: str) -> None:
        self._link = link
        self._prefix = prefix
        self._serials: dict[Principal, str] = {}  # what tells one opening from the next
        self.clock: Callable[[], float] | None = None

    def serial(self, principal: Principal) -> str:
        """Of the opening that is known; nothing without one."""
        return self._serials.get(principal, "")

    def suspect(self, principal: Principal, serial: str) -> None:
        """There is one, as somebody learnt in passing."""
        self._serials[principal] = serial

    async def check(self, principal: Principal, now: float) -> Trip | None:
        """What holds calls back; None if nothing does."""
        if principal not in self._serials:
            return None
        return self._trip(principal, await self._ask(principal, "check"), now)

    async def trip(self, principal: Principal, error: Depleted, was_trial: bool, now: float) -> Trip:
        """Hold calls back."""
        kept = Refused(isinstance(error, UsageCapExceeded), error.status, error.body.decode(errors="replace"))
        said = msgspec.json.encode(kept).decode()
        found = await self._ask(principal, "trip", said=said, was_trial=was_trial, wait=error.retry_after)
        trip = self._trip(principal, found, now)
        assert trip is not None
        return trip

    async def mend(self, principal: Principal) -> None:
        """A trial went well."""
        await self._ask(principal, "mend")
        self._serials.pop(principal, None)

    async def _ask(self, principal: Principal, act: str, **more: object) -> dict[str, Any]:
        key = key_of(self._prefix, principal, "breaker", user_of(principal))
        request = {"act": act, "now": None if self.clock is None else self.clock(), **more}
        found: dict[str, Any] = await self._link.run(BREAKERS, [key], request)
        return found

    def _trip(self, principal: Principal, found: dict[str, Any], now: float) -> Trip | None:
        if "serial" not in found:
            self._serials.pop(principal, None)
            return None
        self._serials[principal] = found["serial"]
        return Trip(refused(found["said"]), now + found["seconds"], found["pause"], found["is_trial"])


def refused(said: str) -> Depleted:
    """The refusal that opened a breaker, perhaps in another process."""
    kept = msgspec.json.decode(said, type=Refused)
    body = kept.body.encode()
    problem, problems = read_problem(body)
    kind = UsageCapExceeded if kept.is_cap else CreditsDepleted
    what = (problem and (problem.detail or problem.title)) or "refused"
    return kind(f"{kept.status}: {what}", status=kept.status, body=body, problem=problem, problems=problems)
