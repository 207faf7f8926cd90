"""What docs/sandbox.md and docs/testing.md show runs."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import httpx

from xdk_async.sandbox import Sandbox, serve
from xdk_async.sandbox.__main__ import arguments
from xdk_async.sandbox.fault.rule import FAULTS, Problem

DOCS = Path(__file__).parents[2] / "docs"
SANDBOX = (DOCS / "sandbox.md").read_text(encoding="utf-8").partition("## Who lives there")[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


async def test_the_programs_run() -> None:
    for block in blocks(SANDBOX, "python"):
        body = "\n".join(f"    {line}" for line in block.splitlines())
        scope: dict[str, Any] = {}
        exec(f"async def sample():\n{body}", scope)
        async with asyncio.timeout(20):
            await scope["sample"]()


async def test_the_commands_run() -> None:
    lines = [line for block in blocks(SANDBOX, "console") for line in block.splitlines()]
    assert len(lines) > 8
    async with serve(Sandbox()) as x, httpx.AsyncClient(trust_env=False) as client:
        for line in lines:
            command, *words = shlex.split(line)
            assert command == "curl"
            given = {flag: words[words.index(flag) + 1] for flag in ("-X", "-H", "-d") if flag in words}
            [url] = [word for word in words if word.startswith("http://")]
            name, _, value = given.get("-H", "accept: */*").partition(": ")
            answer = await client.request(
                given.get("-X", "GET"),
                url.replace("http://127.0.0.1:8000", x.url),
                headers={name: value},
                content=given.get("-d"),
            )
            assert answer.status_code in (200, 201, 204), (line, answer.text)


def test_the_tables_name_everything() -> None:
    for name in [*FAULTS, *get_args(Problem)]:
        assert f"`{name}`" in SANDBOX, name
    table = SANDBOX.partition("| option |")[2]
    for action in arguments()._actions:
        for option in action.option_strings:
            assert option in ("-h", "--help", "--host", "--port") or option in table, option


def test_the_tests_pass(tmp_path: Path) -> None:
    found = blocks((DOCS / "testing.md").read_text(encoding="utf-8"), "python")
    for number, block in enumerate(found):
        (tmp_path / f"test_sample_{number}.py").write_text(block)
    settings = ["-o", "asyncio_default_fixture_loop_scope=function", "-o", "filterwarnings=error"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers", *settings]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, cwd=tmp_path, check=False)
    wanted = sum(block.count("def test_") for block in found)
    assert f"{wanted} passed" in done.stdout, done.stdout + done.stderr
