"""The app behind a real server: what it takes, what it refuses, and that it loses nothing it has acknowledged."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.loopback import free_port
from tests.webhooks.conftest import HEADER, SECRET, Poster, delivering, message, served, sign
from xdk_async import InvalidArgument
from xdk_async.events import ActivityEvent, Event, PostEvent, UnknownEvent
from xdk_async.webhooks import Failure, MemorySeen, RedisSeen, WebhookApp


async def soon(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


def collecting(**settings: Any) -> tuple[WebhookApp, list[Event]]:
    app, found = WebhookApp(SECRET, **settings), list[Event]()

    @app.on("*")
    async def keep(event: Event) -> None:
        found.append(event)

    return app, found


async def test_a_challenge_is_answered_as_x_wants_it() -> None:
    app, _ = collecting()
    async with delivering(app) as x:
        answer = await x.client.get("/", params={"crc_token": "a+b/c==", "nonce": "n"})
        assert (answer.status_code, answer.json()) == (200, {"response_token": sign(b"a+b/c==")})
        assert answer.headers["content-type"] == "application/json"
        raw = await x.client.get("/?crc_token=a+b")  # a plus that was not encoded is a plus
        assert raw.json() == {"response_token": sign(b"a+b")}


async def test_the_endpoint_signs_no_events() -> None:
    """The attack: have a forged event signed as a challenge, then deliver it with that signature."""
    app, found = collecting()
    forged = msgspec.json.encode(message(666))
    async with delivering(app) as x:
        for params in ({"crc_token": forged.decode()}, {"crc_token": " " + forged.decode()}, {}, {"crc_token": ""}):
            answer = await x.client.get("/", params=params)
            assert (answer.status_code, "response_token" in answer.json()) == (400, False)
            assert forged.decode() not in answer.text
        twice = await x.client.get("/?crc_token=good&crc_token=alsogood")
        assert twice.status_code == 400
        token = await x.client.get("/", params={"crc_token": "12345"})  # valid JSON, and a token
        signed = token.json()["response_token"]
        taken = await x.client.post("/", content=b"12345", headers={HEADER: signed, "content-type": "application/json"})
        assert taken.status_code == 401
    assert found == []


async def test_one_flipped_byte_a_missing_or_a_foreign_signature_are_refused() -> None:
    app, found = collecting()
    body = msgspec.json.encode(message())
    async with delivering(app) as x:
        flipped = body.replace(b"post 1", b"post 2")
        assert (await x.post(flipped, **{HEADER: sign(body)})).status_code == 401
        assert (await x.post(body, secret="SECRET-other")).status_code == 401
        bare = await x.client.post("/", content=body, headers={"content-type": "application/json"})
        assert bare.status_code == 401
        assert (await x.post(body)).status_code == 200
        await soon(lambda: len(found) == 1)


async def test_a_repeat_is_acknowledged_and_handled_once() -> None:
    app, found = collecting()
    async with delivering(app) as x:
        for _ in range(3):
            assert (await x.post(message(1))).status_code == 200
        answers = await asyncio.gather(*(x.post(message(2)) for _ in range(5)))
        assert {each.status_code for each in answers} == {200}
        # One post is several events: each has its own id, though X numbers them alike.
        await x.post(message(1, "post.mention.create"))
        await x.post(message(1, tag="another subscription"))
        await x.post(message(3))
        await soon(lambda: len(found) == 5)
        await asyncio.sleep(0.01)
    assert len(found) == 5


@pytest.mark.parametrize("streamed", [False, True])
async def test_an_oversized_body_is_refused_before_it_is_read(streamed: bool) -> None:
    app, found = collecting(max_body=10_000)
    body = msgspec.json.encode(message(tag="x" * 10_000))

    async def pieces() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    async with delivering(app) as x:
        headers = {"content-type": "application/json", HEADER: sign(body)}
        answer = await x.client.post("/", content=pieces() if streamed else body, headers=headers)
        assert answer.status_code == 413
        assert (await x.post(message())).status_code == 200
        await soon(lambda: len(found) == 1)


async def test_a_slow_body_is_given_up_and_holds_nobody_up() -> None:
    app, found = collecting(body_timeout=0.05)
    body = msgspec.json.encode(message())
    async with delivering(app) as x:
        url = httpx.URL(str(x.client.base_url))
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{HEADER}: {sign(body)}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:10])
        assert (await x.post(message(2))).status_code == 200
        status = await asyncio.wait_for(reader.readline(), 5)
        assert b" 408 " in status
        writer.close()
        await soon(lambda: len(found) == 1)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"a=1", {"content_type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"content_type": "text/plain"}, 415),
        (b"{broken", {}, 400),
        (b'{"a": "\xff"}', {}, 400),
        (b'{"a":' * 100_000, {}, 400),
        (b"[]", {}, 401),
        (b"", {}, 401),
        (b"{}", {"content_type": "application/json; charset=utf-8"}, 200),
        (b"{}", {"content_type": ""}, 200),
    ],
)
async def test_what_is_no_event_is_refused(content: bytes, headers: dict[str, str], status: int) -> None:
    app, _ = collecting()
    async with delivering(app) as x:
        assert (await x.post(content, **headers)).status_code == status


async def test_a_message_that_does_not_say_its_type_is_judged_by_its_signature() -> None:
    app, found = collecting()
    body = msgspec.json.encode(message(1))
    async with delivering(app) as x:
        assert (await x.client.post("/", content=body, headers={HEADER: sign(b"other")})).status_code == 401
        assert (await x.client.post("/", content=body)).status_code == 401
        assert (await x.client.post("/", content=body, headers={HEADER: sign(body)})).status_code == 200
        await soon(lambda: len(found) == 1)


async def test_other_methods_are_told_which_there_are() -> None:
    app, _ = collecting()
    async with delivering(app) as x:
        answer = await x.client.put("/")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_handlers_get_what_they_asked_for_in_both_spellings() -> None:
    app = WebhookApp(SECRET)
    calls: list[tuple[str, str]] = []

    @app.on("post.create", "ProfileBioUpdate")
    async def named(event: ActivityEvent) -> None:
        calls.append(("named", event.type))

    @app.on("profile.*")
    def plain(event: Event) -> None:  # runs in a thread
        calls.append(("family", event.type))

    @app.on(PostEvent)
    async def typed(event: PostEvent) -> None:
        calls.append(("typed", str(event.post.text)))

    @app.on(UnknownEvent)
    async def unknown(event: UnknownEvent) -> None:
        calls.append(("unknown", str(event.raw["something"])))

    change = {"before": "a", "after": "b"}
    async with delivering(app) as x:
        await x.post(message(1))
        await x.post(message(2, "ProfileBioUpdate", change))
        await x.post(message(3, "profile.update.bio", change))
        await x.post(message(4, "dm.read", {}))
        await x.post({"something": "new"})
        await soon(lambda: len(calls) == 7)
    assert sorted(calls) == [
        ("family", "profile.update.bio"),
        ("family", "profile.update.bio"),
        ("named", "post.create"),
        ("named", "profile.update.bio"),
        ("named", "profile.update.bio"),
        ("typed", "post 1"),
        ("unknown", "new"),
    ]


def test_a_handler_for_nothing_is_a_mistake() -> None:
    app = WebhookApp(SECRET)
    with pytest.raises(InvalidArgument, match=r"'post\.crate'.*post\.create"):
        app.on("post.crate")
    with pytest.raises(InvalidArgument, match="no event is called 'posts"):
        app.on("posts.*")
    with pytest.raises(InvalidArgument, match="needs a name"):
        app.on()


def test_without_a_secret_there_is_no_app(monkeypatch: pytest.MonkeyPatch) -> None:
    for secret in (None, "", [], ["SECRET-a", ""]):
        with pytest.raises(InvalidArgument, match="consumer secret"):
            WebhookApp(secret)
    monkeypatch.setenv("X_API_SECRET", SECRET)
    assert "SECRET" not in repr(WebhookApp())


class Naps:
    """Sleeping that takes no time."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


