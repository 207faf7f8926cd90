"""Targets of `budgets.toml`, held against results."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from benchmarks.case import Quantity
from benchmarks.ratio import Results, Spread

FILE = Path(__file__).with_name("budgets.toml")
OWN = "xdk-async"


@dataclass(frozen=True)
class Budget:
    """At most, or at least, so many times what another costs; or an absolute number where there is no other."""

    case: str
    beside: str = ""
    quantity: Quantity = "cpu"
    most: float = 0.0
    beside_case: str = ""
    why: str = ""

    @property
    def name(self) -> str:
        """As a report says it."""
        what = {"cpu": "CPU", "wall": "wall time", "p50_us": "p50 latency", "held_kb": "memory", "user_kb": "memory"}[
            self.quantity
        ]
        if not self.beside:
            return f"{self.case}: {what}"
        other = (
            self.beside_case
            if self.beside == OWN
            else self.beside + (f" ({self.beside_case})" if self.beside_case else "")
        )
        return f"{self.case}: {what} beside {other}"

    def found(self, results: Results) -> Spread | None:
        """What it is; None if it was not measured."""
        if not self.beside:
            return results.of(self.case, OWN, self.quantity)
        return results.ratio(self.case, OWN, self.beside, self.quantity, self.beside_case or None)

    def is_missed(self, results: Results) -> bool:
        """Whether the median lies beyond."""
        found = self.found(results)
        return found is not None and found.median > self.most


def budgets() -> list[Budget]:
    """All of them."""
    return [Budget(**each) for each in tomllib.loads(FILE.read_text())["budget"]]
