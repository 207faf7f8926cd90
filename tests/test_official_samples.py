"""The code of X's own documentation, changed only by `Client` → `AsyncClient`, import paths and awaits."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

import xdk_async
from xdk_async import AsyncClient
from xdk_async.models import Post, UpdateRulesRequest
from xdk_async.sandbox import Sandbox, Served, serve

ROOT = Path(__file__).parents[1]


@pytest.fixture
async def x() -> AsyncGenerator[Served]:
    async with serve(Sandbox()) as served:
        yield served


@pytest.fixture
async def client(x: Served) -> AsyncGenerator[AsyncClient]:
    async with AsyncClient(base_url=x.url, bearer_token=x.sandbox.app_token) as client:
        yield client


async def test_bearer_authentication(client: AsyncClient) -> None:
    printed = io.StringIO()
    with redirect_stdout(printed):
        # search_recent returns an Iterator, so iterate over it
        async for page in client.posts.search_recent(query="python", max_results=10):
            if page.data and len(page.data) > 0:
                first_post = page.data[0]
                post_text = first_post.text if hasattr(first_post, "text") else ""  # or a dictionary's, in the original
                print(post_text)  # Access first Post
                break
    assert "python" in printed.getvalue().lower()


async def test_quickstart(client: AsyncClient) -> None:
    async for page in client.posts.search_recent(query="nobody-writes-this", max_results=10):
        assert page.data == []
        break
    async for page in client.posts.search_recent(query="python", max_results=10):
        assert page.data[0].text
        break


async def test_a_wrong_token_is_an_authentication_error(x: Served) -> None:
    async with AsyncClient(base_url=x.url, bearer_token="wrong") as client:
        with pytest.raises(xdk_async.AuthenticationError):
            await anext(client.posts.search_recent(query="python", max_results=10))


async def test_a_used_up_window_is_a_rate_limit() -> None:
    async with serve(Sandbox(limits={"posts.search_recent": 1})) as x:
        async with AsyncClient(base_url=x.url, bearer_token=x.sandbox.app_token) as client:
            pages = client.with_options(on_limit="raise").posts.search_recent(query="python", max_results=10)
            await anext(pages)
            with pytest.raises(xdk_async.RateLimited) as caught:
                await anext(pages)
    assert caught.value.reset_at is not None


async def test_automatic_pagination(client: AsyncClient) -> None:
    all_posts: list[Post] = []
    async for page in client.posts.search_recent(
        query="python", max_results=100, tweet_fields=["created_at", "author_id"]
    ):
        all_posts.extend(page.data)
    assert len(all_posts) > 100
    assert len({post.id for post in all_posts}) == len(all_posts)
    assert all(post.author_id and post.created_at and post.created_at.tzinfo for post in all_posts)


async def test_manual_pagination(client: AsyncClient) -> None:
    first_page = await anext(client.posts.search_recent(query="python", max_results=100, pagination_token=None))
    next_token = first_page.meta.next_token
    second_page = await anext(client.posts.search_recent(query="python", max_results=100, pagination_token=next_token))
    assert first_page.data[-1].id
    assert second_page.data[0].id
    assert int(first_page.data[-1].id) > int(second_page.data[0].id)


async def test_rules_are_added_listed_and_deleted(client: AsyncClient) -> None:
    added = await client.stream.update_rules(body=UpdateRulesRequest(add=[{"value": "from:sandbox", "tag": "mine"}]))
    assert added.data
    found: list[tuple[str | None, str | None, str | None]] = []
    async for page in client.stream.get_rules():
        for rule in page.data:
            found.append((rule.id, rule.value, rule.tag))
    assert found == [(added.data[0].id, "from:sandbox", "mine")]
    await client.stream.update_rules(body=UpdateRulesRequest(delete={"ids": [str(found[0][0])]}))
    assert [rule async for rule in client.stream.get_rules().items()] == []


async def test_a_stream(x: Served) -> None:
    async with AsyncClient(x.url, bearer_token=x.sandbox.app_token, access_token=x.sandbox.user_token) as client:
        await client.stream.update_rules(body=UpdateRulesRequest(add=[{"value": "hello", "tag": "greeting"}]))
        async with client.stream.posts() as posts:
            await client.posts.create(text="hello from a test")
            async for post in posts:
                assert post.data.text == "hello from a test"
                assert [rule.tag for rule in post.matching_rules] == ["greeting"]
                break


async def test_common_calls(x: Served) -> None:
    async with AsyncClient(base_url=x.url, bearer_token=x.sandbox.user_token) as client:
        answer = await client.users.get_me()
    assert answer.data
    assert answer.data.username == "sandbox"


async def test_a_page_asked_for_in_either_vocabulary_gives_equal_objects(client: AsyncClient) -> None:
    newer = await client.posts.search_recent(
        "python",
        max_results=100,
        post_fields=["created_at", "public_metrics", "note_post", "entities", "attachments", "conversation_id", "lang"],
        expansions=["author_id", "referenced_posts", "edit_history_post_ids"],
        user_fields=["description", "created_at"],
    )
    older = await client.posts.search_recent(
        "python",
        max_results=100,
        tweet_fields=[
            "created_at", "public_metrics", "note_tweet", "entities", "attachments", "conversation_id", "lang",
            "author_id", "referenced_tweets", "edit_history_tweet_ids",
        ],
        expansions=["author_id", "referenced_tweets.id", "edit_history_tweet_ids"],
        user_fields=["description", "created_at"],
    )  # fmt: skip
    assert newer.data == older.data
    assert newer.data[0].public_metrics
    assert newer.data[0].public_metrics.retweet_count == newer.data[0].public_metrics.repost_count
    assert {post.id for post in newer.includes.posts} == {post.id for post in older.includes.tweets} != set()
    assert {user.id: user for user in newer.includes.users} == {user.id: user for user in older.includes.users}


def test_the_tour_runs() -> None:
    command = [sys.executable, "-W", "error", str(ROOT / "examples" / "tour.py"), "--seconds", "1"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    for text in ("page 2: 10 posts", "@sandbox (Sandbox User)", "[of interest]"):
        assert text in found.stdout
