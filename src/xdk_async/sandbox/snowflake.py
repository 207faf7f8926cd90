"""Ids that tell when they were given out."""

from __future__ import annotations

from dataclasses import dataclass

EPOCH_MS = 1288834974657
BITS = 22  # below the time: which machine gave the id out, and its how-manieth in that millisecond


def snowflake(ms: int, number: int = 0) -> int:
    """The id number `number` of the millisecond `ms`."""
    return ((ms - EPOCH_MS) << BITS) + number


def ms_of(id: int) -> int:
    """The millisecond in which an id was given out."""
    return (id >> BITS) + EPOCH_MS


@dataclass(slots=True)
class Ids:
    """Gives out ids that rise, even when the clock stands still or goes back."""

    last: int = 0

    def next(self, ms: int) -> str:
        """A new id for the millisecond `ms`."""
        self.last = max(self.last + 1, snowflake(ms))
        return str(self.last)