async def test_a_handler_that_fails_is_called_again() -> None:
    naps = Naps()
    app = WebhookApp(SECRET, sleep=naps)
    calls: list[str] = []

    @app.on("*")
    async def flaky(event: Event) -> None:
        calls.append("flaky")
        if calls.count("flaky") < 3:
            raise OSError("the database is away")

    @app.on("*")
    async def steady(event: Event) -> None:
        calls.append("steady")

    async with delivering(app) as x:
        assert (await x.post(message())).status_code == 200
        await soon(lambda: "steady" in calls)
    assert (calls, naps.slept, app.failed) == (["flaky"] * 3 + ["steady"], [0.5, 1.0], ())


async def test_what_fails_for_good_is_kept_takes_up_room_and_can_be_tried_again() -> None:
    app = WebhookApp(SECRET, queue_size=2, attempts=2, sleep=Naps(), drain_timeout=1)
    down, handled = [True], list[str]()

    @app.on("*")
    async def handle(event: Event) -> None:
        if down[0]:
            raise OSError("the database is away")
        handled.append(event.id)

    async with delivering(app) as x:
        assert [(await x.post(message(number))).status_code for number in (1, 2)] == [200, 200]
        await soon(lambda: len(app.failed) == 2)
        full = await x.post(message(3))
        assert (full.status_code, full.headers["retry-after"]) == (503, "5")
        down[0] = False
        assert await app.retry_failed() == 2
        assert (await x.post(message(3))).status_code == 200
        await soon(lambda: len(handled) == 3)
        assert (app.failed, app.held) == ((), 0)


