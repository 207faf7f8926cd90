"""Every sample of the documentation and the README runs, against the local X."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.sample import Sample, docstring_samples, pages, replaced, run, samples
from tests.docs.world import WORLDS, World, busy


@pytest.mark.parametrize("page", pages())
async def test_the_samples_of_a_page_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """In their order, as one program: so does who reads the page."""
    monkeypatch.chdir(tmp_path)
    found = samples(page)
    async with WORLDS.get(page, busy)(tmp_path) as world:
        for name, value in {"X_BASE_URL": world.url, **world.environment}.items():
            monkeypatch.setenv(name, value)
        async with asyncio.timeout(40):
            for each in found * world.times:
                if world.before:
                    await world.before()
                await one(each, world, tmp_path)
    record_property("samples", len(found))


@pytest.mark.parametrize("sample", docstring_samples(), ids=lambda sample: sample.page)
async def test_the_sample_of_a_docstring_runs(
    sample: Sample, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with busy(tmp_path) as world:
        await one(sample, world, tmp_path)
    record_property("samples", 1)


async def one(sample: Sample, world: World, folder: Path) -> None:
    """Run a sample the way it is meant to be run."""
    if sample.is_test:
        await asyncio.to_thread(as_test, sample, folder)
    elif sample.is_program:
        await asyncio.to_thread(as_program, sample, world, folder)
    else:
        await run(sample, world.scope, world.enough, world.words)


def as_test(sample: Sample, folder: Path) -> None:
    """A file of tests, as a user's project would have it."""
    file = folder / f"test_line_{sample.line}.py"
    file.write_text(sample.source)
    settings = ["-o", "asyncio_default_fixture_loop_scope=function", "-o", "filterwarnings=error"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers", *settings, str(file)]
    outside = {name: value for name, value in os.environ.items() if name != "X_BASE_URL"}
    done = subprocess.run(command, env=outside, capture_output=True, text=True, cwd=folder, check=False)
    assert f"{sample.source.count('def test_')} passed" in done.stdout, done.stdout + done.stderr


def as_program(sample: Sample, world: World, folder: Path) -> None:
    """A program of its own."""
    tokens = {
        'bearer_token="..."': f'bearer_token="{world.sandbox.app_token}"',
        'access_token="..."': f'access_token="{world.sandbox.user_token}"',
    }
    file = folder / f"line_{sample.line}.py"
    file.write_text(replaced(sample.source, tokens | world.words))
    environment = {**os.environ, "X_BASE_URL": world.url, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error", str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, cwd=folder, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
