"""The page on costs: every sample runs, against the local X."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.test_guides import run, samples
from xdk_async import AsyncClient
from xdk_async.sandbox import Sandbox, serve


async def test_the_samples_on_costs_run(redis_address: str, capsys: pytest.CaptureFixture[str]) -> None:
    async with serve(Sandbox(limits={"*": 1000})) as x:
        token = x.sandbox.app_token
        names: dict[str, Any] = {
            "AsyncClient": AsyncClient,
            "base_url": x.url,
            "bearer_token": token,
            "redis_address": redis_address,
        }
        async with AsyncClient(x.url, token, x.sandbox.user_token) as client:
            first, *rest = samples("cost.md")
            found = await run(first, client=client, **names)
            assert found["page"].cost == Decimal("0.14"), "as the page says"
            found = await run("\n".join(rest), client=client, **names)
            spent = await found["shared"].status()
            assert spent.spent == found["worker"].costs.total == Decimal("0.05")
            for other in ("mine", "daily", "shared"):
                await found[other].aclose()
    assert "0.14 {'Post': 10, 'User': 9}" in capsys.readouterr().out
