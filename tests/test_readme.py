"""The README's commands are there, and what it shows runs."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from xdk_async import AsyncClient
from xdk_async.sandbox import Sandbox, serve

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


async def test_the_readmes_code_runs_against_the_local_x() -> None:
    """As it stands, but for the ids, which are of posts and people that are there, and an end to what would go on."""
    block = next(each for each in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "get_me" in each)
    async with serve(Sandbox()) as x:
        async with AsyncClient(x.url, bearer_token=x.sandbox.app_token, access_token=x.sandbox.user_token) as client:
            mine = await client.posts.create(text="of interest")
            assert mine.data
            block = block.replace("1234567890", str(mine.data.id)).replace("XDevelopers", "sandbox")
            block = block.replace("matching_rules])", "matching_rules])\n        break")
            body = "\n".join(f"    {line}" for line in block.splitlines())
            scope: dict[str, Any] = {"client": client}
            exec(f"async def readme():\n{body}\n    return me, nobody, first, event", scope)
            running = asyncio.create_task(scope["readme"]())
            number = 0
            while not running.done():  # something for the stream to show
                await asyncio.sleep(0.05)
                await client.posts.create(text=f"and another one, number {(number := number + 1)}")
            me, nobody, first, event = await running
    assert me.data.username == "sandbox"
    assert nobody.data is None
    assert first.data
    assert event.includes.author(event.data).username == "sandbox"


def test_the_two_commands_name_files_and_extras_that_are_there() -> None:
    root = Path(__file__).parents[1]
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.MULTILINE)
    assert len(commands) == 2
    assert (root / "examples" / "tour.py").exists()
    extras = (root / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r"\[(\w+)\]'", " ".join(commands)) == ["sandbox", "test"]
    assert "\nsandbox = [" in extras
    assert "\ntest = [" in extras
