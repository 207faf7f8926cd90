"""A process that collects while no file may grow beyond a size, as on a full disk: `small_disk.py PATH BYTES`."""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

from tests.sink.archive import Archive
from xdk_async import StoreFailed, collect


async def main(path: Path, most: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    async with Archive(5000).client() as client:
        try:
            await collect(client.posts.search_recent("cats", max_results=100), path, batch=200)
        except StoreFailed as error:
            sys.stdout.write(f"StoreFailed: {error}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