async def test_failures_can_be_handed_over() -> None:
    given: list[Failure] = []

    async def keep(failure: Failure) -> None:
        given.append(failure)

    app = WebhookApp(SECRET, attempts=1, on_failure=keep)

    @app.on("*")
    async def handle(event: Event) -> None:
        raise ValueError("no")

    async with delivering(app) as x:
        await x.post(message())
        await soon(lambda: len(given) == 1)
        await soon(lambda: app.held == 0)
    assert isinstance(given[0].error, ValueError)
    assert given[0].event.type == "post.create"


async def test_a_full_queue_answers_503_and_no_id_is_burnt() -> None:
    app = WebhookApp(SECRET, queue_size=3, workers=1)
    gate, found = asyncio.Event(), list[str]()

    @app.on("*")
    async def wait(event: Event) -> None:
        await gate.wait()
        found.append(event.id)

    async with delivering(app) as x:
        statuses = [(await x.post(message(number))).status_code for number in range(5)]
        assert statuses == [200, 200, 200, 503, 503]
        gate.set()
        await soon(lambda: app.held == 0)
        for number in (3, 4):
            assert (await x.post(message(number))).status_code == 200
        await soon(lambda: len(found) == 5)


async def test_closing_waits_for_handlers_and_says_what_it_could_not_wait_for(caplog: pytest.LogCaptureFixture) -> None:
    seen = MemorySeen()
    app = WebhookApp(SECRET, drain_timeout=0.05, workers=1, seen=seen)
    found: list[str] = []

    @app.on("post.create")
    async def brief(event: Event) -> None:
        await asyncio.sleep(0.01)
        found.append(event.id)

    @app.on("dm.read")
    async def endless(event: Event) -> None:
        await asyncio.Event().wait()

    async with delivering(app) as x:
        for number in range(2):
            await x.post(message(number))
        await x.post(message(9, "dm.read", {}))
        await x.post(message(10))
    assert len(found) == 2
    assert "closed with 2 events not handled" in caplog.text
    again, more = collecting(seen=seen)  # their ids are free again: a replay is taken
    async with delivering(again) as x:
        for number in range(2):
            await x.post(message(number))
        await x.post(message(9, "dm.read", {}))
        await x.post(message(10))
        await soon(lambda: len(more) == 2)
        await asyncio.sleep(0.01)
    assert len(more) == 2


async def test_it_is_mounted_in_starlette_and_run_by_its_parent() -> None:
    hook, found = collecting()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        async with hook:
            yield

    parent = Starlette(routes=[Mount("/hooks/x", hook)], lifespan=lifespan)
    async with delivering(parent, "/hooks/x/") as x:
        assert (await x.client.get("/hooks/x/?crc_token=abc")).json() == {"response_token": sign(b"abc")}
        assert (await x.post(message())).status_code == 200
        assert (await x.client.get("/hooks/other")).status_code == 404
    assert len(found) == 1  # closing has waited for it


async def test_mounted_without_a_lifespan_it_works_too() -> None:
    hook, found = collecting()
    async with delivering(Starlette(routes=[Mount("/x", hook)]), "/x/") as x:
        await x.post(message())
        await soon(lambda: len(found) == 1)
    await hook.aclose()


def test_it_can_be_started_and_closed_again_and_again() -> None:
    app, found = collecting()

    async def once(number: int) -> None:
        transport = httpx.ASGITransport(app)
        async with app, httpx.AsyncClient(transport=transport, base_url="http://hook") as client:
            assert (await Poster(client).post(message(number))).status_code == 200

    for number in range(3):
        asyncio.run(once(number))  # in an event loop of its own each time
        assert len(found) == number + 1


async def test_handlers_and_iteration_exclude_each_other() -> None:
    app, _ = collecting()
    with pytest.raises(InvalidArgument, match="not both"):
        await anext(app.events())
    app = WebhookApp(SECRET, queue_size=2)
    async with delivering(app) as x:
        assert [(await x.post(message(number))).status_code for number in range(3)] == [200, 200, 503]
        events = app.events()
        assert (await anext(events)).type == "post.create"
        with pytest.raises(InvalidArgument, match="has been called"):
            app.on("*")
        assert app.held == 2
        await anext(events)
        assert app.held == 1
        await events.aclose()
        assert app.held == 0
    assert [event async for event in app.events()] == []


