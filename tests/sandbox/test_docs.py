"""The samples of the page about the local X run, of its part on what it does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from xdk_async import AsyncClient, BadRequest
from xdk_async.sandbox import serve
from xdk_async.sandbox.operator import OPERATORS

WHOLE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
PAGE = WHOLE[WHOLE.index("## Who lives there") :]
SAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("number", "printed"), [(0, ""), (1, "[is:retweet] only narrows a search")])
async def test_a_sample_runs(number: int, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    body = "\n".join(f"    {line}" for line in SAMPLES[number].splitlines())
    scope: dict[str, Any] = {"serve": serve, "AsyncClient": AsyncClient, "BadRequest": BadRequest}
    exec(f"async def sample():\n{body}", scope)
    await scope["sample"]()
    assert printed in capsys.readouterr().out
    assert len(SAMPLES) == 2


def test_the_table_names_every_operator() -> None:
    table = PAGE[PAGE.index("| words |") : PAGE.index("Refused with")]
    missing = [name for name in OPERATORS if name not in ("word", "phrase") and name not in table]
    assert missing == []
    assert set(re.findall(r"`([a-z_]+):", table)) <= OPERATORS.keys()
