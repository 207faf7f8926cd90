"""Limits that many processes share through Redis (extra `redis`): one budget of calls, whoever makes them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from xdk_async._core.breaker import FREE, Depleted, LocalBreakers, Trip
from xdk_async._core.given import check_seconds, check_text, check_type
from xdk_async._core.limiter import MOST, Claim, LocalLimiter, LocalPermit, Permit
from xdk_async._core.limits import Principal, Said
from xdk_async._core.redis_breaker import RedisBreakers
from xdk_async._core.redis_link import Away, RedisClient, RedisLink
from xdk_async._core.redis_window import RedisWindows, plain
from xdk_async._core.window import Hold
from xdk_async.auth.credential import digest, is_nameless
from xdk_async.errors import InvalidArgument, StoreFailed

Key: TypeAlias = tuple[str, Principal]
SOON = 1.0  # seconds until to ask again while Redis is away
AT_ONCE = Hold(0.0, "answer")
FORGOTTEN = "?"  # in place of what tells states apart, of one that may have missed something


class SharedPermit(Permit):
    """With it, the leases that count it in Redis, and its like in this process."""

    __slots__ = ("key", "local", "marks", "number")

    def __init__(self, claim: Claim, local: LocalPermit, marks: list[str], number: int) -> None:
        super().__init__(claim)
        self.key: Key = claim[:2]
        self.local = local
        self.marks = marks
        self.number = number


class RedisLimits:
    """Rate limits and breakers of all clients, in whatever process, that use the same Redis and the same `prefix`.

    Give it to each of them as `AsyncClient(limits=...)`. A call then goes when the window of its endpoint and principal
    has room for it, counting the calls of all. The calls of a process that dies are taken off when their lease ends.

    Args:
        redis: A `redis.asyncio.Redis` or `RedisCluster`, which stays yours to close, or an address: `redis://`,
            `rediss://` or `unix://`. A connection from an address is closed when the last client that uses it is closed.
        prefix: What all keys begin with.
        when_away: What happens while Redis cannot be asked. `open`: calls go by what this process knows, with care for the
            others. `closed`: calls raise `StoreFailed` before they are sent.
        app: A name for the app whose bearer token comes from a callable, or that an `httpx.Auth` of your own signs for.
            Processes that give the same one share its limits; without it, those of such credentials are not shared.
        lease: Seconds after which a call on its way is taken to be lost with its process.
        timeout: Seconds that Redis has for an answer before it counts as away.
    """

    def __init__(
        self,
        redis: RedisClient | str,
        *,
        prefix: str = "xdk-async:limits",
        when_away: Literal["open", "closed"] = "open",
        app: str | None = None,
        lease: float = 60.0,
        timeout: float = 1.0,
    ) -> None:
        if when_away not in ("open", "closed"):
            raise InvalidArgument(f"when_away takes open or closed, not {when_away!r}")
        for name, value in (("lease", lease), ("timeout", timeout)):
            check_seconds(f"RedisLimits: {name}", value)
        for name, text in (("prefix", prefix), ("app", app or "")):
            check_text(f"RedisLimits: {name}=", text)
        self._prefix = prefix
        self._is_closed = when_away == "closed"
        self._link = RedisLink(redis, timeout)
        self._link.on_away = self._doubt
        self._process = uuid.uuid4().hex[:12]
        self._nameless = Principal(digest(app) if app else self._process)
        self._local = LocalLimiter()
        self._local_breakers = LocalBreakers()
        self._windows = RedisWindows(self._link, prefix, self._process, lease)
        self._breakers = RedisBreakers(self._link, prefix)
        self._born: dict[Key, str] = {}
        self._flying: dict[Key, set[SharedPermit]] = {}
        self._sharers = 1
        self._clients = 0

    async def take(self, claim: Claim, now: float) -> Permit | Hold:
        """A permit, or why there is none yet.

        Raises:
            StoreFailed: Redis is away, and `when_away` is `closed`.
        """
        claim = claim._replace(principal=self._shared(claim.principal))
        try:
            found = await self._ask(claim)
            if "strange" in found:
                await self._remind(claim, now)
                found = await self._ask(claim)
        except Away as away:
            return await self._take_alone(claim, now, away)
        if "tripped" in found:
            self._breakers.suspect(claim.principal, found["tripped"])
            return AT_ONCE  # the gate looks at the breakers before
        self._remember(claim, found.get("born", FORGOTTEN))
        self._sharers = found.get("processes", self._sharers)
        local = self._local.count(claim, now) if "marks" in found else None
        for place, window in self._local.endpoint(claim).windows.items():
            if (free := found.get("free", {}).get(str(place))) is not None:
                window.heed(int(free))
        if local is not None:
            return self._permit(claim, local, found["marks"], found["number"])
        return self._windows.asked_again(Hold(**found["hold"]) if "hold" in found else AT_ONCE)

    async def land(self, permit: Permit, said: Said, refused: bool, now: float) -> float:
        """Learn from an answer; seconds until such a call may go again."""
        shared = self._over(permit)
        alone = await self._local.land(shared.local, said, refused, now)
        more = {
            "marks": shared.marks, "number": shared.number, "told": [plain(each) for each in said.told], "date": said.date,
            "wait": said.retry_after, "refused": refused,
        }  # fmt: skip
        try:
            found = await self._windows.ask(permit.claim, "land", **more)
        except (Away, StoreFailed):
            return alone  # the answer is there: it counts for more than what could be learnt from it
        return float(found["seconds"])

    async def lose(self, permit: Permit, counted: bool) -> None:
        """No answer will come."""
        shared = self._over(permit)
        await self._local.lose(shared.local, counted)
        try:
            await self._windows.ask(permit.claim, "lose", marks=shared.marks, counted=counted)
        except (Away, StoreFailed):
            return  # its lease will end

    async def check(self, principal: Principal, now: float) -> Trip | None:
        """What holds calls back. Asks Redis only where something does, as far as is known."""
        principal = self._shared(principal)
        try:
            found = await self._breakers.check(principal, now)
        except Away as away:
            self._allow(away)
        else:
            if found is not None or not self._link.is_away:
                return found
        return await self._local_breakers.check(principal, now)

    async def trip(self, principal: Principal, error: Depleted, was_trial: bool, now: float) -> Trip:
        """Hold calls back, here and elsewhere."""
        principal = self._shared(principal)
        alone = await self._local_breakers.trip(principal, error, was_trial, now)
        try:
            return await self._breakers.trip(principal, error, was_trial, now)
        except (Away, StoreFailed):
            return alone

    async def mend(self, principal: Principal) -> None:
        """A trial went well."""
        principal = self._shared(principal)
        await self._local_breakers.mend(principal)
        try:
            await self._breakers.mend(principal)
        except (Away, StoreFailed):
            return

    def keep_time(self, clock: Callable[[], float], chance: Callable[[], float] = random.random) -> None:
        """Go by this clock, in seconds since the epoch, in place of Redis's own; and by numbers from 0 to 1."""
        self._windows.clock = self._breakers.clock = clock
        self._windows.chance = chance

    def opened(self) -> None:
        """A client uses it."""
        self._clients += 1

    async def closed(self) -> None:
        """A client does not use it any more."""
        self._clients -= 1
        if self._clients <= 0:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the connection, if it was made from an address."""
        await self._link.aclose()

    async def _ask(self, claim: Claim) -> dict[str, Any]:
        serial = "*" if claim.endpoint.startswith(FREE) else self._breakers.serial(claim.principal)
        return await self._windows.ask(claim, "take", born=self._born.get(claim[:2]), serial=serial)

    async def _remind(self, claim: Claim, now: float) -> None:
        """Tell a Redis that has forgotten what this process knows."""
        windows, flying = self._local.endpoint(claim).windows, self._flying.get(claim[:2], set())
        told: list[dict[str, object] | None] = [None, None, None]
        for place, window in windows.items():
            word = plain(window.known)
            if word is not None and window.opens > now:
                told[place] = {**word, "ahead": window.opens - now}
        leases = [[mark for each in flying if (mark := each.marks[place])] for place in range(3)]
        found = await self._windows.ask(claim, "remind", told=told, flying=leases)
        self._remember(claim, found["born"])

    async def _take_alone(self, claim: Claim, now: float, away: Away) -> Permit | Hold:
        """By what this process knows, as if each of the others were about to do the same."""
        self._allow(away)
        self._remember(claim, FORGOTTEN)
        for window in self._local.endpoint(claim).windows.values():
            if (crowd := window.crowds(now, self._sharers)) is not None:
                return crowd._replace(again=min(crowd.seconds, SOON))
        found = await self._local.take(claim, now)
        if isinstance(found, Hold):
            return found._replace(again=min(found.seconds, SOON))
        mark = f"{self._windows.next_name()}:0:{now:.6f}"
        places = self._local.endpoint(claim).windows
        return self._permit(claim, found, [mark if place in places else "" for place in (0, 1, 2)], 0)

    def _allow(self, away: Away) -> None:
        if self._is_closed:
            why = f": {away.__cause__}" if away.__cause__ else ""
            raise StoreFailed(f"the call was not sent: the shared limits in Redis cannot be asked{why}") from away

    def _permit(self, claim: Claim, local: LocalPermit, marks: list[str], number: int) -> SharedPermit:
        permit = SharedPermit(claim, local, marks, number)
        self._flying.setdefault(permit.key, set()).add(permit)
        return permit

    def _over(self, permit: Permit) -> SharedPermit:
        if not isinstance(permit, SharedPermit):
            raise TypeError("the permit is of another limiter")
        flying = self._flying[permit.key]
        flying.remove(permit)
        if not flying:
            del self._flying[permit.key]
        return permit

    def _remember(self, claim: Claim, born: str) -> None:
        if len(self._born) >= MOST:
            self._born.clear()
        self._born[claim[:2]] = born

    def _doubt(self) -> None:
        """Redis is away: what happens meanwhile has to be told to it later."""
        self._born = dict.fromkeys(self._born, FORGOTTEN)

    def _shared(self, principal: Principal) -> Principal:
        """The principal by a name that is the same in all processes."""
        return self._nameless if is_nameless(principal) else principal

    def __repr__(self) -> str:
        return f"<RedisLimits {self._prefix!r}>"


def shared_limits(limits: RedisLimits | str) -> RedisLimits:
    """The limits of one more client, which tells when it is closed.

    Raises:
        InvalidArgument: They are neither a `RedisLimits` nor the address of a Redis.
    """
    if isinstance(limits, str):
        limits = RedisLimits(limits)
    check_type("limits=", limits, RedisLimits, "a redis:// address or a RedisLimits, which RedisLimits(redis) makes")
    limits.opened()
    return limits
