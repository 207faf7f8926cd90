"""Uploads a file in a process of its own: `uploader URL FILE STATE`, going on from the state if there is one.

Prints how much memory it took. Every state is written down; the file changes at once, so that a kill finds it whole.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

from xdk_async import AsyncClient
from xdk_async.media import UploadProgress, UploadState


async def main(url: str, path: str, kept: Path) -> None:
    def keep(progress: UploadProgress) -> None:
        assert progress.state is not None
        new = kept.with_suffix(".new")
        new.write_bytes(progress.state.to_json())
        new.replace(kept)

    state = UploadState.from_json(kept.read_bytes()) if kept.exists() else None
    async with AsyncClient(url, access_token="sandbox-user-token") as client:
        await client.users.get_me()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await client.media.upload_file(path, resume=state, on_progress=keep)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
