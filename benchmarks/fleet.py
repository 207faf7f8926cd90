"""Processes that take turns: a fresh one for each peer and round, and the server on a core of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import trustme

from benchmarks.case import Case, Group
from benchmarks.measure import Sample
from benchmarks.start import started


@dataclass(frozen=True)
class Run:
    """How thorough to be."""

    quick: bool
    seconds: float  # of CPU for one measurement, where that can be chosen
    rounds: int | None = None


@dataclass(frozen=True)
class Measured:
    """A sample, and of what it is."""

    group: str
    case: str
    peer: str
    round: int
    sample: Sample


class Child:
    """A process that answers a line with a line."""

    def __init__(self, arguments: list[str], core: int, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(self._process.pid, {cores[core % len(cores)]})

    def said(self) -> Any:
        """What it prints next."""
        line = pipe(self._process.stdout).readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended")
        return json.loads(line)

    def ask(self, question: dict[str, Any]) -> Any:
        """Its answer."""
        asked = pipe(self._process.stdin)
        asked.write(json.dumps(question) + "\n")
        asked.flush()
        return self.said()

    def close(self) -> None:
        """End it."""
        pipe(self._process.stdin).close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:  # in the midst of a measurement that will not end
            self._process.kill()
            self._process.wait()
        pipe(self._process.stdout).close()


def pipe(found: IO[str] | None) -> IO[str]:
    assert found is not None
    return found


class Ground:
    """The server, its addresses, and the environment in which clients trust its certificate."""

    def __init__(self, directory: Path) -> None:
        authority, chain = trustme.CA(), directory / "server.pem"
        authority.cert_pem.write_to_path(str(directory / "ca.pem"))
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(chain))
        trusted = str(directory / "ca.pem")
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.upper().endswith("_PROXY") and name[:2] != "X_"
        }
        self.environment: dict[str, str] = {**plain, "SSL_CERT_FILE": trusted, "REQUESTS_CA_BUNDLE": trusted}
        self._server = Child(["benchmarks.server", str(chain)], 1, self.environment)
        self.plain, self.tls, self.h2 = self._server.said()

    def close(self) -> None:
        """End the server."""
        self._server.close()


@contextmanager
def ground() -> Generator[Ground]:
    """A server while it is needed."""
    with tempfile.TemporaryDirectory() as directory:
        made = Ground(Path(directory))
        try:
            yield made
        finally:
            made.close()


def measured(group: Group, place: Ground, run: Run) -> Iterator[Measured]:
    """All cases of a group, round by round; within a case the peers follow each other, each round beginning with another."""
    rounds = run.rounds or (group.quick_rounds if run.quick else group.rounds)
    for number in range(rounds):
        turn = number % len(group.peers)
        order = group.peers[turn:] + group.peers[:turn]
        with crew(group, order, place) as workers:
            for case in group.cases:
                for peer in order:
                    if peer in (case.peers or group.peers):
                        yield Measured(
                            group.name, case.name, peer, number, asked(case, peer, workers, group, place, run)
                        )


@contextmanager
def crew(group: Group, order: tuple[str, ...], place: Ground) -> Generator[dict[str, Child]]:
    """A fresh process for each peer, all of them ready; none, if the cases are programs."""
    workers: dict[str, Child] = {}
    try:
        if any(callable(case.does) for case in group.cases):
            workers = {peer: Child(["benchmarks.worker", peer], 0, place.environment) for peer in order}
            for worker in workers.values():
                worker.said()
        yield workers
    finally:
        for worker in workers.values():
            worker.close()


def asked(case: Case, peer: str, workers: dict[str, Child], group: Group, place: Ground, run: Run) -> Sample:
    if not callable(case.does):
        return started(case.does, peer, f"http://localhost:{place.plain}", place.environment)
    question = {
        "case": case.name,
        "number": case.number(run.quick),
        "seconds": run.seconds,
        "scheme": "https" if group.tls else "http",
        "h2_port": place.h2,
        "port": place.tls if group.tls else place.plain,
    }
    return Sample(**workers[peer].ask(question))