async def test_repeats_are_dropped_across_processes(redis_address: str) -> None:
    prefix = f"t{free_port()}"
    seen = [RedisSeen(redis_address, prefix=prefix) for _ in range(2)]
    (first, found), (second, also) = (collecting(seen=each) for each in seen)
    async with delivering(first) as x, delivering(second) as y:
        answers = await asyncio.gather(*((x if number % 2 else y).post(message(number // 4)) for number in range(80)))
        assert {each.status_code for each in answers} == {200}
        await soon(lambda: len(found) + len(also) == 20)
        await asyncio.sleep(0.02)
    assert len({event.id for event in (*found, *also)}) == len(found) + len(also) == 20
    for each in seen:
        await each.aclose()


async def test_what_a_crashed_process_had_claimed_can_come_again(redis_address: str) -> None:
    prefix = f"t{free_port()}"
    crashed = RedisSeen(redis_address, prefix=prefix, lease=0.05)
    assert await crashed.claim("taken and lost")
    assert await crashed.claim("handled")
    await crashed.confirm("handled")
    await asyncio.sleep(0.06)
    assert await crashed.claim("taken and lost")
    assert not await crashed.claim("handled")
    await crashed.aclose()


async def test_while_the_store_is_down_nothing_is_acknowledged() -> None:
    seen = RedisSeen(f"redis://127.0.0.1:{free_port()}/0")
    app, found = collecting(seen=seen)
    async with delivering(app) as x:
        assert (await x.post(message())).status_code == 503
    assert (found, app.held) == ([], 0)
    await seen.aclose()


async def test_memory_forgets_the_oldest_when_it_is_full_and_all_in_time() -> None:
    seen = MemorySeen(size=2, seconds=0.02)
    assert [await seen.claim(each) for each in "abab"] == [True, True, False, False]
    assert await seen.claim("c")
    assert [await seen.claim(each) for each in "cb"] == [False, False]
    await asyncio.sleep(0.03)
    assert await seen.claim("c")
    await seen.release("c")
    assert await seen.claim("c")


async def test_no_acknowledged_event_is_lost_when_too_many_come() -> None:
    """Through a real server, some twice, some handlers failing: what was acknowledged is handled, and only once."""
    numbers = random.Random(4)
    app = WebhookApp(SECRET, queue_size=50, sleep=Naps(), workers=8)
    handled: dict[str, int] = {}

    @app.on("post.create")
    async def handle(event: PostEvent) -> None:
        if numbers.random() < 0.02:
            raise OSError("now and then")
        await asyncio.sleep(0.001)
        handled[str(event.post.id)] = handled.get(str(event.post.id), 0) + 1

    refused, acknowledged = list[int](), set[str]()
    async with served(app) as url, aiohttp.ClientSession(url) as session:

        async def send(number: int) -> None:
            for _ in range(2 if numbers.random() < 0.05 else 1):
                if await delivered(session, number):
                    acknowledged.add(str(1000 + number))
                else:
                    refused.append(number)

        for start in range(0, 1000, 100):
            await asyncio.gather(*(send(number) for number in range(start, start + 100)))
    assert set(handled) == acknowledged
    assert set(handled.values()) == {1}
    assert refused


async def delivered(session: aiohttp.ClientSession, number: int) -> bool:
    """Whether the app has acknowledged an event."""
    body = msgspec.json.encode(message(number))
    headers = {"content-type": "application/json", HEADER: sign(body)}
    async with session.post("/", data=body, headers=headers) as answer:
        assert answer.status in (200, 503)
        return answer.status == 200


@pytest.mark.soak
async def test_a_thousand_events_a_second_for_twenty_seconds() -> None:
    """The app in a process of its own, which tells in the end what its handlers were given."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.webhooks.worker", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    acknowledged, waiting = set[str](), set[asyncio.Task[None]]()
    async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=50)) as session:

        async def send(number: int) -> None:
            if await delivered(session, number):
                acknowledged.add(str(1000 + number))

        loop = asyncio.get_running_loop()
        start = loop.time()
        for number in range(20_000):
            if number % 20 == 0:  # every 20 ms
                await asyncio.sleep(max(0.0, start + number / 1000 - loop.time()))
            task = asyncio.create_task(send(number))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
        await asyncio.gather(*waiting)
        took = loop.time() - start
    told, _ = await process.communicate(b"")
    handled = dict(line.split() for line in told.decode().splitlines())
    assert set(handled) == acknowledged
    assert set(handled.values()) == {"1"}
    print(f"{len(acknowledged)} of 20000 acknowledged in {took:.1f} s")
