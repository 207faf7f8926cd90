"""An app in a process of its own: prints its address, serves until its input ends, then prints what was handled."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter

from tests.webhooks.conftest import SECRET, served
from xdk_async.events import PostEvent
from xdk_async.webhooks import WebhookApp


async def main() -> None:
    app, handled = WebhookApp(SECRET), Counter[str]()

    @app.on("post.create")
    async def handle(event: PostEvent) -> None:
        await asyncio.sleep(0)
        handled[str(event.post.id)] += 1

    async with served(app) as url:
        print(url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
    for id, count in handled.items():
        print(id, count)


if __name__ == "__main__":
    asyncio.run(main())
