"""Pages: one pass, nothing sent before it is asked for, nothing lost, nothing fetched for nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import httpx
import pytest

from xdk_async import AsyncClient, errors, models
from xdk_async._core.pages import Pages


class Archive:
    """An X with so many posts, given out a page at a time; the token of a page is where it starts."""

    def __init__(self, posts: int, default: int = 10) -> None:
        self.posts = posts
        self.default = default
        self.queries: list[dict[str, str]] = []
        self.broken = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        self.queries.append(query)
        if self.broken:
            return httpx.Response(400, json={"detail": "Broken."})
        token = query.get("pagination_token") or query.get("next_token") or "at/0+&="
        start = int(token.removeprefix("at/").removesuffix("+&="))
        end = min(start + int(query.get("max_results", self.default)), self.posts)
        data = [{"id": str(i), "author_id": str(i % 2)} for i in range(start, end)]
        meta = {"result_count": len(data), **({"next_token": f"at/{end}+&="} if end < self.posts else {})}
        users = [{"id": "0", "username": f"zero@{start}"}, {"id": "1", "username": f"one@{start}"}]
        return httpx.Response(200, json={"data": data, "includes": {"users": users}, "meta": meta})

    def asked(self, name: str) -> list[str | None]:
        return [query.get(name) for query in self.queries]


class Script:
    """An X that gives the answers of a list, one after the other, and fails when there are no more."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.tokens: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.tokens.append(request.url.params.get("pagination_token"))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(200, content=answer if isinstance(answer, bytes) else json.dumps(answer))


def client_of(x: Callable[[httpx.Request], httpx.Response]) -> AsyncClient:
    return AsyncClient(bearer_token="x", transport=httpx.MockTransport(x)).with_options(retries=0)


def recent(x: Callable[[httpx.Request], httpx.Response], **arguments: Any) -> Pages[models.Post]:
    return client_of(x).posts.search_recent("cats", **arguments)


def page(*ids: str, token: object = None, **others: object) -> dict[str, Any]:
    return {"data": [{"id": id} for id in ids], "meta": {} if token is None else {"next_token": token}, **others}


async def ids_of(items: AsyncIterator[models.Post]) -> list[str | None]:
    return [item.id async for item in items]


def numbers(start: int, end: int) -> list[str]:
    return [str(number) for number in range(start, end)]


# Going through


async def test_nothing_is_sent_before_it_is_asked_for() -> None:
    x = Archive(30)
    pages = recent(x)
    unused = [pages.items(), pages.linked(), aiter(pages)]
    assert x.queries == []
    assert pages.cursor is None
    assert len(unused) == 3


async def test_a_loop_goes_through_all_pages_and_ends_without_a_token() -> None:
    x = Archive(25)
    pages = recent(x)
    assert [[post.id for post in page] async for page in pages] == [numbers(0, 10), numbers(10, 20), numbers(20, 25)]
    assert x.asked("pagination_token") == [None, "at/10+&=", "at/20+&="]
    assert [page async for page in pages] == []
    with pytest.raises(StopAsyncIteration):
        await anext(pages)
    assert len(x.queries) == 3


async def test_the_given_token_is_where_it_starts_under_either_name() -> None:
    for name in ("next_token", "pagination_token"):
        x = Archive(35)
        pages = recent(x, **{name: "at/15+&="})
        assert pages.cursor == "at/15+&="
        assert await ids_of(pages.items()) == numbers(15, 35)
        assert x.asked("pagination_token") == ["at/15+&=", "at/25+&="]
        assert x.asked("next_token") == [None, None]  # X refuses both at once


async def test_an_operation_that_knows_only_the_older_token_gets_that() -> None:
    x = Archive(25)
    pages = client_of(x).users.search("cats")
    assert len([user async for user in pages.items()]) == 25
    assert x.asked("next_token") == [None, "at/10+&=", "at/20+&="]
    assert x.asked("pagination_token") == [None] * 3


async def test_an_empty_page_with_a_token_does_not_end_it() -> None:
    x = Script(
        page(token="a"),
        {"meta": {"next_token": "b", "result_count": 0}},
        {"data": None, "meta": {"next_token": "c"}},
        page("1"),
    )
    assert await ids_of(recent(x).items()) == ["1"]
    assert x.tokens == [None, "a", "b", "c"]


