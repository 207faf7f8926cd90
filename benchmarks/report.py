"""The table, the verdict, and the files of a run."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.budget import OWN, Budget
from benchmarks.case import Case, Group, Quantity
from benchmarks.chart import drawn
from benchmarks.ratio import Results

PACKAGES = (
    "aiohttp", "authlib", "httpx", "msgspec", "oauthlib", "requests", "tweepy", "uvloop", "xdk", "xdk-async",
)  # fmt: skip
HEADINGS: dict[Quantity, str] = {
    "cpu": "CPU µs", "wall": "wall µs", "p50_us": "p50 µs", "p99_us": "p99 µs", "held_kb": "KB a page", "user_kb": "KB a user",
    "core_percent": "% of a core", "grown_mb": "MB more", "mb": "MB in all",
}  # fmt: skip


class Machine:
    """What else the machine did meanwhile."""

    def __init__(self) -> None:
        self._began = time.time(), busy(), time.process_time()
        self.stolen = self.load = 0.0

    def stop(self) -> None:
        """The run is over."""
        self.load = os.getloadavg()[2]
        self.stolen = busy()[1] - self._began[1][1]
        self.minutes = (time.time() - self._began[0]) / 60

    def __str__(self) -> str:
        versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
        return (
            f"{platform.python_implementation()} {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores;"
            f" {self.minutes:.0f} minutes, load {self.load:.1f} (of the last 15 minutes, its own processes included),"
            f" {self.stolen:.0f} s stolen by the host.\n{versions}."
        )


def busy() -> tuple[float, float]:
    """Seconds that all cores worked, and that the host took away, since the machine began."""
    ticks = [int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    second = os.sysconf("SC_CLK_TCK")
    return sum(ticks[:3]) / second, (ticks[7] if len(ticks) > 7 else 0) / second


def table(groups: Iterable[Group], results: Results, machine: Machine) -> str:
    """Everything that was measured, as Markdown."""
    parts = [
        f"{machine}\nThe same measurement differs by {results.noise():.0%} between rounds (interquartile range, median of all)."
    ]
    parts += [section(group, results) for group in groups]
    return "\n\n".join(parts) + "\n"


def section(group: Group, results: Results) -> str:
    lines = [f"### {group.title}", "", "| case | who | costs | xdk-async costs, times this |", "|---|---|---|---|"]
    lines += [row(case, peer, results) for case in group.cases for peer in case.peers or group.peers]
    return "\n".join(lines)


def row(case: Case, peer: str, results: Results) -> str:
    costs: list[str] = []
    for quantity in case.quantities:
        found = results.of(case.name, peer, quantity)
        if found is not None:
            costs.append(f"{number(found.median)} {HEADINGS[quantity]}")
    ratio = results.ratio(case.name, OWN, peer, case.quantities[0]) if peer != OWN else None
    name = f"**{peer}**" if peer == OWN else peer
    return f"| {case.name} | {name} | {', '.join(costs)} | {ratio or ''} |"


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


class Verdict(NamedTuple):
    """Which targets hold."""

    text: str
    names: list[str]


def verdict(results: Results, budgets: Sequence[Budget]) -> Verdict:
    """All targets that this run can judge."""
    lines = ["### Targets", "", "| target | at most | is | |", "|---|---|---|---|"]
    missed: list[str] = []
    for budget in budgets:
        found = budget.found(results)
        if found is None:
            continue
        if budget.is_missed(results):
            missed.append(budget.name)
        lines.append(
            f"| {budget.name} | {budget.most:g} | {found} | {'**missed**' if budget.is_missed(results) else 'met'} |"
        )
    count = len(lines) - 4
    lines += [
        "",
        f"{count - len(missed)} of {count} targets are met." + (f" Missed: {'; '.join(missed)}." if missed else ""),
    ]
    return Verdict("\n".join(lines) + "\n", missed)


def saved(output: Path, groups: Iterable[Group], results: Results, samples: Sequence[Any], text: str) -> None:
    """`results.json` (every sample), `table.md`, and a chart for each group."""
    plain = [dataclasses.asdict(each) for each in samples]
    (output / "results.json").write_text(json.dumps(plain, indent=0))
    (output / "table.md").write_text(text)
    for group in groups:
        drawn(group, results, output / f"{group.name}.svg")
