"""A process that backfills until it is done, or kills itself in the middle of a page.

    python -m tests.backfill.worker URL CHECKPOINT|sink:PATH START END PAGES

With a checkpoint it prints the ids of each page, a line for one; with a sink it stores them there with the cursor.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys

from xdk_async import AsyncClient


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def print_pages(client: AsyncClient, checkpoint: str, start: str, end: str, pages: int) -> None:
    asked = client.posts.backfill("a", start, end, checkpoint=checkpoint, max_results=10, use_counts=False)
    async with asked as backfill:
        async for page in backfill:
            print(" ".join(post.id or "" for post in page), flush=True)
            pages -= 1
            if not pages:
                die()


async def store_pages(client: AsyncClient, path: str, start: str, end: str, pages: int) -> None:
    db = sqlite3.connect(path)
    with db:
        db.execute("CREATE TABLE IF NOT EXISTS posts (id TEXT PRIMARY KEY)")
        db.execute("CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY, cursor TEXT)")
    found = db.execute("SELECT cursor FROM place").fetchone()
    async with client.posts.backfill("a", start, end, after=found and found[0], max_results=10) as backfill:
        async for page in backfill:
            pages -= 1
            with db:  # one transaction
                db.executemany("INSERT INTO posts VALUES (?)", [(post.id,) for post in page])
                if not pages:
                    die()
                db.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", (backfill.cursor,))
    db.close()


async def main(url: str, where: str, start: str, end: str, pages: int) -> None:
    async with AsyncClient(url, bearer_token="sandbox-app-token") as client:
        if where.startswith("sink:"):
            await store_pages(client, where.removeprefix("sink:"), start, end, pages)
        else:
            await print_pages(client, where, start, end, pages)


if __name__ == "__main__":
    address, place, first, last, number = sys.argv[1:]
    asyncio.run(main(address, place, first, last, int(number)))
