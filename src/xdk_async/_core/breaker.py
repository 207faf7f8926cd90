"""What waiting for a window does not mend: a used-up cap, missing credits. One refusal holds all calls of the principal back.

Nothing sleeps on it. After a while a single call finds out whether it is over; if not, the next try takes twice as long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from xdk_async._core.limits import Principal, moment
from xdk_async._core.operation import Call
from xdk_async.errors import CreditsDepleted, UsageCapExceeded

FIRST, LONGEST = 60.0, 900.0  # seconds until the first try, and between any two; a refused call costs nothing
FREE = ("usage.", "general.")  # groups that cost nothing, and tell how it stands
Depleted: TypeAlias = CreditsDepleted | UsageCapExceeded


@dataclass(frozen=True, slots=True)
class Trip:
    """An open breaker."""

    error: Depleted
    """What X said."""
    until: float
    """When the next call is let through, in seconds since the epoch."""
    pause: float
    """Seconds from the last try to the next."""
    is_trial: bool = False
    """Whether the call that asked is the one to find out."""


class Breakers(Protocol):
    """Keeps who is held back, here or for many machines. Times are seconds since the epoch."""

    async def check(self, principal: Principal, now: float) -> Trip | None:
        """What holds calls back; None if nothing does. Of those who ask when the time has come, one gets the trial."""
        ...

    async def trip(self, principal: Principal, error: Depleted, was_trial: bool, now: float) -> Trip:
        """Hold calls back: X refused one, which may have been the trial."""
        ...

    async def mend(self, principal: Principal) -> None:
        """A trial went well."""
        ...


class LocalBreakers:
    """The breakers of one process."""

    def __init__(self) -> None:
        self._open: dict[Principal, Trip] = {}

    async def check(self, principal: Principal, now: float) -> Trip | None:
        """What holds calls back."""
        trip = self._open.get(principal)
        if trip is None or now < trip.until:
            return trip
        # Until its answer is here the others go on as before: should it get lost, another one tries later.
        self._open[principal] = replace(trip, until=now + trip.pause)
        return replace(trip, is_trial=True)

    async def trip(self, principal: Principal, error: Depleted, was_trial: bool, now: float) -> Trip:
        """Hold calls back; after a trial twice as long as the last time."""
        before = self._open.get(principal)
        if before is not None and not was_trial:
            return before  # the call was on its way already when another one was refused
        pause = FIRST if before is None else min(before.pause * 2, LONGEST)
        pause = max(pause, min(error.retry_after or 0.0, LONGEST))
        trip = self._open[principal] = Trip(error, now + pause, pause)
        return trip

    async def mend(self, principal: Principal) -> None:
        """A trial went well."""
        self._open.pop(principal, None)


def held_back(trip: Trip, call: Call[Any]) -> Depleted:
    """What a call raises that was not sent: the class and the facts of the refusal that tripped the breaker."""
    said, until = trip.error, moment(int(trip.until))
    error = type(said)(
        f"{call.method} {call.path} was not sent: X refused an earlier call ({said.title or said.status});"
        f" the next try is at {until:%Y-%m-%d %H:%M:%S} UTC",
        status=said.status,
        method=call.method,
        path=call.path,
        problem=said.problem,
        problems=said.problems,
    )
    error.sent, error.retry_at = False, until
    return error
