"""A sandbox in a process of its own: prints its address, and what has arrived when its input ends."""

from __future__ import annotations

import asyncio
import sys

from xdk_async.sandbox import Sandbox, serve


async def main() -> None:
    limits = {"media.append_upload": 100_000, "media.get_upload_status": 100_000}
    async with serve(Sandbox(media_processing=0.0, limits=limits)) as x:
        print(x.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for upload in x.sandbox.store.uploads.values():
            print(upload.sha256, upload.size, len(upload.segments))


if __name__ == "__main__":
    asyncio.run(main())
