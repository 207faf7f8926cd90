"""Four workers, one app token and two accounts against a local X: all limits are used up to the last call, and X refuses none.

pip install "xdk-async[redis,sandbox]" taskiq taskiq-redis
REDIS_URL=redis://localhost python examples/many_workers/run.py
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from taskiq import AsyncTaskiqTask
from tasks import REDIS_URL, Outcome, broker, search, timeline

from xdk_async.auth import RedisStore, Token, TokenKey
from xdk_async.sandbox import Sandbox, serve

WORKERS = 4
SEARCHES, TIMELINES = 60, 20  # what this local X allows in 15 minutes: the app, and each account
CLIENT_ID = "sandbox-client"


async def sign_in(sandbox: Sandbox) -> dict[str, str]:
    """The ids of two accounts by their names, whose tokens are where the workers look for them."""
    store, ids = RedisStore(REDIS_URL), dict[str, str]()
    for user in list(sandbox.store.users.values())[:2]:
        await store.save(TokenKey(CLIENT_ID, user.username), Token.from_dict(sandbox.sign_in(user), time.time()))
        ids[user.username] = user.id
    await store.aclose()
    return ids


async def main() -> None:
    sandbox = Sandbox(limits={"posts.search_recent": SEARCHES, "users.get_timeline": TIMELINES})
    async with serve(sandbox) as x:
        ids = await sign_in(sandbox)
        settings = {"X_BASE_URL": x.url, "X_BEARER_TOKEN": sandbox.app_token, "X_CLIENT_ID": CLIENT_ID}
        here = Path(__file__).parent
        workers = [
            await asyncio.create_subprocess_exec(sys.executable, here / "worker.py", env={**os.environ, **settings})
            for _ in range(WORKERS)
        ]
        try:
            await broker.startup()
            sent: list[AsyncTaskiqTask[Any]] = [await search.kiq("python") for _ in range(SEARCHES + 10)]
            for account, user_id in ids.items():
                sent += [await timeline.kiq(account, user_id) for _ in range(TIMELINES + 5)]
            done: list[Outcome] = [(await each.wait_result(timeout=60)).return_value for each in sent]
        finally:
            await broker.shutdown()
            for each in workers:
                each.kill()  # which costs nobody anything: what it had not done would go to another one
                await each.wait()
        answered = [each for each in done if each.again_at is None]
        print(
            f"{len(sent)} tasks: {len(answered)} answered, {len(done) - len(answered)} to be done when a window opens"
        )
        for (path, status), count in sorted(Counter((each.path, each.status) for each in sandbox.requests).items()):
            print(f"{count:4} × {status} {path}")


if __name__ == "__main__":
    asyncio.run(main())
