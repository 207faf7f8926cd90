"""Processes that share sessions and are killed at random moments: only what was answered and not saved is lost."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes.worker import CLIENT_ID, session, store_of
from xdk_async import SessionLost
from xdk_async._core.transport import Transport
from xdk_async.auth.redis_store import RedisStore
from xdk_async.auth.store import TokenStore
from xdk_async.auth.token import Token, TokenKey
from xdk_async.sandbox import Sandbox, serve

ROOT = Path(__file__).parents[2]
SCOPES = "tweet.read users.read offline.access"


@dataclass(frozen=True)
class Size:
    processes: int
    tasks: int
    seconds: float
    subjects: int
    lifetime: float = 2.0
    lease: float = 6.0  # a process that is still for longer counts as killed: X would end what two renew at once


QUICK = Size(processes=3, tasks=6, seconds=2.5, subjects=4, lifetime=1.0)
FULL = Size(processes=8, tasks=50, seconds=20.0, subjects=10)


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_a_few_processes_for_a_moment(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    await run(QUICK, address_of(kind, tmp_path, request), seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_eight_processes_of_fifty_tasks_for_twenty_seconds(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    await run(FULL, address_of(kind, tmp_path, request), seed=2)


def address_of(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    return str(tmp_path / "tokens.sqlite") if kind == "sqlite" else str(request.getfixturevalue("redis_address"))


async def run(size: Size, address: str, seed: int) -> None:
    sandbox = Sandbox(token_lifetime=size.lifetime, limits={"users.get_me": 1_000_000})
    async with serve(sandbox) as x:
        store = store_of(address)
        subjects = [f"user-{number}" for number in range(size.subjects)]
        for subject in subjects:
            token = Token.from_dict(sandbox.sign_in(sandbox.me.username, scopes=SCOPES), time.time())
            await store.save(TokenKey(CLIENT_ID, subject), token)
        said = await chaos(size, x.url, address, subjects, random.Random(seed))
        lost = await sweep(store, x.url, subjects, size.lease)
        truth = await lost_in_truth(sandbox, store, subjects)
        assert lost == truth, "reported lost, and what the kills between answer and save took"
        assert {line for line in said if not line.startswith("lost ")} == set(), "a session that lived gave an error"
        assert {line.removeprefix("lost ") for line in said} <= truth
        print(f"\n{len(sandbox.grants)} grants, {len(truth)} of {len(subjects)} sessions lost, {dict(Counter(said))}")
        if isinstance(store, RedisStore):
            await store.aclose()


async def chaos(size: Size, url: str, address: str, subjects: list[str], chance: random.Random) -> list[str]:
    """Run the processes; now and then kill one, and start another in its place. What they said."""
    until = time.time() + size.seconds
    outputs: list[asyncio.Task[bytes]] = []
    running: list[asyncio.subprocess.Process] = []

    async def start() -> None:
        left = max(until - time.time(), 0.1)
        arguments = [
            "-m",
            "tests.processes.worker",
            url,
            address,
            str(size.lease),
            str(left),
            str(size.tasks),
            *subjects,
        ]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        running.append(process)
        outputs.append(asyncio.create_task(process.stdout.read()))

    for _ in range(size.processes):
        await start()
    while time.time() < until - 1:
        await asyncio.sleep(chance.uniform(0.1, 0.9))
        victim = running.pop(chance.randrange(len(running)))
        with contextlib.suppress(ProcessLookupError):
            victim.kill()
        await victim.wait()
        await start()
    for process in running:
        await process.wait()
    return [line for output in outputs for line in (await output).decode().splitlines()]


async def sweep(store: TokenStore, url: str, subjects: list[str], lease: float) -> set[str]:
    """Renew every session once more, and say which are reported lost. The leases of the killed are waited for."""
    lost: set[str] = set()
    transport = Transport(url)

    async def renew(subject: str) -> None:
        user = session(store, transport, subject, lease)
        try:
            await user.renewed(await user.current())
        except SessionLost:
            lost.add(subject)

    await asyncio.gather(*map(renew, subjects))
    await transport.aclose()
    return lost


async def lost_in_truth(sandbox: Sandbox, store: TokenStore, subjects: list[str]) -> set[str]:
    """Subjects whose last grant the store never got; all others had one grant for each generation."""
    lost: set[str] = set()
    newest = {grant.family: grant for grant in sandbox.grants}
    family_of = {grant.refresh_token: grant.family for grant in sandbox.grants}
    for subject in subjects:
        stored = await store.load(TokenKey(CLIENT_ID, subject))
        assert stored is not None
        grant = newest[family_of[stored.token.refresh_token]]
        if grant.refresh_token != stored.token.refresh_token:
            lost.add(subject)
            assert grant.generation == stored.generation + 1, "one grant too many, and no more"
        else:
            assert grant.generation == stored.generation, "one grant for each generation"
    return lost
