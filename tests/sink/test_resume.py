"""Called again, a collecting goes on where it stopped: nothing is missing, and nothing is there twice."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.fakes import Clock, nothing_left, sender_over
from tests.sink.archive import FORMATS, Archive, rows, there
from xdk_async import (
    AsyncClient,
    CreditsDepleted,
    InvalidArgument,
    Page,
    Pages,
    StoreFailed,
    Wait,
    collect,
    models,
)
from xdk_async._core.course import Course
from xdk_async._core.wait import OnWait
from xdk_async.groups.posts import PostsClient
from xdk_async.sink import Summary


def search(client: AsyncClient, query: str = "cats", **more: Any) -> Any:
    find: Any = client.posts.search_recent
    return find(query, **{"max_results": 10, **more})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What a run without any interruption gives, for each format."""

    async def made() -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        async with Archive(137).client() as client:
            for format in FORMATS:
                path = tmp_path_factory.mktemp("whole") / f"posts.{format}"
                await collect(search(client), path)
                found[format] = rows(path)
        return found

    return asyncio.run(made())


@pytest.mark.parametrize("format", FORMATS)
async def test_after_an_error_the_next_call_goes_on(
    tmp_path: Path, format: str, whole: dict[str, list[dict[str, Any]]]
) -> None:
    path = tmp_path / f"posts.{format}"
    x = Archive(137, fails_at=8)
    async with x.client() as client:
        with pytest.raises(CreditsDepleted):
            await collect(search(client), path, batch=30)
        assert len(there(path)) == 70  # what was fetched was paid for
    x = Archive(137)
    async with x.client() as client:
        summary = await collect(search(client), path, batch=30)
    assert x.queries[0]["pagination_token"] == "at 70"
    assert (summary.resumed, summary.items, summary.total, summary.pages) == (True, 67, 137, 7)
    assert rows(path) == whole[format]


