"""The rules that are in force, and what they do to a call."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, TypedDict, Unpack

import msgspec

from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.fault.made import made, matches
from xdk_async.sandbox.fault.rule import Change, End, Fault, Problem
from xdk_async.sandbox.wire import Wire

FaultName: TypeAlias = Literal[
    "latency", "status", "html", "truncate", "reset", "stall", "drift", "vocabulary", "gzip",
    "close", "half_line", "split_utf8", "disconnect", "duplicate", "long_line", "missed", "garbage",
]  # fmt: skip


class Settings(TypedDict, total=False):
    """Settings of rules. The first five go with every fault, the others with those that they are documented at."""

    operation: str
    nth: int | list[int]
    probability: float
    seed: int
    times: int
    seconds: float
    problem: Problem
    status: int
    body: Any
    headers: dict[str, str]
    share: float
    when: Literal["before", "after", "amid"]
    after: int
    change: Change
    version: Literal["2.166", "2.167"]
    broken: bool
    then: End
    count: int
    bytes: int
    line: str


class Active:
    """A rule in force. As a context manager it is removed at the end of the block."""

    def __init__(self, id: str, rule: Fault, faults: Faults) -> None:
        self.id: str = id
        """Names it, for `Faults.remove`."""
        self.rule: Fault = rule
        """What was asked for."""
        self.calls: int = 0
        """Calls that it was about."""
        self.fired: int = 0
        """Calls that it happened to."""
        self.rng: random.Random = random.Random(rule.seed)
        self._faults = faults

    def hits(self) -> bool:
        """Whether it happens to the next call."""
        self.calls += 1
        rule = self.rule
        numbers = [rule.nth] if isinstance(rule.nth, int) else rule.nth
        chance = rule.probability >= 1 or self.rng.random() < rule.probability
        spent = rule.times is not None and self.fired >= rule.times
        if spent or not chance or (numbers is not None and self.calls not in numbers):
            return False
        self.fired += 1
        return True

    def remove(self) -> None:
        """Put an end to it."""
        self._faults.remove(self.id)

    def told(self) -> dict[str, Any]:
        """The rule and its counts, as JSON."""
        rule: dict[str, Any] = msgspec.to_builtins(self.rule)
        return {"id": self.id, **rule, "calls": self.calls, "fired": self.fired}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<Active {self.told()}>"


class Faults:
    """What is to go wrong. Safe to use from any thread."""

    def __init__(self, doors: Iterable[str] = ()) -> None:
        self.stalled: set[Wire] = set()
        """Connections on which nothing more comes."""
        self._pauses: set[asyncio.Future[None]] = set()
        self._doors = [*dict.fromkeys(doors)]
        self._active: dict[str, Active] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, fault: FaultName, **settings: Unpack[Settings]) -> Active:
        """Put a rule in force.

        Args:
            fault: What happens.
            settings: To which calls (`operation`, `nth`, `probability` with `seed`, `times`), and what the fault takes.

        Raises:
            FaultError: It cannot be meant so; the message says why.
        """
        return self.add_rule({"fault": fault, **settings})

    def add_rule(self, given: Mapping[str, Any]) -> Active:
        """The same from one mapping, such as a JSON object."""
        rule = made(given, self._doors)
        with self._lock:
            active = Active(str(next(self._numbers)), rule, self)
            self._active[active.id] = active
        return active

    def remove(self, id: str) -> bool:
        """Put an end to a rule; False if there is none with that id."""
        with self._lock:
            return self._active.pop(id, None) is not None

    def clear(self) -> None:
        """Put an end to all rules. Connections that are stalled stay so."""
        with self._lock:
            self._active.clear()

    @property
    def active(self) -> list[Active]:
        """The rules in force, oldest first."""
        with self._lock:
            return [*self._active.values()]

    def due(self, name: str) -> list[Active]:
        """The rules that happen to this call of what is called so. Each look counts as a call."""
        if not self._active:
            return []
        with self._lock:
            return [each for each in self._active.values() if matches(each.rule, name) and each.hits()]

    async def pause(self, clock: Clock, seconds: float) -> None:
        """Return so much later, or when the sandbox ends."""
        sleeping = asyncio.ensure_future(clock.sleep(seconds))
        self._pauses.add(sleeping)
        try:
            await asyncio.wait([sleeping])
        finally:
            self._pauses.discard(sleeping)
            sleeping.cancel()

    def end(self) -> None:
        """Close what is stalled, and let go on what waits."""
        for wire in [*self.stalled]:
            wire.close()
        for sleeping in [*self._pauses]:
            sleeping.cancel()
