"""One window of calls as far as it is known: what X told, what was sent since, and when it starts anew.

Pure: time is an argument. X counts when a call arrives, and tells when its answer leaves; in between any number of others
are on their way. So a call may go while what X told last, less what is in flight, leaves something.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, Protocol, TypeAlias

from xdk_async._core.limits import DAY, Told, clock_of

LATE = 1.0  # seconds: resets are told in whole ones, so that a window may open that much later
SAME = 2.0  # resets that differ by less are of one window
UNTOLD = 60.0  # seconds that a refusal without a reset closes a window for; X's own recipe
UNSURE = 10  # calls in flight at the most while nothing is known of a window: the rest waits for their answers
PATIENCE = 2.0  # seconds that it waits at the most
MUTE = 10  # answers without a word about limits, after which X is taken not to count here
ROUNDING = 1.001  # clocks of floating-point numbers call a second a little less now and then

Why: TypeAlias = Literal["window", "spacing", "answer"]
Place: TypeAlias = Literal[0, 1, 2]


class Hold(NamedTuple):
    """Why a call may not go now."""

    seconds: float
    """Until it may be asked again; an answer that comes before may change it."""
    why: Why
    """`window`: used up. `spacing`: calls keep a distance. `answer`: what is in flight will tell."""
    calls: int = 1
    """How many may go then, …"""
    every: float = 0.0
    """… and how many seconds later as many again."""
    shared: bool = False
    """Whether an answer to another user's call may change it."""
    again: float | None = None
    """Seconds until to ask again where others may have learnt more meanwhile; None for when it is over."""


class Counts(Protocol):
    """What a call has to pass, and is counted by."""

    number: int
    """Which of the windows that follow each other it is."""
    place: Place
    """Where in `Said.told` its word stands."""

    def hold(self, now: float, spread: bool) -> Hold | None:
        """Why a call may not go; None if it may."""

    def take(self, now: float, spread: bool) -> None:
        """A call goes."""

    def land(self, number: int, told: Told | None, date: float | None, now: float) -> None:
        """Its answer has come."""

    def lose(self, number: int, counted: bool) -> None:
        """No answer will come; `counted` if X may have counted the call."""


