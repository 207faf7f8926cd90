"""What importing costs, beside the official SDK, each in fresh processes, in interleaved rounds.

    nox -s imports            # installs the official SDK (xdk) into an environment of its own
    python benchmarks/imports.py [--rounds 15] [--python PYTHON_WITH_XDK]

Only the ratios mean anything: times on a shared machine do not. Exits with 1 if a budget is missed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

CASES = {
    "python": "pass",
    "import xdk": "import xdk",
    "import xdk_async": "import xdk_async",
    'AsyncClient(bearer_token="x")': 'import xdk_async; xdk_async.AsyncClient(bearer_token="x")',
}
BUDGETS = {"import xdk_async": 0.12, 'AsyncClient(bearer_token="x")': 0.25}  # times `import xdk`


def seconds(python: str, code: str) -> float:
    started = time.perf_counter()
    subprocess.run([python, "-c", code], check=True)
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has xdk installed")
    options = parser.parse_args()
    measured: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(options.rounds + 1):
        for name, code in CASES.items():
            measured[name].append(seconds(options.python if name == "import xdk" else sys.executable, code))
    median = {name: statistics.median(values[1:]) for name, values in measured.items()}  # the first round warms caches
    missed = 0
    for name, budget in BUDGETS.items():
        ratio = median[name] / median["import xdk"]
        missed += ratio > budget
        print(f"{name}: {ratio:.3f} × import xdk (budget {budget}){'  MISSED' if ratio > budget else ''}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
