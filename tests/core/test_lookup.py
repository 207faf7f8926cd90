"""Any number of ids: a hundred at a time, in order, nothing lost, nothing kept."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.client.fakes import nothing_left, turns
from xdk_async import AsyncClient, BadRequest, InvalidArgument, models
from xdk_async._core import cost


class Register(httpx.AsyncBaseTransport):
    """An X that knows all ids but some, and answers in an order of its own."""

    def __init__(self, missing: frozenset[str] = frozenset(), told: bool = True) -> None:
        self.missing = missing
        self.told = told
        self.asked: list[list[str]] = []
        self.flying = self.most_flying = self.cancelled = 0
        self.broken: set[str] = set()  # first ids of batches that fail
        self.gate: asyncio.Event | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = "usernames" if "usernames" in request.url.params else "ids"
        ids = request.url.params[name].split(",")
        self.asked.append(ids)
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        try:
            await asyncio.sleep(0)
            if self.gate is not None:
                await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.flying -= 1
        if ids[0] in self.broken:
            return httpx.Response(400, json={"detail": "Broken."})
        found = [each for each in ids if each not in self.missing]
        shape = "username" if name == "usernames" else "id"
        data = [{"id": "1", shape: each.swapcase(), "author_id": each} for each in reversed(found)]
        errors = [{"value": each, "parameter": name, "resource_id": each, "type": f"https://api.x.com/2/problems/{WHY}"}
                  for each in ids if each in self.missing and self.told]  # fmt: skip
        users = [{"id": each, "username": f"u{each}"} for each in found]
        return httpx.Response(200, json={"data": data, "errors": errors, "includes": {"users": users}})


WHY = "resource-not-found"
NOT_IDS: Any = 7


def client_of(x: Register) -> AsyncClient:
    return AsyncClient(bearer_token="SECRET-x", transport=x).with_options(retries=0)


def ids_to(count: int) -> list[str]:
    return [str(each) for each in range(count)]


async def ids_of(found: AsyncIterator[models.Post]) -> list[str | None]:
    return [each.id async for each in found]


async def test_nothing_is_sent_or_read_before_it_is_asked_for() -> None:
    x = Register()

    def never() -> Iterator[str]:
        raise AssertionError("read too early")
        yield ""

    unused = client_of(x).posts.lookup(never())
    await turns()
    assert (x.asked, repr(unused)) == ([], "<Lookup, 0 missing>")


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
async def test_ids_are_asked_for_a_hundred_at_a_time_and_come_in_their_order(count: int, sizes: list[int]) -> None:
    x = Register()
    assert await ids_of(client_of(x).posts.lookup(ids_to(count))) == ids_to(count)
    assert [len(each) for each in x.asked] == sizes


async def test_async_iterables_numbers_and_text_are_taken_too() -> None:
    async def slowly() -> AsyncIterator[int]:
        for each in range(250):
            await asyncio.sleep(0)
            yield each

    x = Register()
    client = client_of(x)
    assert await ids_of(client.posts.lookup(slowly())) == ids_to(250)
    assert await ids_of(client.posts.lookup(range(150))) == ids_to(150)
    assert await ids_of(client.posts.lookup("7, 8,9")) == ["7", "8", "9"]
    assert [len(each) for each in x.asked] == [100, 100, 50, 100, 50, 3]


async def test_what_comes_twice_is_asked_for_once_and_given_twice() -> None:
    x = Register()
    assert await ids_of(client_of(x).posts.lookup(["1", "2", "1"])) == ["1", "2", "1"]
    assert x.asked == [["1", "2"]]


async def test_misses_are_told_and_passed_over() -> None:
    gone = frozenset(("3", "150", "151"))
    lookup = client_of(Register(gone)).posts.lookup(ids_to(300))
    assert await ids_of(lookup) == [each for each in ids_to(300) if each not in gone]
    assert lookup.missing == dict.fromkeys(["3", "150", "151"], WHY)


async def test_a_miss_without_a_word_is_a_miss_all_the_same() -> None:
    lookup = client_of(Register(frozenset("3"), told=False)).posts.lookup(ids_to(5))
    assert len([each async for each in lookup]) == 4
    assert lookup.missing == {"3": ""}


@pytest.mark.parametrize("is_async", [False, True])
async def test_misses_go_to_a_callback_instead(is_async: bool) -> None:
    told: list[tuple[str, str | None]] = []

    def note(name: str, problem: models.Problem | None) -> None:
        told.append((name, problem.value if problem else None))

    async def note_later(name: str, problem: models.Problem | None) -> None:
        await asyncio.sleep(0)
        note(name, problem)

    x = Register(frozenset(ids_to(120)))
    lookup = client_of(x).users.lookup(ids_to(130), on_missing=note_later if is_async else note)
    assert len([each async for each in lookup]) == 10
    assert told == [(each, each) for each in ids_to(120)]
    assert lookup.missing == {}


async def test_usernames_are_found_in_any_case_and_with_an_at_sign() -> None:
    x = Register(frozenset(("nobody",)))
    lookup = client_of(x).users.lookup_usernames(["@Alice", "nobody", "BOB_1"])
    assert [each.username async for each in lookup] == ["aLICE", "bob_1"]
    assert x.asked == [["Alice", "nobody", "BOB_1"]]
    assert lookup.missing == {"nobody": WHY}


async def test_spaces_have_ids_of_letters() -> None:
    x = Register()
    assert [each.id async for each in client_of(x).spaces.lookup(["1DXxyRYNejbKM"], space_fields=["title"])]
    assert x.asked == [["1DXxyRYNejbKM"]]


async def test_each_item_is_linked_to_the_includes_of_its_own_answer() -> None:
    lookup = client_of(Register()).posts.lookup(ids_to(250), expansions=["author_id"]).linked()
    assert [each.author and each.author.username async for each in lookup] == [f"u{each}" for each in range(250)]


async def test_batches_go_at_once_up_to_the_number_asked_for() -> None:
    x = Register()
    assert len(await ids_of(client_of(x).posts.lookup(range(5000), concurrency=7))) == 5000
    assert x.most_flying == 7


@pytest.mark.parametrize("given", ["", "12a", "-1", None, 1.5, True, "1" * 20, b"1", "1,2"])
async def test_an_id_that_would_spoil_its_batch_is_refused_in_its_place_and_the_rest_goes_on(given: object) -> None:
    x = Register()
    ids: list[Any] = ["1", "2", given, "3"]
    lookup = client_of(x).posts.lookup(ids)
    found = [(await anext(lookup)).id, (await anext(lookup)).id]
    with pytest.raises(InvalidArgument, match="posts.get_by_ids: .* is not one of ids"):
        await anext(lookup)
    assert found + await ids_of(lookup) == ["1", "2", "3"]


async def test_what_cannot_work_is_refused_at_once() -> None:
    client = client_of(Register())
    with pytest.raises(InvalidArgument, match="post_fields has no 'txt'"):
        client.posts.lookup(["1"], post_fields=["txt"])
    with pytest.raises(InvalidArgument, match="concurrency=0"):
        client.posts.lookup(["1"], concurrency=0)
    with pytest.raises(InvalidArgument, match="takes ids, not int"):
        client.posts.lookup(NOT_IDS)


async def test_an_error_in_one_batch_comes_in_its_place_and_the_next_try_goes_on_there() -> None:
    x = Register()
    x.broken = {"100", "300"}
    lookup = client_of(x).posts.lookup(ids_to(450), concurrency=3)
    found: list[str | None] = []
    for broken in (100, 300):
        with pytest.raises(BadRequest):
            found.extend([each.id async for each in stepwise(lookup, found)])
        assert len(found) == broken
        await turns()
        assert x.flying == 0
        x.broken.discard(str(broken))
    assert found + await ids_of(lookup) == ids_to(450)


async def stepwise(lookup: AsyncIterator[models.Post], found: list[str | None]) -> AsyncGenerator[models.Post, None]:
    while True:
        found.append((await anext(lookup)).id)
    yield models.Post()


async def test_what_the_source_fails_with_comes_after_all_it_gave() -> None:
    class Unplugged(Exception):
        pass

    def some() -> Iterator[str]:
        yield from ids_to(150)
        raise Unplugged

    async def some_later() -> AsyncIterator[str]:
        for each in some():
            yield each

    for source in (some(), some_later()):
        lookup, found = client_of(Register()).posts.lookup(source), list[str | None]()
        with pytest.raises(Unplugged):
            async for each in lookup:
                found.append(each.id)
        assert found == ids_to(150)
        assert await ids_of(lookup) == []


async def test_leaving_ends_what_is_under_way() -> None:
    async def forever() -> AsyncIterator[int]:
        for each in range(10_000):
            if each > 350:
                await asyncio.Event().wait()
            yield each

    x = Register()
    async with nothing_left():
        async for each in client_of(x).posts.lookup(forever()):
            assert each.id == "0"
            x.gate = asyncio.Event()
            break
    assert x.flying == 0


async def test_closing_ends_it_for_good() -> None:
    x = Register()
    async with nothing_left(), contextlib.aclosing(client_of(x).posts.lookup(range(1000))) as lookup:
        assert (await anext(lookup)).id == "0"
    assert await ids_of(lookup) == []
    assert len(x.asked) <= 10


async def test_cancelling_ends_what_is_under_way_and_loses_nothing() -> None:
    x = Register()
    x.gate = asyncio.Event()
    lookup = client_of(x).posts.lookup(range(500), concurrency=4)
    async with nothing_left():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await anext(lookup)
        await turns()
        assert (x.flying, x.cancelled) == (0, 4)
        x.gate.set()
        assert await ids_of(lookup) == ids_to(500)


async def test_two_tasks_share_a_lookup_and_none_gets_what_the_other_got() -> None:
    x = Register()
    lookup = client_of(x).posts.lookup(range(1000))
    halves = await asyncio.gather(ids_of(lookup), ids_of(lookup))
    assert sorted(int(each or -1) for half in halves for each in half) == list(range(1000))
    assert len(x.asked) == 10


@pytest.mark.slow
@pytest.mark.parametrize("count", [40_000, pytest.param(200_000, marks=pytest.mark.soak)])
async def test_any_number_of_ids_is_looked_up_in_the_same_memory(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("xdk_async"), "disabled", True)  # pytest keeps every line
    monkeypatch.setattr(cost, "REMEMBERED", 0)  # what was billed today is bounded, but by more than this reads
    x = Register(frozenset(str(each) for each in range(0, count, 1000)))
    peaks, found, lookup = list[int](), 0, client_of(x).posts.lookup(range(count))
    tracemalloc.start()
    try:
        async for _ in lookup:
            found += 1
            x.asked.clear()
            if found % (count * 999 // 4000) == 0:
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.reset_peak()
    finally:
        tracemalloc.stop()
    assert (found, len(lookup.missing)) == (count * 999 // 1000, count // 1000)
    assert len(peaks) == 4
    assert max(peaks[1:]) < peaks[0] + count * 12  # of what came since, the ids alone would be three times as much