@pytest.mark.parametrize("format", FORMATS)
async def test_what_is_finished_is_not_asked_for_again(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    async with Archive(35).client() as client:
        first = await collect(search(client), path)
        x = Archive(35)
        async with x.client() as other:
            again = await collect(search(other), path)
    assert x.queries == []
    assert (first.items, first.resumed, first.done) == (35, False, True)
    assert (again.items, again.resumed, again.done, again.total) == (0, True, True, 35)
    assert str(again).startswith(f"{path}: 0 items, nothing new, 35 in all, in ")
    assert len(rows(path)) == 35


@pytest.mark.parametrize("format", FORMATS)
async def test_a_limit_is_of_the_target_and_can_be_raised(
    tmp_path: Path, format: str, whole: dict[str, list[dict[str, Any]]]
) -> None:
    path = tmp_path / f"posts.{format}"
    x = Archive(137)
    async with x.client() as client:
        for limit, there in ((5, 5), (5, 5), (23, 23), (0, 23), (60, 60), (None, 137), (10, 137)):
            summary = await collect(search(client), path, limit=limit)
            assert (summary.total, summary.done) == (there, True)
            assert rows(path) == whole[format][:there]
    assert len(x.queries) <= 18


async def test_a_limit_fetches_no_page_too_many(tmp_path: Path) -> None:
    x = Archive(1000)
    async with x.client() as client:
        await collect(client.posts.search_recent("cats"), tmp_path / "a.jsonl", limit=250, batch=100)
    assert [query["max_results"] for query in x.queries] == ["100", "100", "50"]


@pytest.mark.parametrize("format", ["jsonl", "db", "parquet"])
async def test_pages_that_were_begun_are_collected_from_there(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    async with Archive(35).client() as client:
        pages = search(client)
        await pages
        assert (await collect(pages, path)).items == 25
        assert [page async for page in pages]  # which are not used up by it


# Another query


@pytest.mark.parametrize("format", FORMATS)
async def test_another_query_needs_a_word(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    x = Archive(25)
    async with x.client() as client:
        await collect(search(client), path)
        sent = len(x.queries)
        for other in (search(client, "dogs"), search(client, expansions=["author_id"]), client.users.get_posts("7")):
            with pytest.raises(InvalidArgument, match=r"holds another query: GET /2/tweets/search/recent\?query=cats"):
                await collect(other, path)
        assert len(x.queries) == sent
        assert len(rows(path)) == 25
        again = await collect(search(client, max_results=100, pagination_token="at 10"), path)  # where, not what
        assert (again.resumed, again.items) == (True, 0)


@pytest.mark.parametrize("format", FORMATS)
async def test_other_queries_are_added_and_gone_on_with(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    async with Archive(25).client() as client:
        await collect(search(client), path)
    async with Archive(45, fails_at=3).client() as client:
        with pytest.raises(CreditsDepleted):
            await collect(search(client, "dogs"), path, mode="append")
    x = Archive(45)
    async with x.client() as client:
        summary = await collect(search(client, "dogs"), path, mode="append")
        assert x.queries[0]["pagination_token"] == "at 20"
        assert (await collect(search(client), path, mode="append")).items == 0
    knows_ids = format in ("db", "duckdb")
    assert (summary.resumed, summary.items) == (True, 20 if knows_ids else 25)
    assert len(rows(path)) == (45 if knows_ids else 70)


@pytest.mark.parametrize("format", FORMATS)
async def test_overwriting_begins_anew(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    async with Archive(25).client() as client:
        await collect(search(client), path)
    async with Archive(45).client() as client:
        summary = await collect(search(client, "dogs"), path, limit=12, mode="overwrite")
    assert (summary.resumed, summary.items) == (False, 12)
    assert len(rows(path)) == 12


@pytest.mark.parametrize("format", FORMATS)
async def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path, format: str) -> None:
    own, path = tmp_path / f"own.{format}", tmp_path / f"posts.{format}"
    async with Archive(25).client() as client:
        await collect(search(client), own)
        shutil.copy(own, path)
        if format == "db":
            import sqlite3

            with sqlite3.connect(path) as db:
                db.execute("DROP TABLE xdk_async_state")
            db.close()
        if format == "duckdb":
            from tests.sink.archive import module

            with module("duckdb").connect(str(path)) as db:
                db.execute("DROP TABLE xdk_async_state")
        before = path.read_bytes()
        with pytest.raises(InvalidArgument, match="is there already"):
            await collect(search(client), path)
        if format != "duckdb":
            assert path.read_bytes() == before
        assert (await collect(search(client), path, mode="overwrite")).items == 25
        assert len(rows(path)) == 25


async def test_lines_of_somebody_else_are_added_to(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b'{"mine": 1}\n{"mine": 2}')
    async with Archive(5).client() as client:
        await collect(search(client), path, mode="append")
    assert [row.get("mine") for row in rows(path)] == [1, 2, *[None] * 5]


async def test_what_cannot_tell_where_it_stopped_needs_a_word(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    async with Archive(25).client() as client:
        await collect(search(client).items(), path)
        with pytest.raises(InvalidArgument, match="cannot tell where it stopped"):
            await collect(search(client).items(), path)
        await collect(search(client).items(), path, mode="append")
        assert len(rows(path)) == 50
        await collect(search(client).items(), path, mode="overwrite")
        assert len(rows(path)) == 25


class Places:
    """Pages, as something else that knows its place would give them."""

    def __init__(self, client: AsyncClient) -> None:
        self.pages: Pages[models.Post] = search(client)

    def course(self, cursor: str | None = None, *, on_wait: OnWait | None = None) -> Course[models.Post]:
        return self.pages.course(cursor, on_wait=on_wait)

    def __aiter__(self) -> AsyncIterator[Page[models.Post]]:
        return aiter(self.pages)


@pytest.mark.parametrize("format", ["jsonl", "parquet"])
async def test_a_source_that_knows_its_place_is_gone_on_with(
    tmp_path: Path, format: str, whole: dict[str, list[dict[str, Any]]]
) -> None:
    path = tmp_path / f"posts.{format}"
    async with Archive(137, fails_at=8).client() as client:
        with pytest.raises(CreditsDepleted):
            await collect(Places(client), path, batch=30)
    assert len(there(path)) == 70
    x = Archive(137)
    async with x.client() as client:
        assert (await collect(Places(client), path, limit=95)).total == 95
        assert (await collect(Places(client), path)).total == 137
        assert (await collect(Places(client), path)).items == 0
    assert x.queries[0]["pagination_token"] == "at 70"
    assert [row["id"] for row in rows(path)] == [row["id"] for row in whole[format]]


# Interrupted


class Slow(Archive):
    """Answers after some turns of the loop."""

    def __init__(self, posts: int, chance: random.Random) -> None:
        super().__init__(posts)
        self.chance = chance

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(self.chance.randrange(6)):
            await asyncio.sleep(0)
        return await super().handle_async_request(request)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "seed", [pytest.param(range(1), id="some"), pytest.param(range(1, 60), marks=pytest.mark.soak, id="many")]
)
async def test_cancelled_at_any_moment_and_gone_on_with_it_is_what_it_would_have_been(
    tmp_path: Path, format: str, seed: range, whole: dict[str, list[dict[str, Any]]]
) -> None:
    for each in seed:
        chance = random.Random(each)
        path = tmp_path / f"{each}.{format}"
        x = Slow(137, chance)
        async with x.client() as client:
            for _ in range(100):
                work = asyncio.create_task(collect(search(client), path, batch=chance.choice((10, 40, 1000))))
                moment = chance.expovariate(1 / 0.03) if chance.random() < 0.8 else 60
                done, _ = await asyncio.wait((work,), timeout=moment)
                if done:
                    await work
                    break
                work.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await work
                count = len(there(path))
                assert there(path) == whole[format][:count]
        assert rows(path) == whole[format]
        assert len(x.queries) <= 14 + 100


async def test_a_cancellation_writes_what_is_there_and_leaves_nothing_open(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    reached = asyncio.Event()

    class Stuck(Archive):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if len(self.queries) == 3:
                reached.set()
                await asyncio.Event().wait()
            return await super().handle_async_request(request)

    async with Stuck(100).client() as client, nothing_left():
        work = asyncio.create_task(collect(search(client), path))
        await reached.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert len(rows(path)) == 30


@pytest.mark.parametrize("format", FORMATS)
def test_a_loop_that_ends_in_the_middle_waits_for_the_batch_that_is_written(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"

    async def left() -> None:
        client = Archive(1000).client()
        work = asyncio.create_task(collect(search(client, max_results=100), path, batch=100))
        while not there_at_all(path):
            await asyncio.sleep(0.001)
        assert not work.done()  # and now all tasks are cancelled, whatever they do

    asyncio.run(left())
    count = len(there(path))

    async def finished() -> None:
        async with Archive(1000).client() as client:
            await collect(search(client, max_results=100), path)

    asyncio.run(finished())
    assert count < len(rows(path)) == 1000
    assert len({row["id"] for row in rows(path)}) == 1000


def there_at_all(path: Path) -> bool:
    return any(each.name.startswith(path.name) and each.stat().st_size for each in path.parent.iterdir())


async def test_a_callback_that_does_not_come_back_can_be_cancelled_and_is_not_called_again(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    async with Archive(100).client() as client:
        begun = asyncio.Event()

        async def told(_: Summary) -> None:
            begun.set()
            await asyncio.Event().wait()

        work = asyncio.create_task(collect(search(client), path, batch=10, on_progress=told))
        await begun.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert (await collect(search(client), path)).total == 100
    assert len(rows(path)) == 100


async def test_a_torn_end_is_cut_off(tmp_path: Path, whole: dict[str, list[dict[str, Any]]]) -> None:
    for format in ("jsonl", "jsonl.gz"):
        path = tmp_path / f"posts.{format}"
        async with Archive(137).client() as client:
            await collect(search(client), path, limit=50)
            with path.open("ab") as file:
                file.write(b'{"id":"torn in the mid')
            await collect(search(client), path)
        assert rows(path) == whole[format]


@pytest.mark.parametrize("format", ["jsonl", "parquet", "duckdb"])
async def test_two_at_once_are_one_too_many(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    async with Archive(100).client() as client:
        held = asyncio.Event()
        told = asyncio.Event()

        async def hold(_: Summary) -> None:
            told.set()
            await held.wait()

        first = asyncio.create_task(collect(search(client), path, batch=10, on_progress=hold))
        await told.wait()
        if format != "duckdb":  # which shares a file within one process; tests/sink/test_kill.py has two
            with pytest.raises(StoreFailed, match="another process collects into the same target"):
                await collect(search(client), path)
        held.set()
        await first
    assert len(rows(path)) == 100


# Told


async def test_progress_is_told_after_each_batch_and_the_summary_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    seen: list[Summary] = []
    async with Archive(1100).client() as client:
        summary = await collect(
            client.posts.search_recent("cats", max_results=100), path, batch=500, on_progress=seen.append
        )
    assert [(each.items, each.done) for each in seen] == [(500, False), (1000, False), (1100, False)]
    assert (summary.path, summary.items, summary.pages, summary.done) == (path, 1100, 11, True)
    assert str(summary).startswith(f"{path}: 1,100 items, 11 pages, $6.11, in ")
    assert "\n" not in str(summary)
    assert summary.cost == client.costs.total


async def test_what_the_callback_raises_ends_it_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "posts.db"

    def stop(summary: Summary) -> None:
        if summary.items == 20:
            raise KeyError("enough")

    async with Archive(55).client() as client:
        with pytest.raises(KeyError):
            await collect(search(client), path, batch=10, on_progress=stop)
        assert len(rows(path)) >= 20
        await collect(search(client), path)
    assert len(rows(path)) == 55


async def test_waits_for_limits_are_counted_and_told_to_the_callers_hook_too(tmp_path: Path) -> None:
    clock = Clock()

    class Limited(Archive):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            answer = await super().handle_async_request(request)
            left = 2 - (len(self.queries) - 1) % 3
            window = {"limit": 3, "remaining": left, "reset": int(clock.now) + 30}
            answer.headers.update({f"x-rate-limit-{name}": str(value) for name, value in window.items()})
            return answer

    waits: list[float] = []

    def note(wait: Wait) -> None:
        waits.append(wait.seconds)

    sender = sender_over(Limited(90), clock, on_wait=note)
    pages = PostsClient(sender).search_recent("cats", max_results=10)
    summary = await collect(pages, tmp_path / "posts.jsonl")
    assert summary.items == 90
    assert summary.waited == pytest.approx(sum(waits))
    assert 50 < summary.waited < 90
    assert "s waited for limits" in str(summary)
