"""Who may call now: the windows of every endpoint and principal that a client uses.

X's published table says how a window starts, headers what it really holds. `Limiter` is what one that many machines share
has to offer as well; whatever waits, does so in `gate`.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from xdk_async._core.limits import QUARTER, Principal, Published, Said
from xdk_async._core.window import Counts, Hold, Pace, Place, Window
from xdk_async.api.limits import LIMITS

DAY = 24 * 3600
DAYS: tuple[Place, ...] = (1, 2)
MOST = 10_000  # endpoints of principals that are remembered
UNPUBLISHED = Published()


class Claim(NamedTuple):
    """A call that wants to go."""

    endpoint: str
    """The operation's name, or method and path of what the table does not list."""
    principal: Principal
    as_user: bool
    """Whether X counts it in a user's windows."""
    spread: bool = False
    """Whether to spread calls evenly over a window."""


class Permit:
    """A call that may go, and has been counted. Give it back with `land` or `lose`, once."""

    __slots__ = ("claim",)

    def __init__(self, claim: Claim) -> None:
        self.claim: Claim = claim


class Listed(NamedTuple):
    """How many calls X's page allows such a call; None for a window that it does not list."""

    quarter: int | None
    day: int | None
    apps_day: int | None
    second: int | None


def listing(claim: Claim) -> Listed:
    """What X publishes of a call's windows."""
    published = LIMITS.get(claim.endpoint, UNPUBLISHED)
    own = {each.seconds: each.calls for each in (published.user if claim.as_user else published.app)}
    everyones = {each.seconds: each.calls for each in published.app}
    return Listed(own.get(QUARTER), own.get(DAY) if claim.as_user else None, everyones.get(DAY), own.get(1))


class Limiter(Protocol):
    """Keeps the windows, here or for many machines. Never waits for a window itself; times are seconds since the epoch."""

    async def take(self, claim: Claim, now: float) -> Permit | Hold:
        """A permit, or why there is none yet."""
        ...

    async def land(self, permit: Permit, said: Said, refused: bool, now: float) -> float:
        """An answer has come; `refused` if it is a 429 for a window. Seconds until such a call may go again, 0 for at once."""
        ...

    async def lose(self, permit: Permit, counted: bool) -> None:
        """No answer will come; `counted` if X may have counted the call."""
        ...


class Endpoint:
    """The windows of one endpoint and principal: those of X's table, and those that answers told of."""

    __slots__ = ("counts", "windows")

    def __init__(self, windows: list[Window], pace: Pace | None) -> None:
        self.windows: dict[Place, Window] = {each.place: each for each in windows}
        self.counts: tuple[Counts, ...] = (*windows, *([pace] if pace else []))

    def add(self, window: Window) -> None:
        """Answers tell of a window that the table does not list."""
        paces = self.counts[len(self.windows) :]
        self.windows[window.place] = window
        self.counts = (*(self.windows[place] for place in sorted(self.windows)), *paces)

    @property
    def is_idle(self) -> bool:
        """Whether forgetting it loses next to nothing."""
        return all(each.is_idle for each in self.windows.values())


class LocalPermit(Permit):
    """With it, which windows counted the call."""

    __slots__ = ("endpoint", "marks")

    def __init__(self, claim: Claim, endpoint: Endpoint) -> None:
        super().__init__(claim)
        self.endpoint = endpoint
        self.marks = [(each, each.number) for each in endpoint.counts]


class LocalLimiter:
    """The windows of one process."""

    def __init__(self) -> None:
        self.endpoints: dict[tuple[str, Principal], Endpoint] = {}
        self._app_days: dict[tuple[str, str], Window] = {}

    async def take(self, claim: Claim, now: float) -> LocalPermit | Hold:
        """A permit, or what keeps the call longest."""
        endpoint = self.endpoint(claim)
        longest: Hold | None = None
        shared = False
        for each in endpoint.counts:
            hold = each.hold(now, claim.spread)
            if hold is not None:
                shared = shared or (claim.as_user and each.place == 2)
                longest = hold if longest is None or hold.seconds > longest.seconds else longest
        if longest is not None:
            return longest._replace(shared=True) if shared else longest
        return self.count(claim, now)

    def count(self, claim: Claim, now: float) -> LocalPermit:
        """A permit of a call that goes, whoever let it."""
        endpoint = self.endpoint(claim)
        for each in endpoint.counts:
            each.take(now, claim.spread)
        return LocalPermit(claim, endpoint)

    def endpoint(self, claim: Claim) -> Endpoint:
        """The windows that a call has to pass."""
        return self.endpoints.get(claim[:2]) or self._new(claim)

    async def land(self, permit: Permit, said: Said, refused: bool, now: float) -> float:
        """Learn from an answer; seconds until such a call may go again."""
        endpoint, marks = ours(permit)
        for each, number in marks:
            each.land(number, said.told[each.place], said.date, now)
        counted = {each.place for each, _ in marks}
        for place in DAYS:
            told = said.told[place]
            if told is not None and place not in counted:
                if place not in endpoint.windows:
                    endpoint.add(self._day(permit.claim, place, None))
                endpoint.windows[place].learn(told, said.date, now)
        if not refused:
            return 0.0
        shut(endpoint, said, now)
        return max((hold.seconds for each in endpoint.counts if (hold := each.hold(now, False))), default=0.0)

    async def lose(self, permit: Permit, counted: bool) -> None:
        """No answer will come."""
        for each, number in ours(permit)[1]:
            each.lose(number, counted)

    def _new(self, claim: Claim) -> Endpoint:
        if len(self.endpoints) >= MOST:
            self._forget()
        listed = listing(claim)
        windows = [Window(QUARTER, listed.quarter)]
        if listed.day is not None:
            windows.append(self._day(claim, 1, listed.day))
        if listed.apps_day is not None:
            windows.append(self._day(claim, 2, listed.apps_day))
        endpoint = self.endpoints[claim[:2]] = Endpoint(windows, Pace(1, listed.second) if listed.second else None)
        return endpoint

    def _day(self, claim: Claim, place: Place, calls: int | None) -> Window:
        """A window of 24 hours; that of an app is one for all of its users."""
        if place == 1:
            return Window(DAY, calls, place)
        return self._app_days.setdefault((claim.endpoint, claim.principal.app), Window(DAY, calls, place))

    def _forget(self) -> None:
        """Room for a quarter: what is idle goes first, then what is oldest."""
        room = len(self.endpoints) - MOST * 3 // 4
        idle = [key for key, each in self.endpoints.items() if each.is_idle]
        for key in [*idle, *self.endpoints][:room]:
            self.endpoints.pop(key, None)


def ours(permit: Permit) -> tuple[Endpoint, list[tuple[Counts, int]]]:
    if not isinstance(permit, LocalPermit):
        raise TypeError("the permit is of another limiter")
    return permit.endpoint, permit.marks


def shut(endpoint: Endpoint, said: Said, now: float) -> None:
    """A 429: the windows that are told to be used up close. If none is, it was the distance, or what no header tells of."""
    used_up = [each for each in endpoint.windows.values() if (told := said.told[each.place]) and told.remaining == 0]
    for window in used_up:
        window.shut(said.told[window.place], said.date, said.retry_after, now)
    if used_up:
        return
    paces = [each for each in endpoint.counts if isinstance(each, Pace)]
    for pace in paces:
        pace.shut(now)
    if not paces or said.told[0] is None or said.retry_after is not None:
        endpoint.windows[0].shut(said.told[0], said.date, said.retry_after, now)
