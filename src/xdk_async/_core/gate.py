"""What a call passes before it is sent: the breaker of its principal, then the windows of its endpoint, in turn.

Those who wait for one window stand in a line. Its first keeps the time, and asks the limiter again when the time has
passed or an answer has come that may change it; the others sleep until it is their turn. So nobody overtakes, nobody
asks in vain, and whoever leaves, by a permit, an error or cancellation, makes room for the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from xdk_async._core.breaker import FREE, Breakers, Depleted, LocalBreakers, held_back
from xdk_async._core.limiter import Claim, Limiter, LocalLimiter, Permit
from xdk_async._core.limits import Principal, moment, said
from xdk_async._core.wait import Patience
from xdk_async._core.window import Hold

Key: TypeAlias = tuple[str, Principal, bool]
log = logging.getLogger("xdk_async")


class Place:
    """One who waits."""

    __slots__ = ("ahead", "patience", "turn")

    def __init__(self, patience: Patience, ahead: int) -> None:
        self.patience = patience
        self.ahead = ahead  # how many stood before it when last counted
        self.turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def call(self) -> None:
        """Wake it up, to look again."""
        if not self.turn.done():
            self.turn.set_result(None)

    async def called(self) -> None:
        """Wait to be woken up."""
        try:
            await self.turn
        finally:
            self.turn = asyncio.get_running_loop().create_future()


class Line:
    """Those who wait for the windows of one endpoint and principal."""

    __slots__ = ("hold", "places", "until")

    def __init__(self) -> None:
        self.places: deque[Place] = deque()
        self.hold: Hold | None = None  # why the first may not go, as it was told last
        self.until = 0.0  # when it may

    def join(self, patience: Patience) -> Place:
        """Stand at the end."""
        place = Place(patience, len(self.places))
        self.places.append(place)
        return place

    def leave(self, place: Place) -> None:
        """Go, from wherever in the line; the first is called."""
        if self.places[0] is place:
            self.places.popleft()
        else:
            self.places.remove(place)
        self.call_first()

    def call_first(self) -> None:
        """Let the first look again."""
        if self.places:
            self.places[0].call()

    def ahead_of(self, place: Place, now: float) -> Hold | None:
        """What keeps a place: the first's reason, and the windows that those before it will use up. None if not known."""
        if self.hold is None or self.hold.why == "answer":
            return self.hold
        more = place.ahead // self.hold.calls * self.hold.every
        return self.hold._replace(seconds=max(self.until - now, 0.0) + more)

    def warn(self, now: float) -> None:
        """Call those who, as things stand now, wait in vain."""
        for ahead, place in enumerate(self.places):
            place.ahead = ahead
            hold = self.ahead_of(place, now)
            if ahead and hold is not None and not place.patience.allows(hold, now):
                place.call()


class Gate:
    """Shared by a client and its views."""

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        limiter: Limiter | None = None,
        breakers: Breakers | None = None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self.limiter: Limiter = limiter or LocalLimiter()
        self._breakers = breakers or LocalBreakers()
        self.lines: dict[Key, Line] = {}

    def keep_time(self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        """Go by another clock from now on."""
        self._clock, self._sleep = clock, sleep

    async def admit(self, claim: Claim, patience: Patience) -> Permit:
        """A permit, after whatever wait is needed and allowed.

        Raises:
            RateLimited: The window opens too late for the call.
            CreditsDepleted, UsageCapExceeded: X has refused others of the principal so, not long ago.
        """
        await self._check(claim, patience)
        key = (claim.endpoint, claim.principal, claim.spread)
        line = self.lines.get(key)
        if line is None:
            found = await self.limiter.take(claim, self._clock())
            if isinstance(found, Permit):
                return found
            await self._check(claim, patience)  # what many share may have brought news
            line = self.lines.setdefault(key, Line())
        place = line.join(patience)
        try:
            return await self._stand(line, place, claim)
        finally:
            line.leave(place)
            if not line.places:
                del self.lines[key]

    async def _stand(self, line: Line, place: Place, claim: Claim) -> Permit:
        patience, told_until = place.patience, 0.0
        while True:
            now = self._clock()
            is_first = line.places[0] is place
            if is_first:
                found = await self.limiter.take(claim, now)
                if isinstance(found, Permit):
                    line.hold = None
                    return found
                line.hold, line.until, place.ahead = found, now + found.seconds, 0
            hold = line.ahead_of(place, now)
            if hold is not None:
                if not patience.allows(hold, now):
                    raise patience.held(hold, now) from patience.error
                if hold.why != "answer" and now + hold.seconds > told_until + 1:
                    told_until = now + hold.seconds
                    note(hold, claim, is_first)
                    await patience.tell(hold.why, hold.seconds, now)
            if is_first and hold is not None:
                line.warn(now)
                await self._rest(hold.seconds if hold.again is None else hold.again, place)
            else:
                await place.called()
            if hold is not None and hold.why == "window":
                patience.waited += self._clock() - now
            await self._check(claim, patience)

    async def _rest(self, seconds: float, place: Place) -> None:
        """Sleep, unless something comes up."""
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        try:
            await asyncio.wait((sleeping, place.turn), return_when=asyncio.FIRST_COMPLETED)
            if sleeping.done():
                sleeping.result()
        finally:
            sleeping.cancel()
            if place.turn.done():
                place.turn = asyncio.get_running_loop().create_future()

    async def _check(self, claim: Claim, patience: Patience) -> None:
        if patience.is_trial or claim.endpoint.startswith(FREE):
            return
        trip = await self._breakers.check(claim.principal, self._clock())
        if trip is None:
            return
        if not trip.is_trial:
            raise held_back(trip, patience.call)
        patience.is_trial = True

    async def land(self, permit: Permit, headers: Iterable[tuple[bytes, bytes]], refused: bool) -> float:
        """An answer has come; seconds until such a call may go again, if X refused it for a window."""
        now = self._clock()
        wait = await self.limiter.land(permit, said(headers, now), refused, now)
        self._stir(permit.claim)
        return wait

    async def lose(self, permit: Permit, counted: bool) -> None:
        """No answer will come; `counted` if X may have counted the call."""
        await self.limiter.lose(permit, counted)
        self._stir(permit.claim)

    def _stir(self, claim: Claim) -> None:
        """Let those look again whom an answer may help."""
        if not self.lines:
            return
        for (endpoint, principal, _), line in self.lines.items():
            shares = line.hold is not None and line.hold.shared and principal.app == claim.principal.app
            if endpoint == claim.endpoint and (principal == claim.principal or shares):
                line.call_first()

    async def trip(self, principal: Principal, error: Depleted, was_trial: bool) -> None:
        """Hold all calls of the principal back, those that wait included."""
        trip = await self._breakers.trip(principal, error, was_trial, self._clock())
        error.retry_at = moment(int(trip.until))
        for (_, whose, _), line in self.lines.items():
            if whose == principal:
                for place in line.places:
                    place.call()

    async def mend(self, principal: Principal) -> None:
        """A trial went well: calls go again."""
        await self._breakers.mend(principal)


def note(hold: Hold, claim: Claim, is_first: bool) -> None:
    """A wait for a window is worth telling: from outside it looks as if nothing happened. Once for a line will do."""
    level = logging.WARNING if is_first and hold.why == "window" and hold.seconds >= 1 else logging.DEBUG
    what = "the window is used up" if hold.why == "window" else "calls keep a distance"
    log.log(level, "%s waits %.1f s: %s", claim.endpoint, hold.seconds, what)
