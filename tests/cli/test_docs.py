"""What docs/cli.md shows runs."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import click
import pytest

from tests.cli.conftest import Ran, Run
from tests.media.files import png
from xdk_async.cli.app import COMMANDS, commands
from xdk_async.cli.failure import MEANINGS
from xdk_async.testing import LocalX

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
SIGNING_IN = ("xdk-async login", "xdk-async logout")  # which tests/cli/test_sign_in.py does, with somebody who answers


@pytest.fixture
def prepared(signed: LocalX, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalX:
    """Files and people that the page speaks of."""
    monkeypatch.chdir(tmp_path)
    Path("photo.png").write_bytes(png())
    Path("rules.yaml").write_text("news: from:XDevelopers\n")
    signed.user("XDevelopers")
    return signed


def test_each_command_that_stands_alone_runs(run: Run, prepared: LocalX, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = [line for line in LINES if not re.search(r"[|<$]|--sandbox", line) and not line.startswith(SIGNING_IN)]
    assert len(alone) > 15
    first = prepared.post("Hello to reply to", author="XDevelopers")
    over, ended = threading.Event(), dict[str, Ran]()

    def write() -> None:
        while not over.wait(0.05):
            if prepared.hub.connections:
                prepared.post("For those who follow a stream", author="XDevelopers")

    writing = threading.Thread(target=write)
    writing.start()
    for line in alone:
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        words = shlex.split(line.replace("1234567890", first.id))
        assert words.pop(0) == "xdk-async"
        ended[line] = run(*words)
    over.set()
    writing.join()
    assert {line: done.err for line, done in ended.items() if done.code} == {}


def test_pipelines_run(prepared: LocalX, tmp_path: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed (Debian: apt-get install jq)")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "xdk-async"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m xdk_async.cli "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "NO_PROXY": "*"}
    piped = [line for line in LINES if re.search(r"[|$]|--sandbox", line)]
    assert len(piped) > 4
    for line in piped:
        done = subprocess.run(
            ["bash", "-c", f"set -eo pipefail; {line}"], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout or line.startswith("eval"), line


def test_the_commands_that_sign_in_are_there(run: Run) -> None:
    lines = [line for line in LINES if line.startswith(SIGNING_IN)]
    assert len(lines) == 6
    for line in lines:
        words = shlex.split(line.partition("<")[0])[1:]
        assert run(*words, "--help").code == 0, line


def test_the_page_and_the_help_tell_every_command_and_exit_code(run: Run) -> None:
    said = run("--help").out
    for name in COMMANDS:
        assert f"xdk-async {name}" in PAGE or f"xdk-async --sandbox {name}" in PAGE or name == "sandbox", name
        assert f"\n  {name} " in said
    for code, meaning in MEANINGS.items():
        assert re.search(rf"\| [0-9, ]*{code}[0-9, ]* \|.*{meaning}", PAGE), code
        assert f"{code}  {meaning}" in said


def every_command() -> dict[str, click.Command]:
    """All commands by what is typed, those of groups too."""
    top, found = commands(), dict[str, click.Command]()
    context = top.make_context("xdk-async", [], resilient_parsing=True)
    for name in top.list_commands(context):
        command = top.get_command(context, name)
        assert command is not None
        found[name] = command
        if isinstance(command, click.Group):
            found |= {f"{name} {each}": inner for each, inner in command.commands.items()}
    return found


@pytest.mark.parametrize("name", [name for name in every_command() if name != "sandbox"])
def test_every_command_explains_itself_with_examples_that_can_be_typed(run: Run, prepared: LocalX, name: str) -> None:
    done = run(*name.split(), "--help")
    assert done.code == 0
    command = every_command()[name]
    if isinstance(command, click.Group):
        assert "..." not in done.out.partition("Commands:")[2]
        return
    examples = [f"xdk-async {each}" for each in done.out.partition("Example")[2].split("xdk-async ")[1:]]
    assert examples
    for example in (re.split(r"\n|  +|[|<>)`]", each)[0] for each in examples):
        words = shlex.split(example)
        inner = every_command().get(" ".join(words[1:3])) or every_command()[words[1]]
        rest = words[3:] if " ".join(words[1:3]) in every_command() else words[2:]
        inner.make_context(example, rest)  # which fails on what it does not take