@pytest.mark.parametrize(
    "last",
    [{"data": [{"id": "1"}]}, {"data": [{"id": "1"}], "meta": None}, {"data": [{"id": "1"}], "meta": {}},
     {"data": [{"id": "1"}], "meta": []}, {"data": [{"id": "1"}], "meta": {"next_token": None}},
     {"data": [{"id": "1"}], "meta": {"next_token": ""}}, {"data": [{"id": "1"}], "meta": {"next_token": {"a": 1}}}],
)  # fmt: skip
async def test_a_page_without_a_token_is_the_last(last: dict[str, Any]) -> None:
    x = Script(page("0", token="a"), last)
    pages = recent(x)
    assert await ids_of(pages.items()) == ["0", "1"]
    assert pages.cursor is None


@pytest.mark.parametrize(
    ("tokens", "fetched"), [(["a", "a"], 2), (["a", "b", "b"], 3), (["a", "b", "a"], 3), (["a", "b", "c", "a"], 4)]
)
async def test_a_token_that_comes_again_ends_it_and_is_told(
    tokens: list[str], fetched: int, caplog: pytest.LogCaptureFixture
) -> None:
    x = Script(*(page(str(i), token=token) for i, token in enumerate(tokens)))
    pages = recent(x)
    assert await ids_of(pages.items()) == numbers(0, fetched)
    assert (len(x.tokens), pages.cursor) == (fetched, None)
    [warning] = [each for each in caplog.records if each.levelname == "WARNING"]
    assert warning.name == "xdk_async"
    assert warning.getMessage().startswith("posts.search_recent: ")


async def test_a_token_that_is_a_number_is_one_all_the_same() -> None:
    x = Script(page("0", token=12345678901234567890), page("1"))
    assert await ids_of(recent(x).items()) == ["0", "1"]
    assert x.tokens == [None, "12345678901234567890"]


# One page at a time


async def test_anext_takes_one_page_and_the_cursor_moves_along() -> None:
    x = Archive(25)
    pages = recent(x)
    cursors: list[str | None] = []
    for start in (0, 10, 20):
        assert (await anext(pages)).data[0].id == str(start)
        cursors.append(pages.cursor)
    assert cursors == ["at/10+&=", "at/20+&=", None]
    assert len(x.queries) == 3


async def test_a_cursor_is_good_for_a_later_call() -> None:
    x = Archive(25)
    pages = recent(x)
    await anext(pages)
    assert await ids_of(recent(x, pagination_token=pages.cursor).items()) == numbers(10, 25)


async def test_await_gives_the_first_page_once() -> None:
    x = Archive(25)
    pages = recent(x)
    first = await pages
    assert [post.id for post in first] == numbers(0, 10)
    with pytest.raises(RuntimeError, match="first page was taken already"):
        await pages
    assert len(x.queries) == 1
    assert await ids_of(pages.items()) == numbers(10, 25)


async def test_await_after_another_way_of_taking_the_first_page_is_an_error() -> None:
    pages = recent(Archive(25))
    await anext(pages)
    with pytest.raises(RuntimeError, match="first page was taken already"):
        await pages


async def test_await_may_be_tried_again_after_an_error() -> None:
    x = Archive(25)
    pages = recent(x)
    x.broken = True
    with pytest.raises(errors.BadRequest):
        await pages
    x.broken = False
    assert [post.id for post in await pages] == numbers(0, 10)


# Going on


async def test_a_second_loop_goes_on_where_the_first_stopped() -> None:
    x = Archive(35)
    pages = recent(x)
    async for page in pages:
        assert page.data[0].id == "0"
        break
    assert [page.data[0].id async for page in pages] == ["10", "20", "30"]
    assert len(x.queries) == 4


async def test_an_error_in_the_middle_loses_nothing_and_repeats_nothing() -> None:
    x = Archive(35)
    pages = recent(x)
    found: list[str | None] = []
    x.broken = False
    for _ in range(2):
        found += [post.id for post in await anext(pages)]
    x.broken = True
    for _ in range(2):
        with pytest.raises(errors.BadRequest):
            await anext(pages)
        assert pages.cursor == "at/20+&="
    x.broken = False
    found += await ids_of(pages.items())
    assert found == numbers(0, 35)


async def test_an_error_in_the_middle_of_items_loses_nothing() -> None:
    x = Archive(25)
    pages = recent(x)
    found: list[str | None] = []

    async def take() -> None:
        async for post in pages.items():
            found.append(post.id)
            x.broken = len(found) == 20

    with pytest.raises(errors.BadRequest):
        await take()
    x.broken = False
    assert found + await ids_of(pages.items()) == numbers(0, 25)


