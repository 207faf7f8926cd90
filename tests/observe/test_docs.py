"""The samples of the page on traces and metrics run, and its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.observe.seen import Seen
from xdk_async import otel
from xdk_async.sandbox import Sandbox, serve

PAGE = (Path(__file__).parents[2] / "docs" / "observe.md").read_text(encoding="utf-8")


async def test_the_samples_run(monkeypatch: Any) -> None:
    sandbox = Sandbox()
    async with serve(sandbox) as x:
        monkeypatch.setenv("X_BASE_URL", x.url)
        monkeypatch.setenv("X_BEARER_TOKEN", sandbox.app_token)
        scope: dict[str, Any] = {}
        first, second = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
        exec(first, scope)
        body = "\n".join(f"    {line}" for line in second.splitlines())
        exec(f"async def sample():\n{body}\n    return page", scope)
        page = await scope["sample"]()
    assert page is not None


def test_the_table_names_every_metric() -> None:
    meter = Seen().telemetry.meter_provider
    assert meter is not None
    made = vars(otel.Instruments(meter.get_meter("names"))).values()
    assert {each.name for each in made} == set(re.findall(r"^\| `([a-z_.]+)` ", PAGE, re.MULTILINE))
