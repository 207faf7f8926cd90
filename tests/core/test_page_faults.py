"""What goes wrong between pages: nothing is lost, nothing is endless, nothing ends without a word."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.client.fakes import Clock, nothing_left, sender_over, turns
from tests.core.test_pages import Archive, Script, client_of, ids_of, numbers, page, recent
from xdk_async import AsyncClient, InvalidArgument, RateLimited, XError, errors, models
from xdk_async._core.page_guard import REMEMBERED, PageGuard
from xdk_async._core.pages import Pages
from xdk_async.groups import PostsClient, UsersClient

# Limits and failures in the middle


class Flaky(Archive):
    """An archive that refuses by a script of what goes wrong; 0 for nothing."""

    def __init__(self, posts: int, statuses: list[int]) -> None:
        super().__init__(posts)
        self.statuses = statuses

    def __call__(self, request: httpx.Request) -> httpx.Response:
        status = self.statuses.pop(0) if self.statuses else 0
        if status == 429:
            return httpx.Response(429, json={"title": "Too Many Requests"}, headers={"retry-after": "700"})
        if status == 1:
            raise httpx.ReadError("reset", request=request)
        return httpx.Response(status, json={"title": "no"}) if status else super().__call__(request)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("prefetch", [0, 1])
async def test_whatever_fails_and_however_it_is_walked_all_comes_once_and_in_order(seed: int, prefetch: int) -> None:
    chance = random.Random(seed)
    x = Flaky(97, [chance.choice([0, 0, 429, 503, 500, 400, 1]) for _ in range(40)])
    clock = Clock()
    pages = PostsClient(sender_over(httpx.MockTransport(x), clock, retries=0)).search_recent("cats")
    found: list[str | None] = []
    walk = pages.items(prefetch=prefetch)
    while True:
        try:
            kind = chance.randrange(4)
            if kind == 0:
                async for post in pages.items(limit=chance.randrange(1, 30), prefetch=prefetch):
                    found.append(post.id)
                if pages.done and pages.cursor is None:
                    break
            elif kind == 1:
                found.append((await anext(walk)).id)
            elif kind == 2:
                found.append((await anext(pages.linked())).item.id)
            else:  # another process goes on
                start: dict[str, Any] = {"pagination_token": pages.cursor} if pages.cursor else {}
                if start or not found:
                    pages = PostsClient(sender_over(httpx.MockTransport(x), clock, retries=0)).search_recent(
                        "cats", **start
                    )
                    walk = pages.items(prefetch=prefetch)
        except StopAsyncIteration:
            break
        except XError:
            clock.now += 1000
    await turns()
    assert list(dict.fromkeys(found)) == numbers(0, 97)
    assert len(found) == len(set(found))


async def test_a_limit_in_the_middle_is_an_error_each_time_and_never_an_end() -> None:
    clock = Clock()
    x = Flaky(25, [0, 429, 0])
    pages = PostsClient(sender_over(httpx.MockTransport(x), clock)).search_recent("cats")
    walk = pages.items()
    found = [(await anext(walk)).id for _ in range(10)]
    for _ in range(3):  # X is asked once; until the window opens it is known
        with pytest.raises(RateLimited):
            await anext(walk)
    assert len(x.queries) == 1
    assert pages.cursor == "at/10+&="
    clock.now += 701
    assert found + await ids_of(walk) == numbers(0, 25)


async def test_a_token_that_has_expired_is_an_error_and_the_place_stays() -> None:
    x = Archive(35)
    pages = recent(x)
    assert [len(await anext(pages)) for _ in range(2)] == [10, 10]
    x.broken = True  # X answers 400 to a token it no longer knows
    for _ in range(2):
        with pytest.raises(errors.BadRequest):
            await anext(pages)
    assert (pages.cursor, pages.done) == ("at/20+&=", False)
    x.broken = False
    assert await ids_of(pages.items()) == numbers(20, 35)


async def test_an_empty_page_in_the_middle_and_one_without_data_do_not_end_it() -> None:
    x = Script(
        page("1", token="a"), *({"meta": {"next_token": f"b{i}"}} for i in range(8)), page("2", token="c"), page("3")
    )
    assert await ids_of(recent(x).items()) == ["1", "2", "3"]


@pytest.mark.parametrize("last", [{}, {"meta": None}, {"meta": {"next_token": None}}, {"data": [], "meta": {}}])
async def test_no_meta_and_a_null_token_end_it_without_an_error(last: dict[str, Any]) -> None:
    pages = recent(Script(page("1", token="a"), last))
    assert await ids_of(pages.items()) == ["1"]
    assert (pages.done, pages.cursor, pages.stopped) == (True, None, None)


# Pages without end


def endless(tokens: Callable[[int], str], ids: Callable[[int], list[str]]) -> Callable[[httpx.Request], httpx.Response]:
    count = iter(range(1000))

    def x(_request: httpx.Request) -> httpx.Response:
        number = next(count)
        return httpx.Response(200, content=json.dumps(page(*ids(number), token=tokens(number))))

    return x


@pytest.mark.parametrize("prefetch", [0, 1])
@pytest.mark.parametrize("length", [1, 2, 5])
async def test_a_loop_of_tokens_ends_with_a_warning_that_names_it(
    length: int, prefetch: int, caplog: pytest.LogCaptureFixture
) -> None:
    pages = recent(endless(lambda i: f"{i % length}", lambda i: [str(i)]))
    assert len([each async for each in pages.pages(prefetch=prefetch)]) == length + 1
    assert pages.stopped == "X gave the token of a page that was fetched already"
    assert pages.done
    assert [each.getMessage() for each in caplog.records if each.levelname == "WARNING"] == [
        f"posts.search_recent: {pages.stopped}; the pages end"
    ]


@pytest.mark.parametrize(("stale_pages", "fetched"), [(None, 4), (1, 2), (5, 6)])
async def test_the_same_posts_under_ever_new_tokens_end_with_a_warning(
    stale_pages: int | None, fetched: int, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(endless(str, lambda _: ["1", "2"])).with_options(stale_pages=stale_pages)
    pages = client.posts.search_recent("cats")
    assert len([each async for each in pages]) == fetched
    assert pages.stopped == f"X gave {fetched - 1} pages in a row that hold nothing new"
    assert "nothing new" in caplog.text


async def test_a_page_that_repeats_some_is_not_stale_and_neither_is_one_now_and_then() -> None:
    pages = recent(endless(lambda i: str(i) if i < 40 else "", lambda i: [str(i - i % 3), "0"]))
    assert len([each async for each in pages]) == 41
    assert pages.stopped is None


async def test_the_guard_can_be_switched_off() -> None:
    client = client_of(endless(lambda i: str(i) if i < 40 else "", lambda _: ["1"])).with_options(stale_pages=0)
    assert len([each async for each in client.posts.search_recent("cats")]) == 41


def test_the_guard_remembers_a_bounded_number_of_ids() -> None:
    guard = PageGuard(3)
    for number in range(0, REMEMBERED * 3, 100):
        assert guard.objection(str(number), str(number + 1), map(str, range(number, number + 100))) is None
    assert len(guard) == REMEMBERED


# Cursors


@pytest.mark.parametrize("taken", range(26))
async def test_a_cursor_within_a_page_goes_on_with_the_next_item(taken: int) -> None:
    x = Archive(25)
    pages = recent(x)
    first = await ids_of(pages.items(limit=taken))
    cursor = pages.cursor
    assert cursor is None or isinstance(cursor, str)
    if cursor is None:
        assert taken in (0, 25)
        return
    later = recent(x, pagination_token=cursor)
    assert first + await ids_of(later.items()) == numbers(0, 25)


async def test_a_cursor_can_be_taken_again_and_again() -> None:
    x, found = Archive(25), list[str | None]()
    cursor: str | None = None
    for _ in range(25):
        pages = recent(x, pagination_token=cursor)
        found.append((await anext(pages.items())).id)
        cursor = pages.cursor
    assert found == numbers(0, 25)
    assert cursor is None


async def test_a_cursor_within_the_first_page_finds_its_place_after_new_posts_came() -> None:
    def x(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("pagination_token", "0"))
        posts = newest[start : start + 3]
        return httpx.Response(
            200, content=json.dumps(page(*posts, token=str(start + 3) if start + 3 < len(newest) else None))
        )

    newest = ["9", "8", "7", "6", "5"]
    pages = recent(x)
    assert await ids_of(pages.items(limit=2)) == ["9", "8"]
    newest = ["14", "13", "12", "11", "10", *newest]
    assert await ids_of(recent(x, pagination_token=pages.cursor).items()) == [
        "14",
        "13",
        "12",
        "11",
        "10",
        "7",
        "6",
        "5",
    ]


async def test_a_cursor_of_items_without_ids_counts_them() -> None:
    def x(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("pagination_token", "0"))
        counts = [{"tweet_count": each, "start": "2026-01-01T00:00:00Z"} for each in range(start, start + 4)]
        return httpx.Response(200, json={"data": counts, "meta": {"next_token": str(start + 4)} if start < 8 else {}})

    found: list[object] = []
    cursor: str | None = None
    for _ in range(4):
        pages = client_of(x).posts.get_counts_recent("cats", pagination_token=cursor)
        found += [each.post_count async for each in pages.items(limit=3)]
        cursor = pages.cursor
    assert found == list(range(12))


async def test_a_cursor_within_a_page_gives_the_rest_of_it_as_a_page() -> None:
    x = Archive(25)
    pages = recent(x, max_results=10)
    await ids_of(pages.items(limit=14))
    later = recent(x, pagination_token=pages.cursor)
    assert [[post.id for post in each] async for each in later] == [numbers(14, 20), numbers(20, 25)]


# Backwards


class Both(Archive):
    """Gives the token of the page before as well."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = super().__call__(request)
        if answer.status_code != 200:
            return answer
        body = answer.json()
        start = int(body["data"][0]["id"])
        if start:
            body["meta"]["previous_token"] = f"at/{max(start - 10, 0)}+&="
        return httpx.Response(200, json=body)