async def test_items_go_on_with_the_next_one_after_a_break() -> None:
    x = Archive(25)
    pages = recent(x)
    found: list[str | None] = []
    async for post in pages.items():
        found.append(post.id)
        if len(found) == 7:
            break
    found += await ids_of(pages.items(limit=8))
    assert found == numbers(0, 15)
    assert [each.post.id async for each in pages.linked()] == numbers(15, 25)
    assert len(x.queries) == 3


async def test_a_loop_over_pages_after_one_over_items_goes_on_with_the_next_page() -> None:
    pages = recent(Archive(35))
    assert await ids_of(pages.items(limit=3)) == numbers(0, 3)
    assert (await anext(pages)).data[0].id == "10"
    assert await ids_of(pages.items()) == numbers(20, 35)


# Limits


@pytest.mark.parametrize(
    ("limit", "max_results", "sent"),
    [
        (0, None, []),
        (-1, None, []),
        (1, None, ["10"]),  # X takes no fewer than 10
        (10, None, ["10"]),
        (25, None, ["25"]),
        (250, None, ["100", "100", "50"]),
        (99, 100, ["99"]),
        (100, 100, ["100"]),
        (250, 100, ["100", "100", "50"]),
        (205, 100, ["100", "100", "10"]),
        (30, 10, ["10", "10", "10"]),
        (25, 20, ["20", "10"]),
    ],
)
async def test_no_more_is_fetched_than_the_limit_needs(
    limit: int, max_results: int | None, sent: Sequence[str]
) -> None:
    x = Archive(1000)
    pages = recent(x) if max_results is None else recent(x, max_results=max_results)
    assert await ids_of(pages.items(limit=limit)) == numbers(0, max(limit, 0))
    assert x.asked("max_results") == sent


async def test_linked_posts_are_limited_like_plain_ones() -> None:
    x = Archive(1000)
    found = [each.item.id async for each in recent(x, max_results=100).linked(limit=150)]
    assert found == numbers(0, 150)
    assert x.asked("max_results") == ["100", "50"]


@pytest.mark.parametrize(("limit", "lowest"), [(1, "5"), (5, "5"), (6, "6")])
async def test_the_last_page_is_not_smaller_than_x_allows(limit: int, lowest: str) -> None:
    x = Archive(1000)
    await ids_of(client_of(x).users.get_posts("7", max_results=100).items(limit=limit))
    assert x.asked("max_results") == [lowest]


async def test_a_limit_on_an_operation_without_page_sizes_only_stops() -> None:
    x = Archive(1000)
    counts = client_of(x).posts.get_counts_recent("cats").items(limit=15)
    assert len([count async for count in counts]) == 15
    assert x.asked("max_results") == [None, None]


async def test_fewer_posts_than_the_limit_are_all_there_is() -> None:
    assert await ids_of(recent(Archive(25)).items(limit=100)) == numbers(0, 25)


# Linked


async def test_linked_posts_are_joined_within_their_own_page() -> None:
    x = Archive(25)
    authors = [each.author async for each in recent(x, expansions=["author_id"]).linked()]
    names = [author.username for author in authors if author]
    assert names == [f"{('zero', 'one')[i % 2]}@{i - i % 10}" for i in range(25)]


async def test_a_page_that_is_not_json_ends_it_with_what_came_before() -> None:
    x = Script(page("0", token="a"), b"<html>")
    found = [each async for each in recent(x)]
    assert [len(each) for each in found] == [1, 0]
    assert (found[1].undecoded, found[1].raw) == (("$",), b"<html>")


def test_what_is_of_a_page_is_not_of_the_pages_and_the_error_says_so() -> None:
    pages: Any = recent(Archive(1))
    with pytest.raises(TypeError, match="async for page in pages"):
        iter(pages)
    for name in ("data", "includes", "meta", "errors"):
        with pytest.raises(AttributeError, match=rf"'Pages' has no attribute '{name}'; that is of a page: `await`"):
            getattr(pages, name)
    with pytest.raises(AttributeError, match=r"'Pages' has no attribute 'nonsense'$"):
        _ = pages.nonsense


async def test_the_repr_says_how_far_it_is() -> None:
    pages = recent(Archive(25))
    assert repr(pages) == "<Pages of posts.search_recent, 0 fetched>"
    await pages
    await anext(pages)
    assert repr(pages) == "<Pages of posts.search_recent, 2 fetched>"
    await anext(pages)
    assert repr(pages) == "<Pages of posts.search_recent, 3 fetched, done>"
