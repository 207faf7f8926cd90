"""Real processes, a real redis-server, and an X that counts: one process is killed, Redis is restarted."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.limits.strict_server import StrictServer
from tests.redis_server import RedisServer

ROOT = Path(__file__).parents[2]
CALLS = 100


async def start(x: StrictServer, redis: RedisServer, seconds: float) -> asyncio.subprocess.Process:
    arguments = [x.url, redis.address, "test", "2", str(seconds), "2"]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", "tests.limits.process", *arguments, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_four_processes_use_all_of_a_window_and_no_more_whatever_dies(tmp_path: Path) -> None:
    x, redis = StrictServer(CALLS, seconds=5.0), RedisServer()
    await x.start()
    redis.start(tmp_path)
    running = [await start(x, redis, 13.5) for _ in range(4)]
    restarts: list[asyncio.Task[None]] = []

    async def restart() -> None:
        redis.kill()
        await asyncio.sleep(0.3)
        await asyncio.to_thread(redis.start, tmp_path)

    x.at[0, 40] = running[0].kill
    x.at[1, 40] = lambda: restarts.append(asyncio.create_task(restart()))
    try:
        said = [await each.communicate() for each in running]
        await restarts[0]
    finally:
        await x.aclose()
        redis.kill()
    assert x.refused == 0
    answers = [int(out) for out, _ in said[1:]]  # and no word of an error
    assert min(answers) > sum(answers) / len(answers) / 2, "each gets its part"
    closed = x.windows[:-1]
    assert len(closed) >= 2
    assert sum(closed) >= 0.95 * CALLS * len(closed), x.windows
