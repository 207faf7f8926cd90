"""A wrong name on an answer or a struct says where the right one is."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from tests.client.fakes import FakeX
from xdk_async import AsyncClient, models

POST = {"id": "1", "text": "hello", "public_metrics": {"like_count": 3}}


def client(*documents: dict[str, Any]) -> AsyncClient:
    answers = [httpx.Response(200, json=each) for each in documents]
    return AsyncClient("http://x", bearer_token="t", transport=FakeX(*answers))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("like_count", ": it is .public_metrics.like_count"),
        ("retweet_count", ": it is .public_metrics.retweet_count"),
        ("full_text", "; did you mean 'text'?"),
        (
            "author",
            ": what it refers to is in the includes; `.linked()` of pages joins them, as page.includes.author(post)",
        ),
        ("zzzzzz", ""),
    ],
)
def test_of_a_post(name: str, hint: str) -> None:
    post = msgspec.convert(POST, models.Post)
    with pytest.raises(AttributeError) as caught:
        getattr(post, name)
    assert str(caught.value).startswith(f"'Post' has no attribute '{name}'{hint}")
    assert hint or str(caught.value).endswith("'zzzzzz'")


async def test_of_a_page_and_of_a_response() -> None:
    async with client({"data": [POST], "meta": {"next_token": "n"}}, {"data": POST}) as x:
        page = await x.posts.search_recent("hello")
        answer = await x.posts.get_by_id("1")
    for holder, name, place in (
        (page, "next_token", "meta"),
        (copy.copy(page), "next_token", "meta"),
        (answer, "text", "data"),
    ):
        with pytest.raises(AttributeError, match=rf"has no attribute '{name}': it is \.{place}\.{name}$"):
            getattr(holder, name)


async def test_of_a_page_that_was_taken_for_a_post() -> None:
    async with client({"data": [POST]}, {"meta": {"result_count": 0}}) as x:
        page, empty = await x.posts.search_recent("hello"), await x.posts.search_recent("hello")
    tweets, name = "tweets", "text"
    with pytest.raises(AttributeError, match=r"no attribute 'tweets': what X found is in \.data$"):
        getattr(page, tweets)
    with pytest.raises(
        AttributeError, match=r"'Page' has no attribute 'text': each of its items has it; `\.items\(\)`"
    ):
        getattr(page, name)
    assert not hasattr(empty, "text")


async def test_of_what_was_taken_for_a_dict_or_a_list() -> None:
    async with client({"data": [POST]}) as x:
        page: Any = await x.posts.search_recent("hello")
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: page.data[0]["text"], r"'Post' is no dict: it is \.text; \.to_dict\(\) makes one"),
        (lambda: page.data[0]["txt"], r"'Post' is no dict: its values are attributes;"),
        (lambda: page.data[0][0], r"'Post' is no list$"),
        (lambda: page["data"], r"'Page' is no dict: it is \.data;"),
        (lambda: page[0], r"'Page' is no list: it is \.data\[0\]$"),
    ]
    for take, told in cases:
        with pytest.raises(TypeError, match=told):
            take()


async def test_a_stream_is_no_list_either() -> None:
    async with client() as x:
        posts: Any = x.stream.posts()
    with pytest.raises(TypeError, match="use `async for event in stream`"):
        iter(posts)


def test_asking_for_attributes_behaves_as_ever() -> None:
    post = msgspec.convert(POST, models.Post)
    assert (hasattr(post, "text"), hasattr(post, "like_count"), getattr(post, "like_count", 7)) == (True, False, 7)
    assert pickle.loads(pickle.dumps(post)) == copy.deepcopy(post) == post
