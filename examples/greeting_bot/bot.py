"""A bot that greets who mentions it, once each, and goes on when X has a bad day.

python examples/greeting_bot/bot.py   (credentials from the environment, see docs/app.md, docs/user.md)
"""

from __future__ import annotations

import asyncio
import logging

from xdk_async import AsyncClient
from xdk_async.errors import Forbidden, XError

log = logging.getLogger("greeting_bot")


async def greet(client: AsyncClient, greeted: set[str]) -> int:
    """Answer the mentions of people who were not greeted before; how many they were."""
    me = (await client.users.get_me()).data
    assert me is not None
    assert me.id is not None
    count = 0
    mentions = client.users.get_mentions(me.id, max_results=100, expansions=["author_id"])
    async for linked in mentions.linked():
        author = linked.author
        if author is None or author.id is None or author.id in greeted or author.id == me.id:
            continue
        try:
            await client.posts.create(text=f"Hello @{author.username}!", reply_to=linked.post.id)
        except Forbidden as error:
            log.warning("not allowed to greet @%s: %s", author.username, error)
        else:
            count += 1
        greeted.add(author.id)
    return count


async def main() -> None:
    """Look every minute."""
    greeted: set[str] = set()
    async with AsyncClient() as client:
        while True:
            try:
                await greet(client, greeted)
            except XError as error:
                log.warning("later again: %s", error)
            await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main())
