"""The samples of the documentation run against the local X."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from xdk_async import AsyncClient, RateLimited
from xdk_async.sandbox import Sandbox, serve

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(len(blocks("collect.md"))))
async def test_each_sample_of_collecting_runs(number: int) -> None:
    async with (
        serve(Sandbox()) as x,
        AsyncClient(x.url, bearer_token=x.sandbox.app_token, access_token=x.sandbox.user_token) as client,
    ):
        mine = [await client.posts.create(text=f"python {each}") for each in range(12)]
        me = await client.users.get_me()
        assert me.data is not None
        scope: dict[str, Any] = {
            "client": client, "asyncio": asyncio, "RateLimited": RateLimited, "user_ids": [me.data.id],
            "post_ids": [each.data.id for each in mine if each.data],
        }  # fmt: skip
        body = "\n".join(f"    {line}" for line in blocks("collect.md")[number].splitlines())
        exec(f"async def sample():\n{body}\n    return locals()", scope)
        found = await scope["sample"]()
    assert found


async def test_the_samples_of_collecting_into_files_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with (
        serve(Sandbox()) as x,
        AsyncClient(x.url, bearer_token=x.sandbox.app_token, access_token=x.sandbox.user_token) as client,
    ):
        for each in range(45):
            await client.posts.create(text=f"python {each}")
        await client.stream.sync_rules({"all": "python"})
        scope: dict[str, Any] = {"client": client, "user_id": x.sandbox.me.id}
        body = "\n".join(f"    {line}" for page in blocks("files.md") for line in page.splitlines())
        exec(f"async def sample():\n{body}\n    return summary, row", scope)
        running = asyncio.create_task(scope["sample"]())
        for number in range(40):  # something for the stream to bring, as soon as it is there
            await asyncio.wait((running,), timeout=0.1)
            await client.posts.create(text=f"python, live: {number}")
            if running.done() or (Path("live.jsonl").exists() and Path("live.jsonl").stat().st_size):
                break
        summary, row = await running
    assert (summary.total, summary.done) == (30, True)
    assert row[0] == "sandbox"
    assert "python, live" in Path("live.jsonl").read_text(encoding="utf-8")
    assert all(
        Path(name).stat().st_size
        for name in ("posts.jsonl", "people.db", "posts.duckdb", "posts.parquet", "more.jsonl")
    )
