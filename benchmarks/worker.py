"""A fresh process for one peer: reads a case from standard input, measures, prints the sample; again until it ends."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from typing import Any

import uvloop

from benchmarks.case import GROUPS, Case
from benchmarks.measure import Sample
from benchmarks.peer import PEERS, Site, peer


async def measured(case: Case, name: str, site: Site, number: int, seconds: float) -> Sample:
    """One measurement."""
    made = peer(name, site, case.token.format(at=number))
    await made.begin()
    try:
        assert callable(case.does)
        return await case.does(made, number, seconds)
    finally:
        await made.aclose()


def main() -> None:
    """Serve the fleet."""
    name = sys.argv[1]
    cases = {case.name: case for group in GROUPS for case in group.cases}
    run: Any = uvloop.run if PEERS[name].uvloop else asyncio.run
    print("{}", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        site = Site(asked["scheme"], asked["port"], asked["h2_port"])
        sample = run(measured(cases[asked["case"]], name, site, asked["number"], asked["seconds"]))
        print(json.dumps(dataclasses.asdict(sample)), flush=True)


if __name__ == "__main__":
    main()