async def starts(pages: Pages[models.User]) -> list[str | None]:
    return [each.data[0].id async for each in pages]


async def test_pages_go_back_from_the_last_one_fetched() -> None:
    x = Both(45)
    pages = client_of(x).users.get_followers("7", max_results=10)
    for _ in range(4):
        await anext(pages)
    back = pages.backwards()
    assert back.cursor == "at/20+&="
    assert await starts(back) == ["20", "10", "0"]
    assert back.stopped is None
    assert (await anext(pages)).data[0].id == "40"  # the way on is untouched


async def test_pages_go_back_from_a_cursor() -> None:
    x = Both(45)
    back = client_of(x).users.get_followers("7", max_results=10, pagination_token="at/20+&=").backwards()
    assert await starts(back) == ["20", "10", "0"]


async def test_back_from_the_first_page_there_is_nothing() -> None:
    pages = client_of(Both(45)).users.get_followers("7", max_results=10)
    await anext(pages)
    assert await starts(pages.backwards()) == []


# Fetching ahead


class Slow(httpx.AsyncBaseTransport):
    """An archive whose answers come when they are let through."""

    def __init__(self, posts: int) -> None:
        self.archive = Archive(posts)
        self.let = asyncio.Semaphore(1000)
        self.asked = self.cancelled = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        try:
            await self.let.acquire()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return self.archive(request)


