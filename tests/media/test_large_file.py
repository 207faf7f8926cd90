"""Large files between processes: how much memory they take, and what a kill in the middle costs."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.media.files import write_video
from xdk_async.media import UploadState

MB = 1_000_000


async def started(module: str, *arguments: str) -> Process:
    command = (sys.executable, "-m", f"tests.media.{module}", *arguments)
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)


@asynccontextmanager
async def sandbox() -> AsyncGenerator[tuple[str, Process], None]:
    process = await started("server")
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip(), process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def arrived(process: Process) -> list[str]:
    """What the sandbox says of the one file: hash, bytes, segments."""
    told, _ = await process.communicate(b"")
    return told.decode().split()


@pytest.mark.parametrize("megabytes", [60, pytest.param(600, marks=pytest.mark.soak)])
async def test_memory_stays_flat_however_large_the_file_is(tmp_path: Path, megabytes: int) -> None:
    path = tmp_path / "clip.mp4"
    digest = write_video(path, megabytes * MB)
    async with sandbox() as (url, x):
        uploader = await started("uploader", url, str(path), str(tmp_path / "state"))
        told, _ = await uploader.communicate()
        assert uploader.returncode == 0
        assert int(told) < 64, "megabytes more than before the upload"
        assert await arrived(x) == [digest, str(megabytes * MB), str(megabytes // 4)]


async def test_an_upload_that_was_killed_goes_on(tmp_path: Path) -> None:
    path, state = tmp_path / "clip.mp4", tmp_path / "state"
    digest = write_video(path, 40 * MB)
    async with sandbox() as (url, x):
        kills = 0
        for at_least in (2, 5):
            uploader = await started("uploader", url, str(path), str(state))
            while uploader.returncode is None:
                if state.exists() and len(UploadState.from_json(state.read_bytes()).done) >= at_least:
                    uploader.kill()
                    kills += 1
                    break
                await asyncio.sleep(0.001)
            await uploader.communicate()
        done = UploadState.from_json(state.read_bytes()).done
        uploader = await started("uploader", url, str(path), str(state))
        await uploader.communicate()
        assert uploader.returncode == 0
        assert (kills, len(done) >= 5) == (2, True)
        assert await arrived(x) == [digest, str(40 * MB), "10"]