class Window:
    """So many calls until a moment at which it starts anew, as X has them for 15 minutes and for 24 hours."""

    __slots__ = (
        "_calls", "_flying", "_left", "_mute", "_reset", "_seconds", "_spaced", "_told", "_trial", "_tried",
        "number", "opens", "place",
    )  # fmt: skip

    def __init__(self, seconds: int, calls: int | None = None, place: Place = 0) -> None:
        self.place: Place = place
        self.number = 0  # which one it is: counts up
        self.opens = math.inf  # when it starts anew, by our clock; infinity while it has not begun
        self._seconds = seconds
        self._calls = calls  # that it holds; None if neither X's page nor an answer says
        self._left = calls  # of them, those in flight included
        self._told = False  # whether X said so of this one
        self._reset: int | None = None  # when it starts anew, by X's clock: what tells windows apart
        self._mute = 0  # answers that said nothing
        self._flying = 0
        self._trial = UNSURE  # in flight at the most until an answer tells; 0 once one did
        self._tried = 0.0  # when the first of them went
        self._spaced = 0.0  # when the next of those that are spread may go

    @property
    def is_idle(self) -> bool:
        """Whether nothing would be lost with it but the size of the window."""
        return not self._flying and (self.opens == math.inf or not self._told)

    @property
    def known(self) -> Told | None:
        """X's last word on it, less what was counted since; None without one."""
        return Told(self._calls, self._left, self._reset) if self._told and self.opens < math.inf else None

    def heed(self, free: int) -> None:
        """Others, who use it too, leave so many that are not in flight here."""
        self._left = free + self._flying if self._left is None else min(self._left, free + self._flying)

    def crowds(self, now: float, sharers: int) -> Hold | None:
        """Why a call may not go while so many others use the window of whom nothing is heard.

        Each may have in flight what would leave half of the rest if all did. What they use up is told with every answer.
        """
        if self._left is None or self._silent or now >= self.opens or self._flying + 1 <= self._left / (2 * sharers):
            return None
        if self._flying:
            return Hold(PATIENCE, "answer")
        few = self._calls is None or self._calls < 8 * sharers  # then some may be refused, rather than none go at all
        return None if few else Hold(self.opens - now, "window", self._calls or 1, self._seconds)

    @property
    def _silent(self) -> bool:
        return self._mute >= MUTE

    def hold(self, now: float, spread: bool) -> Hold | None:
        """Why a call may not go; None if it may."""
        if now >= self.opens:
            self._turn(now)
        left, silent = self._left, self._silent
        if left is not None and left <= 0 and not silent:
            return Hold(self.opens - now, "window", self._calls or 1, self._seconds)
        if self._trial and self._flying >= self._trial and now < self._tried + PATIENCE:
            return Hold(self._tried + PATIENCE - now, "answer")
        if left is not None and self._flying >= left and not silent:
            return Hold(PATIENCE, "answer")
        if spread and now < self._spaced:
            return Hold(self._spaced - now, "spacing", every=self._distance(now))
        return None

    def take(self, now: float, spread: bool) -> None:
        """A call goes."""
        if self._trial and not self._flying:
            self._tried = now
        if self.opens == math.inf:
            self.opens = now + self._seconds  # X's windows start with the first call
        if spread:
            self._spaced = now + self._distance(now)
        self._flying += 1

    def _distance(self, now: float) -> float:
        """Seconds between calls that share what is left evenly."""
        if self._left is None:
            return 0.0
        return (self.opens - now) / max(self._left - self._flying, 1)

    def land(self, number: int, told: Told | None, date: float | None, now: float) -> None:
        """An answer has come."""
        self._flying -= 1
        if (told is None or not self.learn(told, date, now)) and number == self.number:
            self._count()
            self._mute += not self._told
        if number == self.number:
            self._trial = 0

    def lose(self, number: int, counted: bool) -> None:
        """No answer will come."""
        self._flying -= 1
        if counted and number == self.number:
            self._count()

    def shut(self, told: Told | None, date: float | None, wait: float | None, now: float) -> None:
        """X refused a call: nothing goes before it says so, or before `wait` seconds if it asked for that."""
        ahead = None if told is None else self._ahead(told, date, now)
        if told is not None and self._order(told) < 0:
            return  # the refusal is of a window that is over
        if told is not None and told.limit and told.limit > 0:
            self._calls = told.limit
        if wait is not None:
            self.opens = now + wait
        elif ahead is not None:
            self.opens = now + ahead
        elif told is not None and told.reset is not None:
            self.opens = now + LATE  # open already, it seems
        elif told is not None or self._left is None or self._left > 0 or self.opens == math.inf:
            self.opens = now + UNTOLD  # else our own count says that it is used up, and since when it runs
        self._left, self._told, self._reset = 0, True, told.reset if told is not None else None
        self._mute = -(10**9)  # it does count

    def _ahead(self, told: Told, date: float | None, now: float) -> float | None:
        """Seconds until the window opens; None if X did not say, or told a moment that is over."""
        if told.reset is None:
            return None
        ahead = told.reset - clock_of(told.reset, date, now)
        if ahead <= 0:
            return None
        return (ahead if ahead <= DAY else self._seconds) + LATE

    def learn(self, told: Told, date: float | None, now: float) -> bool:
        """Whether the word makes sense. It counts for more than our count; of several on one window the lowest does.

        Answers overtake each other, so that an older word may come last.
        """
        ahead = self._ahead(told, date, now)
        if told.reset is not None and ahead is None:
            return False
        if told.limit and told.limit > 0:
            self._calls = told.limit
        opens = now + ahead if ahead is not None else self.opens if self.opens < math.inf else now + self._seconds
        order = self._order(told)
        if order < 0:
            return True  # of a window that is over
        left = None if told.remaining is None else max(told.remaining, 0)
        if left is not None and self._calls is not None:
            left = min(left, self._calls)
        if not self._told or order > 0:
            self.number += self._told
            self._left, self.opens, self._reset = self._calls if left is None else left, opens, told.reset
        elif left is not None:
            self._left = left if self._left is None else min(self._left, left)
        if left is None:
            self._count()
        self._told, self._mute = True, 0
        return True

    def _order(self, told: Told) -> int:
        """Whether the word is of a window before this one, of this one, or of one after it: -1, 0, 1."""
        if told.reset is None or self._reset is None:
            return 0
        return (told.reset > self._reset + SAME) - (told.reset < self._reset - SAME)

    def _count(self) -> None:
        if self._left is not None:
            self._left -= 1

    def _turn(self, now: float) -> None:
        """It starts anew. After a shut one a single call finds out whether it is open; then the others follow."""
        was_shut = self._left is not None and self._left <= 0 and not self._silent
        self.number += 1
        self.opens, self._left, self._told, self._reset, self._spaced = math.inf, self._calls, False, None, 0.0
        self._trial, self._tried = 0 if self._silent else 1 if was_shut else UNSURE, now


class Pace:
    """Calls that keep a distance, as X wants it where it allows one a second. No header tells of it.

    What counts is when calls arrive, and the network may bring two closer together. An answer tells that its call had
    arrived: the next goes a distance later. Where answers are slow, twice the distance between two calls must do.
    """

    __slots__ = ("_distance", "_next", "number", "place")

    def __init__(self, seconds: int, calls: int) -> None:
        self.place: Place = 0
        self.number = 0  # of the last call
        self._distance = seconds * ROUNDING / calls
        self._next = 0.0

    def hold(self, now: float, spread: bool) -> Hold | None:
        """Why a call may not go; None if it may."""
        del spread
        return Hold(self._next - now, "spacing", every=self._distance) if now < self._next else None

    def take(self, now: float, spread: bool) -> None:
        """A call goes."""
        del spread
        self.number += 1
        self._next = now + 2 * self._distance

    def land(self, number: int, told: Told | None, date: float | None, now: float) -> None:
        """An answer has come."""
        del told, date
        if number == self.number:
            self._next = min(self._next, now + self._distance)

    def lose(self, number: int, counted: bool) -> None:
        """No answer will come: the distance stays."""

    def shut(self, now: float) -> None:
        """X refused a call for coming too soon."""
        self._next = max(self._next, now + self._distance)
