"""The samples of the page on many machines run, one after the other, against the local X and a real Redis."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from xdk_async import AsyncClient
from xdk_async.sandbox import serve

PAGE = Path(__file__).parents[2] / "docs" / "many-machines.md"
SAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(len(SAMPLES)))
async def test_each_sample_makes_a_client_that_shares(
    number: int, redis_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve() as x:
        monkeypatch.setenv("X_BASE_URL", x.url)
        source = (
            SAMPLES[number]
            .replace("redis://localhost:6379/0", redis_address)
            .replace('"..."', f'"{x.sandbox.app_token}"')
        )
        scope: dict[str, Any] = {}
        if number:
            exec("from xdk_async import AsyncClient, RedisLimits", scope)
        exec(source, scope)
        client: AsyncClient = scope["client"]
        async with client:
            page = await client.posts.search_recent("python")
        assert page.data
