"""The page on streams: every sample runs, against the local X."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from xdk_async import AsyncClient, StreamConfig
from xdk_async.sandbox import Sandbox, serve

PAGE = (Path(__file__).parents[2] / "docs" / "streams.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
LOOP = re.compile(r"^( *)async for .*(?:\n\1 +.*)+", re.MULTILINE)


def carries_data(event: object) -> bool:
    return hasattr(event, "data")


@pytest.mark.parametrize("number", range(len(SAMPLES)))
async def test_each_sample_runs(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, but for an end to what would go on for weeks."""
    monkeypatch.chdir(tmp_path)
    ended = LOOP.sub(lambda loop: f"{loop.group()}\n{loop.group(1)}    if seen(event): break", SAMPLES[number])
    body = "\n".join(f"    {line}" for line in ended.splitlines())
    scope: dict[str, Any] = {"StreamConfig": StreamConfig, "seen": carries_data}
    exec(f"async def sample(client):\n{body}\n    return locals()", scope)
    async with serve(Sandbox(traffic=50)) as x, AsyncClient(x.url, x.sandbox.app_token) as client:
        await client.stream.update_rules(add=[{"value": "a OR the OR de OR is OR to", "tag": "all"}])
        async with asyncio.timeout(10):
            found = await scope["sample"](client)
    assert "event" in found or "async for" not in SAMPLES[number]


def test_the_page_names_every_setting_that_people_look_for() -> None:
    for name in ("max_retries", "max_elapsed", "takeover", "recovery", "checkpoint", "buffer", "on_full", "on_gap"):
        assert name in PAGE
        assert hasattr(StreamConfig(), name)
    assert len(SAMPLES) == 7
