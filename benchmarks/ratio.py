"""From samples to ratios: within a round both sides ran next to each other, so that their ratio means something."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import NamedTuple

from benchmarks.case import Quantity
from benchmarks.fleet import Measured
from benchmarks.measure import Sample


class Spread(NamedTuple):
    """Many numbers in three."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} [{self.low:.2f}–{self.high:.2f}]"


def spread(numbers: Iterable[float]) -> Spread:
    """Median, and the quartiles around it (the extremes of fewer than four)."""
    found = sorted(numbers)
    if len(found) < 4:
        return Spread(statistics.median(found), found[0], found[-1])
    low, median, high = statistics.quantiles(found, n=4, method="inclusive")
    return Spread(median, low, high)


class Results:
    """All samples of a run."""

    def __init__(self, measured: Iterable[Measured] = ()) -> None:
        self._found: dict[tuple[str, str, int], Sample] = {}
        for each in measured:
            self.add(each)

    def add(self, each: Measured) -> None:
        """Take in a sample."""
        self._found[each.case, each.peer, each.round] = each.sample

    def values(self, case: str, peer: str, quantity: Quantity) -> dict[int, float]:
        """One quantity in each round."""
        return {
            number: quantity_of(sample, quantity)
            for (name, who, number), sample in self._found.items()
            if (name, who) == (case, peer)
        }

    def of(self, case: str, peer: str, quantity: Quantity) -> Spread | None:
        """One quantity over all rounds; None if it was not measured."""
        values = self.values(case, peer, quantity)
        return spread(values.values()) if values else None

    def ratio(
        self, case: str, peer: str, beside: str, quantity: Quantity = "cpu", beside_case: str | None = None
    ) -> Spread | None:
        """How many times what the other costs, over all rounds that have both."""
        own, other = self.values(case, peer, quantity), self.values(beside_case or case, beside, quantity)
        ratios = [own[number] / other[number] for number in own if other.get(number)]
        return spread(ratios) if ratios else None

    def noise(self) -> float:
        """By how much the same thing differs from round to round: the median over all series of (high - low) / median."""
        series = {(case, peer) for case, peer, _ in self._found}
        found = [self.of(case, peer, "cpu") for case, peer in series]
        return statistics.median([(each.high - each.low) / each.median for each in found if each and each.median])


def quantity_of(sample: Sample, quantity: Quantity) -> float:
    if quantity == "cpu":
        return sample.cpu
    return sample.wall if quantity == "wall" else sample.more[quantity]
