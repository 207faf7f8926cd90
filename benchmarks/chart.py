"""One chart for each group: bars beside each other, or curves where something grows."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

from benchmarks.budget import OWN
from benchmarks.case import Group
from benchmarks.ratio import Results

OURS, FLOOR, OTHERS = (
    "#1d9bf0",
    "#536471",
    ("#f4a261", "#e76f51", "#c9ada7", "#9a8c98", "#8ab17d", "#b5838d", "#6d6875"),
)


def drawn(group: Group, results: Results, path: Path) -> None:
    """Write the chart; costs as multiples of ours, smaller is better."""
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    matplotlib.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": group.name, "font.size": 8, "path.simplify": True}
    )
    plot: Any = importlib.import_module("matplotlib.pyplot")
    figure, axes = plot.subplots(figsize=(7.2, 3.2 if group.growth else 0.5 + 0.17 * sum(rows(group))))
    (curves if group.growth else bars)(axes, group, results)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_title(group.title, loc="left", fontsize=9, fontweight="bold")
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plot.close(figure)


def rows(group: Group) -> list[int]:
    return [len(case.peers or group.peers) + 1 for case in group.cases]


def bars(axes: Any, group: Group, results: Results) -> None:
    """A block of bars for each case; on a logarithmic scale, since they differ by a hundred."""
    place, ticks, names = 0.0, list[float](), list[str]()
    for case in group.cases:
        quantity = case.quantities[0]
        own = results.of(case.name, OWN, quantity)
        if own is None or not own.median:
            continue
        axes.text(1, place, f" {case.name}", fontsize=7, va="center", fontweight="bold", color="#0f1419")
        place += 1
        for peer in case.peers or group.peers:
            found = results.of(case.name, peer, quantity)
            if found is None or not found.median:
                continue
            times = found.median / own.median
            axes.barh(place, times - 1, left=1, color=colour(group, peer), height=0.8)
            axes.text(times, place, f" {times:.2f} ", fontsize=6, va="center", ha="left" if times >= 1 else "right")
            ticks.append(place)
            names.append(peer)
            place += 1
    axes.set_yticks(ticks, names)
    axes.set_xscale("log")
    axes.invert_yaxis()
    axes.axvline(1, color=OURS, linewidth=1)
    axes.set_xlabel("costs, times xdk-async's (less is better)")


def curves(axes: Any, group: Group, results: Results) -> None:
    """A curve for each peer over what grows."""
    grows = [case.at for case in group.cases]
    for peer in group.peers:
        found = [results.of(case.name, peer, group.cases[0].quantities[0]) for case in group.cases]
        costs = [each.median if each else math.nan for each in found]
        axes.plot(grows, costs, marker="o", markersize=3, label=peer, color=colour(group, peer))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(group.growth)
    axes.set_ylabel("CPU µs")
    axes.legend(frameon=False)


def colour(group: Group, peer: str) -> str:
    if peer.startswith(OWN):
        return OURS
    return FLOOR if peer == "floor" else OTHERS[group.peers.index(peer) % len(OTHERS)]
