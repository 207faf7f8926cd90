"""Killed without warning, at any moment: what is there can be read, and the next run makes it whole."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.sink.archive import FORMATS, Archive, rows, there
from xdk_async import StoreFailed, collect

POSTS = 600
ROOT = Path(__file__).parents[2]


def worker(path: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.sink.worker", str(path), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def finished(path: Path, posts: int) -> list[dict[str, Any]]:
    """What is there once a run has come to its end."""
    async with Archive(posts).client() as client:
        await collect(client.posts.search_recent("cats", max_results=100), path)
    return rows(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What a run without any interruption gives, for each format."""
    directory = tmp_path_factory.mktemp("whole")
    return {format: asyncio.run(finished(directory / f"posts.{format}", POSTS)) for format in FORMATS}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("point", ["between", "after"])
@pytest.mark.parametrize("batch", [1, 3])
async def test_killed_around_a_batch_it_is_readable_and_goes_on(
    tmp_path: Path, format: str, point: str, batch: int, whole: dict[str, list[dict[str, Any]]]
) -> None:
    path = tmp_path / f"posts.{format}"
    process = worker(path, POSTS, 100, point, batch)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, errors
    # a file without transactions has the batch that was not noted; it will be cut off, and come again
    count = 100 * (batch - (point == "between" and format in ("db", "duckdb")))
    assert there(path) == whole[format][:count]
    assert await finished(path, POSTS) == whole[format]


async def test_killed_when_the_one_parquet_file_is_made_nothing_is_in_it_twice(
    tmp_path: Path, whole: dict[str, list[dict[str, Any]]]
) -> None:
    path = tmp_path / "posts.parquet"
    process = worker(path, POSTS, 100, "finish", 1)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert path.exists()
    assert await finished(path, POSTS) == whole["parquet"]
    async with Archive(700).client() as client:
        await collect(client.posts.search_recent("dogs", max_results=100), path, mode="append")
    assert len(rows(path)) == POSTS + 700
    assert not path.with_name("posts.parquet.parts").exists()


def kill_at_random(path: Path, chance: random.Random, seconds: float) -> None:
    process = worker(path, POSTS, 20)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(chance.random() * seconds)
    process.kill()
    process.communicate()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("times", [1, pytest.param(25, marks=pytest.mark.soak)])
async def test_killed_at_random_again_and_again_it_becomes_whole(
    tmp_path: Path, format: str, times: int, whole: dict[str, list[dict[str, Any]]]
) -> None:
    path = tmp_path / f"posts.{format}"
    chance = random.Random(times)
    for _ in range(times):
        kill_at_random(path, chance, 0.5)
        found = there(path)
        assert found == whole[format][: len(found)]
    assert await finished(path, POSTS) == whole[format]


@pytest.mark.parametrize("format", ["jsonl", "parquet", "duckdb"])
async def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    process = worker(path, 100_000, 100)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        probe = path if format == "duckdb" else path.with_name(f"{path.name}.state")
        while not probe.exists() or not probe.stat().st_size:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(StoreFailed, match=r"another process|lock"):
            await finished(path, 100)
    finally:
        process.kill()
        process.communicate()
    begun = len(there(path))
    assert len(await finished(path, begun + 150)) >= begun  # its lock went with it
