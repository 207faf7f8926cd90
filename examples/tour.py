"""A tour without credentials: starts a local X, then searches it, asks who is signed in, and follows a live stream.

python examples/tour.py [--seconds 4]
"""

from __future__ import annotations

import argparse
import asyncio
import time

from xdk_async import AsyncClient
from xdk_async.sandbox import Sandbox, serve


async def search(client: AsyncClient) -> None:
    """Two pages, each post with its author, joined from the page's own includes."""
    pages = client.posts.search_recent(
        "python -is:retweet",
        max_results=10,
        post_fields=["created_at", "public_metrics"],
        expansions=["author_id"],
    )
    number = 0
    async for page in pages:
        number += 1
        print(
            f"\n  page {number}: {len(page.data)} posts, {page.rate_limit.remaining if page.rate_limit else '?'} calls left"
        )
        for linked in page.linked()[:3]:
            post, author = linked.post, linked.author
            likes = post.public_metrics.like_count if post.public_metrics else 0
            print(
                f"    {post.created_at:%d %b %H:%M}  @{author.username if author else '?':<16} {post.text} ({likes} likes)"
            )
        if number == 2:
            break
    print(f"  ... and so on: the next page is {pages.cursor}")


async def me(client: AsyncClient) -> None:
    """The user that the token belongs to."""
    answer = await client.users.get_me(user_fields=["public_metrics", "created_at"])
    user = answer.data
    if user is not None and user.public_metrics is not None:
        followers = user.public_metrics.followers_count
        print(f"\n  @{user.username} ({user.name}), {followers} followers, here since {user.created_at:%Y}")


async def stream(client: AsyncClient, seconds: float) -> None:
    """Rules first, then posts as they are written."""
    await client.stream.update_rules(add=[{"value": "python OR coffee OR music", "tag": "of interest"}])
    until = time.monotonic() + seconds
    async with client.stream.posts(post_fields=["created_at"]) as posts:
        async for event in posts:
            print(f"    {event.data.text}  [{', '.join(rule.tag or '' for rule in event.matching_rules)}]")
            if time.monotonic() > until:
                break


async def main(seconds: float) -> None:
    async with serve(Sandbox(traffic=5)) as x:
        print(f"A local X answers at {x.url}")
        async with AsyncClient(
            base_url=x.url, bearer_token=x.sandbox.app_token, access_token=x.sandbox.user_token
        ) as client:
            print('\nSearching for "python", page by page:')
            await search(client)
            print("\nWho is signed in?")
            await me(client)
            print(f"\nFollowing a stream for {seconds:.0f} seconds:")
            await stream(client, seconds)
    print("\nThat was all of it over real sockets. Point base_url elsewhere, or nowhere, and it is X.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long to follow the stream")
    asyncio.run(main(parser.parse_args().seconds))
