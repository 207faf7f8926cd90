"""What was missed is recovered, or told of as a gap; repeats are dropped; restarts go on where they stopped."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.fakes import CHUNKED, nothing_left, serving, turns
from tests.client.fakes import Play as Said
from tests.stream.scripted import (
    FOREVER,
    HEARTBEAT,
    NOW,
    Clock,
    Part,
    Play,
    ScriptedX,
    beats,
    first,
    post,
    refused,
    snowflake,
)
from xdk_async import (
    AsyncClient,
    Conflict,
    Forbidden,
    Gap,
    InvalidArgument,
    StoreFailed,
    StreamConfig,
    StreamEnded,
    models,
)
from xdk_async._core.checkpoint import CheckpointStore, MemoryCheckpoints, SQLiteCheckpoints
from xdk_async._core.progress import KEPT, Mark, Progress
from xdk_async.auth.redis_store import RedisStore
from xdk_async.auth.sqlite_store import SQLiteStore
from xdk_async.auth.store import MemoryStore

GONE = httpx.ReadError("gone")
NO = refused(403, detail="backfill is for Enterprise")


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    async with nothing_left():
        yield


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOW + seconds, UTC)


def texts(events: list[Any]) -> list[str]:
    return [event.data.text for event in events if hasattr(event, "data")]


async def all_until(x: ScriptedX, count: int, **config: Any) -> list[Any]:
    """Everything, until so many posts have come."""
    found: list[Any] = []
    async with asyncio.timeout(5):  # of the machine's time
        async for event in x.streams().posts(**config.pop("call", {}), stream_config=StreamConfig(**config)).events():
            found.append(event)
            if len(texts(found)) == count:
                break
    return found


def gaps(events: list[Any]) -> list[tuple[float, float]]:
    return [(each.start.timestamp() - NOW, each.end.timestamp() - NOW) for each in events if isinstance(each, Gap)]


async def test_after_a_drop_x_is_asked_for_the_minutes_that_were_missed() -> None:
    x = ScriptedX(
        [post(0), 70.0, HEARTBEAT, GONE], refused(503), *[refused(503)] * 4, [post(71), post(0), post(400), *FOREVER]
    )
    found = await all_until(x, 3)
    assert [query.get("backfill_minutes") for query in x.queries] == [None, "1", "1", "1", "1", "2", "3"][
        : len(x.queries)
    ]
    assert texts(found) == ["post 0/0", "post 71/0", "post 400/0"]
    assert gaps(found) == []


async def test_a_refusal_is_remembered_and_the_next_way_tried() -> None:
    x = ScriptedX([post(0), GONE], NO, [post(1), 50.0, GONE], [post(60), *FOREVER])
    found = await all_until(x, 3)
    asked = [sorted(set(query) & {"backfill_minutes", "start_time"}) for query in x.queries]
    assert asked == [[], ["backfill_minutes"], ["start_time"], ["start_time"]]
    assert gaps(found) == []


async def test_what_x_does_not_send_again_is_a_gap(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Gap] = []
    x = ScriptedX([post(0), 7.0, HEARTBEAT, 3.0, GONE], NO, refused(400), [post(11), *FOREVER])
    found = await all_until(x, 2, on_gap=told.append)
    assert gaps(found) == [(6, 10)]
    assert told == [each for each in found if isinstance(each, Gap)]
    assert "X refuses recovery by backfill and start_time" in told[0].reason
    assert "events may be missing" in caplog.text


async def test_a_half_line_is_missing_from_the_end_of_the_last_whole_one() -> None:
    x = ScriptedX([post(0), 5.0, post(5)[:20], GONE], [post(6), *FOREVER])
    assert gaps(await all_until(x, 2, recovery=())) == [(-1, 5)]


async def test_a_gap_begins_earlier_if_x_delivers_late() -> None:
    x = ScriptedX([4.0, post(1), 6.0, GONE], [post(11), *FOREVER])
    assert gaps(await all_until(x, 2, recovery=())) == [(0, 10)]


async def test_the_part_of_a_gap_that_is_too_far_back_is_told() -> None:
    x = ScriptedX([post(0), GONE], *[refused(503)] * 10, [post(1500), *FOREVER], clock=Clock())
    found = await all_until(x, 2, recovery=("backfill",))
    ((start, end),) = gaps(found)
    assert start == -1
    assert end == x.times[-1] - 300
    assert x.queries[-1]["backfill_minutes"] == "5"


async def test_a_break_while_x_sends_what_was_missed_is_recovered_from_the_first_gap_on() -> None:
    before: list[Play] = [[post(0), 30.0, HEARTBEAT, GONE], *[refused(503)] * 5]
    x = ScriptedX(*before, [post(31), GONE], [post(31), post(33), *FOREVER])
    found = await all_until(x, 3)
    assert [query.get("backfill_minutes") for query in x.queries[-2:]] == ["3", "3"]
    assert texts(found) == ["post 0/0", "post 31/0", "post 33/0"]


@pytest.mark.parametrize("done", [[post(200)], [10.0, HEARTBEAT]], ids=["a new post", "quiet and a heartbeat"])
async def test_once_all_that_was_missed_has_come_only_the_next_gap_counts(done: list[Part]) -> None:
    before: list[Play] = [[post(0), 30.0, HEARTBEAT, GONE], *[refused(503)] * 5]
    x = ScriptedX(*before, [post(31), *done, GONE], [post(300), *FOREVER])
    await all_until(x, 3 + (len(done) == 1))
    assert [query.get("backfill_minutes") for query in x.queries[-2:]] == ["3", "1"]


async def test_what_the_caller_asked_for_is_asked_for_once() -> None:
    x = ScriptedX([post(-100), GONE], [post(1), *FOREVER])
    await all_until(x, 2, call={"backfill_minutes": 5})
    assert [query.get("backfill_minutes") for query in x.queries] == ["5", "5"]
    x = ScriptedX([post(0), GONE], [post(1), *FOREVER])
    await all_until(x, 2, call={"start_time": "2026-01-01T00:00:00Z"})
    assert [("start_time" in query, "backfill_minutes" in query) for query in x.queries] == [
        (True, False),
        (False, True),
    ]


async def test_no_backfill_asked_for_means_none() -> None:
    x = ScriptedX([post(0), GONE], [post(1), *FOREVER])
    await all_until(x, 2, call={"backfill_minutes": 0})
    assert "start_time" in x.queries[1]
    assert "backfill_minutes" not in x.queries[1]


async def test_a_span_that_was_asked_for_comes_to_its_end() -> None:
    x = ScriptedX([post(0), GONE], [post(0), post(1)])
    got = [event.data.text async for event in x.streams().posts(start_time=at(-100), end_time=at(0))]
    assert got == ["post 0/0", "post 1/0"]
    assert set(x.queries[1]) == {"start_time", "end_time"}


async def test_an_edge_of_the_filter_is_searched_for_if_that_is_asked_for() -> None:
    rules: dict[str, Any] = {
        "data": [{"id": "1", "value": "cats", "tag": "c"}, {"id": "2", "value": "dogs"}],
        "meta": {"sent": "x"},
    }
    cats: dict[str, Any] = {"data": [{"id": post(13)[15:34].decode(), "text": "both"}], "meta": {}}

    def answer(request: httpx.Request) -> Play:
        if request.url.path.endswith("/rules"):
            return httpx.Response(200, json=rules)
        if request.url.path.endswith("/recent"):
            return httpx.Response(200, json=cats)
        return [post(0), 10.0, HEARTBEAT, 5.0, GONE] if len(x.requests) == 1 else [*beats(3, 10.0), *FOREVER]

    x = ScriptedX(answer)
    stream = x.streams().posts(
        stream_config=StreamConfig(recovery=("search",)), tweet_fields=["created_at"], expansions=["author_id"]
    )
    async with stream:
        found = await first(aiter(stream), 2)
    assert found[1].data.text == "both"
    assert found[1].matching_rules == [models.MatchingRule(id="1", tag="c"), models.MatchingRule(id="2")]
    searches = [dict(each.url.params) for each in x.requests if each.url.path.endswith("/recent")]
    assert [each["query"] for each in searches] == ["cats", "dogs"]
    assert all(each["tweet.fields"] == "created_at" and each["expansions"] == "author_id" for each in searches)
    assert searches[0]["start_time"] == at(9).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert stream.stats.gaps == 0


async def test_a_search_that_fails_is_a_gap() -> None:
    def answer(request: httpx.Request) -> Play:
        if request.url.path.endswith("/rules"):
            return refused(403)
        return [post(0), 5.0, GONE] if len(x.requests) == 1 else [20.0, post(30), *FOREVER]

    x = ScriptedX(answer)
    stream = x.streams().posts(stream_config=StreamConfig(recovery=("search",)))
    async with stream:
        found = await first(stream.events(), 7)
    assert "searching for it failed: 403" in next(each.reason for each in found if isinstance(each, Gap))


# Repeats


async def test_repeats_are_dropped_wherever_they_come() -> None:
    x = ScriptedX([post(0), post(0), post(1), GONE], [post(1), post(0), post(2), *FOREVER])
    assert texts(await all_until(x, 3)) == ["post 0/0", "post 1/0", "post 2/0"]


async def test_with_nothing_remembered_repeats_come_through() -> None:
    x = ScriptedX([post(0), post(0), *FOREVER])
    assert len(await all_until(x, 2, remember=0)) == 3


# Restarts


async def taken(x: ScriptedX, store: Any, count: int, **more: Any) -> list[str]:
    """So many posts, within `async with`."""
    stream = x.streams().posts(stream_config=StreamConfig(checkpoint=store, **more))
    async with asyncio.timeout(5), stream:
        return texts(await first(aiter(stream), count))


@pytest.mark.parametrize("kind", ["memory", "file", "path", "tokens in memory", "tokens in a file"])
async def test_a_restart_goes_on_where_it_stopped(tmp_path: Path, kind: str) -> None:
    stores: dict[str, Any] = {
        "memory": MemoryCheckpoints(), "file": SQLiteCheckpoints(tmp_path / "a.db"), "path": str(tmp_path / "b.db"),
        "tokens in memory": MemoryStore(), "tokens in a file": SQLiteStore(tmp_path / "c.db"),
    }  # fmt: skip
    await goes_on(stores[kind])


async def test_a_restart_goes_on_with_redis(redis_address: str) -> None:
    await goes_on(redis_address)
    store = RedisStore(redis_address)
    try:
        await goes_on(store, checkpoint_name="other")
    finally:
        await store.aclose()


async def goes_on(store: Any, **more: Any) -> None:
    clock = Clock()
    x = ScriptedX([post(each) for each in (0, 1, 2, 3, 4)] + [*FOREVER], clock=clock)
    assert await taken(x, store, 3, **more) == ["post 0/0", "post 1/0", "post 2/0"]
    clock.now += 90
    again = ScriptedX([post(each) for each in (0, 1, 2, 3, 4, 5)] + [*FOREVER], clock=clock)
    assert await taken(again, store, 3, **more) == ["post 3/0", "post 4/0", "post 5/0"]
    assert again.queries[0] == {"backfill_minutes": "2"}


async def test_after_an_error_in_the_block_the_last_event_comes_again() -> None:
    store = MemoryCheckpoints()
    x = ScriptedX([post(0), post(1), post(2), *FOREVER])
    with pytest.raises(ZeroDivisionError):
        async with x.streams().posts(stream_config=StreamConfig(checkpoint=store)) as posts:
            async for event in posts:
                if event.data.text == "post 1/0":
                    raise ZeroDivisionError
    again = ScriptedX([post(0), post(1), post(2), *FOREVER], clock=x.clock)
    assert await taken(again, store, 2) == ["post 1/0", "post 2/0"]


async def test_a_bare_loop_is_noted_too() -> None:
    store = MemoryCheckpoints()
    x = ScriptedX([post(0), post(1), *FOREVER])
    await all_until(x, 1, checkpoint=store)
    await turns()
    again = ScriptedX([post(0), post(1), *FOREVER], clock=x.clock)
    assert await taken(again, store, 1) == ["post 1/0"]


async def test_heartbeats_move_the_checkpoint_of_a_quiet_stream() -> None:
    store, clock = MemoryCheckpoints(), Clock()
    x = ScriptedX([post(0), *beats(100, 20.0), GONE], clock=clock)
    with pytest.raises(StreamEnded):
        await all_until(x, 2, checkpoint=store, max_retries=0)
    again = ScriptedX([post(2001), *FOREVER], clock=clock)
    found = await all_until(again, 1, checkpoint=store)
    assert again.queries[0] == {"backfill_minutes": "1"}
    assert gaps(found) == []


async def test_what_was_missed_during_a_long_rest_is_a_gap() -> None:
    store, clock = MemoryCheckpoints(), Clock()
    await taken(ScriptedX([post(0), *FOREVER], clock=clock), store, 1)
    clock.now += 7 * 86_400
    found = await all_until(ScriptedX([post(1), *FOREVER], clock=clock), 1, checkpoint=store)
    assert texts(found) == ["post 1/0"]
    ((start, end),) = gaps(found)
    assert start == -8
    assert 0 < end < clock.now - NOW - 86_339


async def test_partitions_are_noted_each_for_itself() -> None:
    store, clock = MemoryCheckpoints(), Clock()

    def answer(request: httpx.Request) -> Play:
        number = int(request.url.params["partition"])
        return [post(number, number), *FOREVER] if number == 1 else [*FOREVER]

    config = StreamConfig(checkpoint=store)
    async with ScriptedX(answer, clock=clock).streams().posts_sample10(partitions="all", stream_config=config) as posts:
        await first(aiter(posts), 1)
    saved = await store.load("stream.posts_sample10")
    assert saved is not None
    assert b'"1":' in saved and b'"2":' in saved


async def test_a_checkpoint_of_something_else_is_refused() -> None:
    store = MemoryCheckpoints()
    await store.save("stream.posts", b"[1]")
    with pytest.raises(StoreFailed, match="not one of a stream"):
        await taken(ScriptedX(FOREVER), store, 1)


async def test_a_store_that_does_not_work_is_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database")
    with pytest.raises(StoreFailed, match="does not work"):
        await taken(ScriptedX(FOREVER), tmp_path / "file", 1)


@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize("call", [{}, {"start_time": at(-100), "end_time": at(0)}], ids=["refused", "to its end"])
async def test_what_still_waits_when_a_stream_ends_is_noted_as_it_is_handed_out(
    bare: bool, call: dict[str, Any]
) -> None:
    store = MemoryCheckpoints()
    x = ScriptedX([post(each) for each in range(9)], refused(403))
    stream = x.streams().posts(**call, stream_config=StreamConfig(checkpoint=store, recovery=()))
    got: list[Any] = []
    with contextlib.suppress(Forbidden):
        if not bare:
            await stream.__aenter__()
        async for event in stream:
            await turns(50)
            got.append(event)
    await stream.aclose()
    assert len(got) == 9
    again = ScriptedX([post(each) for each in range(10)] + [*FOREVER], clock=x.clock)
    assert await taken(again, store, 1) == ["post 9/0"]


async def test_what_is_dealt_with_when_a_stream_ends_is_not_done_yet() -> None:
    store = MemoryCheckpoints()
    x = ScriptedX([post(0)], refused(403))
    with pytest.raises(ZeroDivisionError):
        async with x.streams().posts(stream_config=StreamConfig(checkpoint=store, recovery=())) as posts:
            async for _ in posts:
                await turns(50)
                raise ZeroDivisionError
    again = ScriptedX([post(0), *FOREVER], clock=x.clock)
    assert await taken(again, store, 1) == ["post 0/0"]


async def test_what_was_dealt_with_is_noted_also_when_nothing_comes_after_it() -> None:
    store = MemoryCheckpoints()
    now = time.time() - NOW
    lines = post(now) + post(now, 1)
    async with (
        serving(Said([CHUNKED, b"%x\r\n%s\r\n" % (len(lines), lines)], "stay")) as server,
        AsyncClient(server.address, "token") as client,
    ):
        config = StreamConfig(checkpoint=store, checkpoint_every=0.01)
        following = asyncio.create_task(first(aiter(client.stream.posts(stream_config=config)), 3))
        async with asyncio.timeout(5):
            while snowflake(NOW + now, 1).encode() not in (await store.load("stream.posts") or b""):
                await asyncio.sleep(0.01)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following


def id_of(at: int) -> bytes:
    return snowflake(NOW + at).encode()


async def test_each_event_can_be_noted_before_the_next_is_handed_out() -> None:
    store = MemoryCheckpoints()
    x = ScriptedX([post(each) for each in range(3)] + [*FOREVER])
    async with x.streams().posts(stream_config=StreamConfig(checkpoint=store, checkpoint_every=0)) as posts:
        for at in range(3):
            await anext(posts)
            saved = await store.load("stream.posts") or b""
            assert [id_of(each) in saved for each in range(3)] == [each < at for each in range(3)]


async def test_a_save_that_is_cancelled_is_made_up_for_on_leaving() -> None:
    store = Slow()
    stream = ScriptedX([post(0), 5.0, *FOREVER]).streams().posts(stream_config=StreamConfig(checkpoint=store))
    async with stream:
        await anext(stream)
        await store.saving.wait()
        store.is_slow = False
    assert id_of(0) in store.saved


class Slow:
    """A store that takes for ever to save, until it is told not to."""

    def __init__(self) -> None:
        self.is_slow = True
        self.saving = asyncio.Event()
        self.saved = b""

    async def load(self, name: str) -> bytes | None:
        return None

    async def save(self, name: str, data: bytes) -> None:
        if self.is_slow:
            self.saving.set()
            await asyncio.Event().wait()
        self.saved = data


async def test_keys_are_kept_for_as_long_as_x_may_deliver_others_around_them() -> None:
    progress = Progress(MemoryCheckpoints(), "x", 1.0, Clock())
    for number in range(12_000):  # at 300 a second
        at = NOW + number / 300
        progress.handed(Mark("", str(number), at, at))
    await progress.save(now=True)
    assert NOW + 40 - 31 < progress.floor < NOW + 40 - 29
    progress.handed(Mark("", "later", NOW + 100, NOW + 100))
    await progress.save(now=True)
    assert progress.floor == NOW + (12_000 - KEPT) / 300


class Broken:
    """Loads and breaks."""

    async def load(self, name: str) -> bytes | None:
        return None

    async def save(self, name: str, data: bytes) -> None:
        raise ZeroDivisionError


async def test_a_store_that_breaks_while_the_stream_is_quiet_ends_it() -> None:
    x = ScriptedX([*beats(3, 0.1), post(0), *beats(3, 0.1), *beats(9)], FOREVER)
    with pytest.raises(ZeroDivisionError):
        await all_until(x, 2, checkpoint=Broken())


async def test_a_store_that_breaks_at_the_end_is_told_on_leaving() -> None:
    with pytest.raises(ZeroDivisionError):
        await taken(ScriptedX([post(0), *FOREVER]), Broken(), 1)


class Failing:
    """Loads and does not save."""

    async def load(self, name: str) -> bytes | None:
        return None

    async def save(self, name: str, data: bytes) -> None:
        raise StoreFailed("the disk is full")


async def test_a_store_that_fails_later_ends_the_stream() -> None:
    store: CheckpointStore = Failing()
    x = ScriptedX([post(0), 9.0, post(1), 9.0, post(2), *FOREVER])
    with pytest.raises(StoreFailed):
        await all_until(x, 3, checkpoint=store)


async def test_a_store_that_fails_at_the_end_is_told_on_leaving() -> None:
    with pytest.raises(StoreFailed):
        await taken(ScriptedX([post(0), *FOREVER]), Failing(), 1)


@pytest.mark.parametrize("where", [5, object()])
async def test_what_is_no_store_is_refused(where: Any) -> None:
    with pytest.raises(InvalidArgument, match="checkpoint="):
        await taken(ScriptedX(FOREVER), where, 1)


async def test_a_refusal_leaves_the_checkpoint_as_it_was() -> None:
    store = MemoryCheckpoints()
    await taken(ScriptedX([post(0), *FOREVER]), store, 1)
    before = await store.load("stream.posts")
    with pytest.raises(Conflict):
        await taken(ScriptedX(refused(409)), store, 1)
    assert await store.load("stream.posts") == before
