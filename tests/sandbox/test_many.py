"""As many as an app may want: two hundred streams, ten thousand posts."""

from __future__ import annotations

import asyncio

import httpx
import msgspec

from tests.sandbox.api import Serve
from xdk_async import AsyncClient
from xdk_async.sandbox import Sandbox, serve

STREAMS, POSTS = 200, 10_000


async def test_two_hundred_streams_hear_the_same(served: Serve) -> None:
    async with served(Sandbox(limits={"*": 1_000_000})) as x:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=x.url, trust_env=False, verify=False, limits=limits, timeout=60
        ) as client:

            async def follow(count: int) -> list[str]:
                got: list[str] = []
                async with client.stream("GET", "/2/tweets/sample/stream", headers=x.headers()) as stream:
                    async for line in stream.aiter_lines():
                        if line.strip():
                            got.append(msgspec.json.decode(line)["data"]["id"])
                        if len(got) == count:
                            break
                return got

            listeners = [asyncio.create_task(follow(5)) for _ in range(STREAMS)]
            async with asyncio.timeout(60):
                while len(x.sandbox.hub.connections) < STREAMS:
                    await asyncio.sleep(0.01)
                made = [await x.say(f"for everybody {number}") for number in range(5)]
                assert await asyncio.gather(*listeners) == [made] * STREAMS
                while x.sandbox.hub.connections:
                    await asyncio.sleep(0.01)


async def test_ten_thousand_posts_are_written_found_and_paged() -> None:
    fixtures = {
        "posts": [
            {"text": f"number {number} of many #{'even' if number % 2 == 0 else 'odd'}"} for number in range(POSTS)
        ]
    }
    async with serve(Sandbox(seed=None, fixtures=fixtures, limits={"*": 1_000_000})) as served:
        async with AsyncClient(
            served.url, bearer_token=served.sandbox.app_token, access_token=served.sandbox.user_token
        ) as client:
            ids = [post.id async for post in client.posts.search_recent("#odd", max_results=100).items(limit=1000)]
            assert len(set(ids)) == 1000
            made = await client.posts.create(text="one more #odd")
            assert made.data
            assert (await client.posts.search_recent("#odd")).data[0].id == made.data.id
            me = await client.users.get_me(user_fields=["public_metrics"])
            assert me.data
            assert me.data.public_metrics
            assert me.data.public_metrics.tweet_count == POSTS + 1