def over(x: Slow) -> Pages[models.Post]:
    return AsyncClient(bearer_token="SECRET-x", transport=x).posts.search_recent("cats")


async def test_the_next_page_is_under_way_while_one_is_worked_on() -> None:
    x = Slow(35)
    asked: list[int] = []
    async for _ in over(x).pages(prefetch=1):
        asked.append(x.asked)
    assert asked == [2, 3, 4, 4]
    x = Slow(35)
    async for _ in over(x).pages():
        asked.append(x.asked)
    assert asked[4:] == [1, 2, 3, 4]


@pytest.mark.parametrize(("limit", "sent"), [(5, 1), (10, 1), (11, 2), (20, 2), (25, 3), (None, 4)])
async def test_no_page_is_fetched_ahead_that_the_limit_does_not_need(limit: int | None, sent: int) -> None:
    x = Slow(35)
    pages = AsyncClient(bearer_token="SECRET-x", transport=x).posts.search_recent("cats", max_results=10)
    assert len(await ids_of(pages.items(limit, prefetch=1))) == (limit or 35)
    assert x.asked == sent
    x = Slow(35)
    assert len([each async for each in over(x).pages(2, prefetch=1)]) == 2
    assert x.asked == 2


@pytest.mark.parametrize("way", ["pages", "items", "linked"])
async def test_leaving_a_loop_ends_what_is_fetched_ahead_and_another_goes_on(way: str) -> None:
    x = Slow(35)
    pages = over(x)
    async with nothing_left():
        x.let = asyncio.Semaphore(1)
        async for _ in getattr(pages, way)(prefetch=1):
            break
    assert (x.asked, x.cancelled) == (2, 1)
    x.let = asyncio.Semaphore(1000)
    rest = await ids_of(pages.items())
    assert rest == numbers(10 if way == "pages" else 1, 35)


