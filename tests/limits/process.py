"""One process of many that share their limits: tasks that search until the time is up, or until it is killed.

    python -m tests.limits.process URL REDIS PREFIX LEASE SECONDS TASKS

Prints how many answers it got, and what went wrong.
"""

from __future__ import annotations

import asyncio
import sys
import time

from xdk_async import AsyncClient, RedisLimits, XError


async def main(url: str, redis: str, prefix: str, lease: float, seconds: float, tasks: int) -> None:
    answers, until = 0, time.time() + seconds
    limits = RedisLimits(redis, prefix=prefix, lease=lease)

    async def search(client: AsyncClient) -> None:
        nonlocal answers
        while time.time() < until:
            try:
                await client.posts.search_recent("cats")
            except XError as error:
                print(f"{type(error).__name__}: {error}", flush=True)
            else:
                answers += 1

    async with AsyncClient(url, bearer_token="SECRET-app", limits=limits, max_wait=900) as client:
        async with asyncio.timeout(seconds + 10):  # a window that was used up just before the end opens by then
            await asyncio.gather(*(search(client) for _ in range(tasks)), return_exceptions=True)
    print(answers, flush=True)


if __name__ == "__main__":
    _, url, redis, prefix, lease, seconds, tasks = sys.argv
    try:
        asyncio.run(main(url, redis, prefix, float(lease), float(seconds), int(tasks)))
    except TimeoutError:
        print("late", flush=True)
