"""The command: measures what is asked for, prints the table, writes JSON and charts, and says which target is missed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.budget import budgets
from benchmarks.case import GROUPS
from benchmarks.fleet import Run, ground, measured
from benchmarks.ratio import Results
from benchmarks.report import Machine, saved, table, verdict


def main() -> int:
    """1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="fewer rounds, shorter measurements: a few minutes (default)")
    how.add_argument("--full", action="store_true", help="all rounds: about half an hour")
    parser.add_argument("--rounds", type=int, help="rounds of each group, in place of its own number")
    parser.add_argument("--only", nargs="+", choices=[group.name for group in GROUPS], help="groups to measure")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results"), help="where JSON and charts go")
    options = parser.parse_args()
    run = Run(quick=not options.full, seconds=0.5 if options.full else 0.2, rounds=options.rounds)
    groups = [group for group in GROUPS if not options.only or group.name in options.only]
    results, machine, samples = Results(), Machine(), list[object]()
    with ground() as place:
        for group in groups:
            for each in measured(group, place, run):
                results.add(each)
                samples.append(each)
                print(
                    f"\r{group.title}: round {each.round + 1}, {each.case}, {each.peer}".ljust(100),
                    end="",
                    file=sys.stderr,
                )
    print(file=sys.stderr)
    machine.stop()
    options.output.mkdir(parents=True, exist_ok=True)
    text = table(groups, results, machine)
    print(text)
    missed = verdict(results, budgets())
    print(missed.text)
    saved(options.output, groups, results, samples, f"{text}\n{missed.text}")
    return 1 if missed.names else 0


if __name__ == "__main__":
    sys.exit(main())
