"""The page on backfills: every sample runs against the local X, and again with what it left behind."""

from __future__ import annotations

import re
import sqlite3
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.backfill.archive import utc
from xdk_async import AsyncClient
from xdk_async.sandbox import Sandbox, serve

PAGE = Path(__file__).parents[2] / "docs" / "backfill.md"
SAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


async def run(source: str, **names: Any) -> dict[str, Any]:
    """A sample as the body of a coroutine function; its variables in the end."""
    body = "\n".join(f"    {line}" for line in source.splitlines())
    scope: dict[str, Any] = {**names}
    exec(f"async def sample():\n{body}\n    return locals()", scope)
    found: dict[str, Any] = await scope["sample"]()
    return found


@pytest.mark.parametrize("number", range(len(SAMPLES)))
async def test_each_sample_runs_and_runs_again(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    async with (
        serve(Sandbox(clock=lambda: time.time() - 60)) as x,  # what is made now can be searched for at once
        AsyncClient(x.url, bearer_token=x.sandbox.app_token, access_token=x.sandbox.user_token) as client,
    ):
        for each in range(12):
            await client.posts.create(text=f"python {each}")
        week_ago = utc(time.time()) - timedelta(days=6)
        names = {"client": client, "user_id": x.sandbox.me.id, "sqlite3": sqlite3, "week_ago": week_ago}
        first, again = await run(SAMPLES[number], **names), await run(SAMPLES[number], **names)
        every = [post.id async for post in client.posts.search_recent("python", start_time=week_ago).items()]
    said = capsys.readouterr().out
    if number == 0:
        assert "100%" in said
        assert first["backfill"].progress.items >= len(every) > 12
    if number == 1:
        assert {"post", "page", "count"} <= first.keys()
        assert sum(int(line.split()[-1]) for line in said.splitlines()) == 2 * len(every)
    if number == 2:
        assert (first["backfill"].progress.items, "page" in again) == (len(every), False)
    if number == 3:
        db = sqlite3.connect("posts.db")
        assert [row[0] for row in db.execute("SELECT id FROM posts ORDER BY id DESC")] == every
        db.close()