async def test_closing_a_walk_ends_it_and_what_it_fetches_ahead() -> None:
    x = Slow(35)
    async with nothing_left():
        x.let = asyncio.Semaphore(1)
        async with contextlib.aclosing(over(x).items(prefetch=1)) as walk:
            await anext(walk)
    assert x.cancelled == 1
    with pytest.raises(StopAsyncIteration):
        await anext(walk)


async def test_a_page_that_came_ahead_is_not_fetched_again_by_who_goes_on() -> None:
    x = Slow(35)
    pages = over(x)
    async for _ in pages.pages(prefetch=1):
        await turns()
        break
    assert x.asked == 2
    assert await ids_of(pages.items()) == numbers(10, 35)
    assert x.asked == 4


async def test_an_error_ahead_comes_when_its_page_is_asked_for_and_is_tried_again() -> None:
    x = Slow(35)
    x.let = asyncio.Semaphore(1)
    walk = over(x).pages(prefetch=1)
    assert len(await anext(walk)) == 10
    x.archive.broken = True
    for _ in range(9):
        x.let.release()
    await turns()
    with pytest.raises(errors.BadRequest):
        await anext(walk)
    x.archive.broken = False
    assert [len(each) async for each in walk] == [10, 10, 5]


async def test_an_error_ahead_that_nobody_asks_for_is_not_complained_about() -> None:
    x = Slow(35)
    async with nothing_left():
        walk = over(x).pages(prefetch=1)
        x.archive.broken = False
        assert len(await anext(walk)) == 10
        x.archive.broken = True
        await turns()
        del walk


@pytest.mark.parametrize("prefetch", [2, -1])
def test_more_than_one_page_ahead_cannot_be(prefetch: int) -> None:
    with pytest.raises(InvalidArgument, match="prefetch="):
        recent(Archive(1)).items(prefetch=prefetch)


# Several tasks


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_tasks_that_share_pages_fetch_each_of_them_once(prefetch: int) -> None:
    x = Slow(1000)
    pages = over(x)
    found: list[str | None] = []

    async def by_items() -> None:
        found.extend([post.id async for post in pages.items(prefetch=prefetch)])

    async def by_page() -> None:
        async for each in pages.pages(limit=10):
            found.extend(post.id for post in each)
            await asyncio.sleep(0)

    await asyncio.gather(by_items(), by_items())
    assert sorted(int(each or -1) for each in found) == list(range(1000))
    assert x.asked == 100
    found.clear()
    x = Slow(100)
    pages = over(x)
    await asyncio.gather(*(by_page() for _ in range(3)))
    assert sorted(int(each or -1) for each in found) == list(range(100))
    assert x.asked == 10


async def test_a_shared_walk_gives_no_more_than_its_limit() -> None:
    walk = over(Slow(1000)).items(limit=25)
    halves = await asyncio.gather(ids_of(walk), ids_of(walk))
    assert sorted(map(str, [*halves[0], *halves[1]])) == sorted(numbers(0, 25))


async def test_a_task_that_is_cancelled_loses_no_page() -> None:
    x = Slow(35)
    x.let = asyncio.Semaphore(0)
    pages = over(x)
    waiting = [asyncio.create_task(ids_of(pages.items(limit=5))) for _ in range(2)]
    await turns()
    waiting[0].cancel()
    await turns()
    x.let = asyncio.Semaphore(1000)
    x.asked = 0
    waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await ids_of(pages.items()) == numbers(0, 35)


async def test_users_of_a_name_have_pages_too() -> None:
    walk = UsersClient(sender_over(httpx.MockTransport(Archive(25)), Clock())).search("cats").pages(limit=2, prefetch=1)
    assert [len(each) async for each in walk] == [10, 10]
