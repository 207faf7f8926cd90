"""Real processes that are killed in the middle of a page, with SQLite and with Redis."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.backfill.archive import (
    DAY,
    iso,
)
from xdk_async import AsyncClient
from xdk_async._core.checkpoint import RedisCheckpoints
from xdk_async.auth.redis_store import connected
from xdk_async.sandbox import Sandbox, serve
from xdk_async.sandbox.author import Author

FOREVER = 1_000_000
ROOT = Path(__file__).parents[2]


def crowded() -> Sandbox:
    """An X that holds some hundred posts of the last days."""
    filled, began = time.time(), time.time() - 6 * DAY
    times = [began]
    sandbox = Sandbox(clock=lambda: times[0])  # its first posts are those of a week before
    author, chance = Author(sandbox.store, random.Random(7)), random.Random(7)
    for at in sorted(chance.uniform(began, filled - 60) for _ in range(400)):
        sandbox.store.add_post(author.post(int(at * 1000)))
    sandbox.clock.advance(filled - began)
    return sandbox


async def run(url: str, where: str, start: str, end: str, pages: int) -> list[str]:
    """What a process says, which is killed (with SIGKILL) in the middle of so manieth a page, or is done before."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.backfill.worker", url, where, start, end, str(pages)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == (-9 if pages < FOREVER else 0)
    return said.decode().splitlines()


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_a_killed_process_repeats_its_last_page_at_the_most(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = str(tmp_path / "backfill.db") if kind == "sqlite" else str(request.getfixturevalue("redis_address"))
    async with serve(crowded()) as x:
        now = x.sandbox.clock.now()
        start, end = iso(now - 5 * DAY), iso(now - 30)
        said = [await run(x.url, where, start, end, pages) for pages in (3, 4, FOREVER)]
        seen = await found_by_search(x.url, start, end)
    handed = [id for lines in said for line in lines for id in line.split()]
    last = {id for lines in said[:-1] for id in lines[-1].split()}
    assert [*dict.fromkeys(handed)] == seen
    assert {id for id, times in Counter(handed).items() if times > 1} <= last
    if kind == "redis":
        store = RedisCheckpoints(connected(where))
        assert await store.load("backfill posts.search_recent a")
        await store.aclose()


async def test_a_killed_process_that_stores_the_cursor_with_its_posts_repeats_nothing(tmp_path: Path) -> None:
    path = tmp_path / "posts.db"
    async with serve(crowded()) as x:
        now = x.sandbox.clock.now()
        start, end = iso(now - 5 * DAY), iso(now - 30)
        for pages in (2, 4, FOREVER):
            await run(x.url, f"sink:{path}", start, end, pages)  # a second insert of an id would fail
        seen = await found_by_search(x.url, start, end)
    db = sqlite3.connect(path)
    stored = [row[0] for row in db.execute("SELECT id FROM posts ORDER BY CAST(id AS INTEGER) DESC")]
    db.close()
    assert stored == seen


async def found_by_search(url: str, start: str, end: str) -> list[str | None]:
    async with AsyncClient(url, bearer_token="sandbox-app-token") as client:
        return [post.id async for post in client.posts.search_recent("a", 100, start_time=start, end_time=end).items()]
