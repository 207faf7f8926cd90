"""Ten thousand posts, two hundred streams."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import httpx
import pytest

from tests.sandbox.api import Api, Serve
from tests.sandbox.test_conformance import roomy
from tests.sandbox.test_streams import Lines
from xdk_async.sandbox import Sandbox
from xdk_async.sandbox.author import Author

POSTS = 10_000


def filled(posts: int) -> Sandbox:
    sandbox = Sandbox(limits={"posts.search_recent": 100_000})
    author = Author(sandbox.store, random.Random(7))
    while len(sandbox.store.posts) < posts:
        sandbox.store.add_post(author.post(sandbox.clock.ms()))
    return sandbox


class Steps:
    """Counts calls of functions: what a computation costs, whatever the machine is busy with."""

    def __init__(self) -> None:
        self.taken = 0

    @contextmanager
    def counted(self) -> Generator[None]:
        def step(*_: Any) -> None:
            self.taken += 1

        before = sys.getprofile()
        sys.setprofile(step)
        try:
            yield
        finally:
            sys.setprofile(before)


async def cost(sandbox: Sandbox, path: str, **query: str) -> int:
    """The steps of one answer, without a socket."""
    transport = httpx.ASGITransport(sandbox.app)
    headers = {"authorization": f"Bearer {sandbox.user_token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        steps = Steps()
        with steps.counted():
            answer = await client.get(path, params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]
    return steps.taken


@pytest.fixture(scope="module")
def small() -> Sandbox:
    return filled(POSTS // 4)


@pytest.fixture(scope="module")
def large() -> Sandbox:
    return filled(POSTS)


METRICS = {"user.fields": "public_metrics", "post.fields": "public_metrics", "expansions": "author_id"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/2/tweets/search/recent", {"query": "python -is:retweet has:links", "max_results": "100", **METRICS}),
        ("/2/tweets/search/recent", {"query": "(coffee OR #garden) lang:en", "sort_order": "relevancy"}),
        ("/2/tweets/counts/recent", {"query": "python OR from:sandbox", "granularity": "minute"}),
        ("/2/users/{me}/timelines/reverse_chronological", {"max_results": "100", **METRICS}),
        ("/2/users/{me}/tweets", {"max_results": "100", **METRICS}),
        ("/2/users/{me}/mentions", {"max_results": "100"}),
    ],
)
async def test_four_times_as_many_posts_cost_about_four_times_as_much(
    small: Sandbox, large: Sandbox, path: str, query: dict[str, str]
) -> None:
    few = await cost(small, path.format(me=small.me.id), **query)
    many = await cost(large, path.format(me=large.me.id), **query)
    assert many < 6 * few, "sixteen times would be quadratic"


async def test_a_search_can_be_read_to_its_end(served: Serve, large: Sandbox) -> None:
    async with served(large) as x:
        seen: list[str] = []
        query: dict[str, Any] = {"query": "python", "max_results": 100}
        while True:
            told = await x.json("/2/tweets/search/recent", **query)
            seen += [post["id"] for post in told["data"]]
            if "next_token" not in told["meta"]:
                break
            query["next_token"] = told["meta"]["next_token"]
        counted = await x.json("/2/tweets/counts/recent", query="python", granularity="day")
    assert len(seen) == len(set(seen)) == counted["meta"]["total_post_count"] > 3000


def test_making_many_reposts_of_one_post_costs_each_the_same() -> None:
    from xdk_async.sandbox.author import repost

    sandbox = Sandbox()
    target = next(post for post in sandbox.store.posts.values() if not post.refers("retweeted"))
    costs: list[int] = []
    for number in range(2000):
        steps = Steps()
        with steps.counted():
            assert sandbox.store.repost_by(str(number), target.id) is None
            made = repost(sandbox.store, sandbox.me.id, target, sandbox.store.ids.next(sandbox.clock.ms()), 0)
            sandbox.store.add_post(made)
        costs.append(steps.taken)
    assert max(costs[-10:]) <= 2 * max(costs[:10])


async def test_two_hundred_streams_hear_every_post(served: Serve) -> None:
    async with served(roomy()) as x, AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=300)
        client = httpx.AsyncClient(base_url=x.url, limits=limits, trust_env=False, verify=False, timeout=30)
        await stack.enter_async_context(client)
        listening = await asyncio.gather(*(_listen(x, client, stack) for _ in range(200)))
        ids = [await x.say(f"number {number}") for number in range(5)]
        heard = await asyncio.gather(*(_hear(lines, len(ids)) for lines in listening))
        assert heard == [ids] * 200
        assert (await x.call("DELETE", "/2/connections/all")).json()["data"]["successful_kills"] == 200


async def _listen(x: Api, client: httpx.AsyncClient, stack: AsyncExitStack) -> Lines:
    request = client.build_request("GET", "/2/tweets/sample/stream", headers=x.headers())
    response = await client.send(request, stream=True)
    assert response.status_code == 200
    stack.push_async_callback(response.aclose)
    return Lines(response)


async def _hear(lines: Lines, number: int) -> list[str]:
    return [(await lines.post())["data"]["id"] for _ in range(number)]
