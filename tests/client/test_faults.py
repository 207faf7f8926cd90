"""Faults by seed, over real connections: what is repeated, what never is, counted where it arrives."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from typing import Any

import httpx
import pytest

from tests.client.fakes import Clock, FakeX, Play, listening, nothing_left, sender_over, serving
from xdk_async import AsyncClient, Disconnected, Forbidden, RateLimited, ServerError, XError
from xdk_async._core.retry import CAP
from xdk_async._core.sender import Sender
from xdk_async.auth.choice import Credentials
from xdk_async.groups import PostsClient, UsersClient

FAULTS = ("ok", "ok", "500", "503", "429", "401", "403", "reset", "half an answer", "garbage")
NOT_DONE = {"429", "401", "403"}  # X refused it


class Ledger:
    """A server that carries out what it reads unless it refuses, and then does to the answer what the script says."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        self.met: list[str] = []
        self.arrived: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.address = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                await reader.readexactly(int(length[1]) if length else 0)
                fault = self.faults.pop(0) if self.faults else "ok"
                self.met.append(fault)
                method = head.split()[0]
                self.arrived[method] += 1
                if fault not in NOT_DONE:
                    self.done[method] += 1
                if fault == "reset" or not self.say(fault, writer):
                    return writer.transport.abort()
                await writer.drain()

    def say(self, fault: str, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        body = b'{"title":"no"}' if fault.isdigit() else b'{"data":{"id":"7"}}'
        status = fault if fault.isdigit() else "200"
        more = "Retry-After: 0\r\n" if fault == "429" else ""
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode()
        if fault == "garbage":
            head = b"SSH-2.0\r\n\r\n"
        writer.write(head + (body[:5] if fault == "half an answer" else body))
        if fault in ("half an answer", "garbage"):
            writer.close()
        return fault not in ("half an answer", "garbage")


@contextlib.asynccontextmanager
async def ledger(faults: list[str]) -> AsyncGenerator[Ledger]:
    x = Ledger(faults)
    async with listening(x) as x.address:
        yield x


class Impatient(Clock):
    """Sleeps no longer than it must, and keeps how long it was asked to."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await asyncio.sleep(0)


async def ask(view: Sender, method: str) -> str:
    """How a call ended."""
    posts = PostsClient(view)
    calls = {"POST": posts.create(text="a"), "DELETE": posts.delete("7"), "PUT": posts.hide_reply("7", {"hidden": True}),
             "GET": UsersClient(view).get_by_id("7")}  # fmt: skip
    try:
        await calls.pop(method)
    except XError as error:
        return f"{type(error).__name__} {error.attempt}"
    finally:
        for each in calls.values():
            each.close()
    return "ok"


@pytest.mark.parametrize("seed", range(40))
async def test_by_default_no_post_is_carried_out_twice_and_the_rest_is_repeated(seed: int) -> None:
    chance = random.Random(seed)
    async with ledger([chance.choice(FAULTS) for _ in range(60)]) as x:
        clock = Impatient()
        view = sender_over(None, clock, x.address, retries=3)
        for _ in range(12):
            method = chance.choice(["GET", "POST", "PUT", "DELETE"])
            for each in (x.arrived, x.done, x.met, clock.slept):
                each.clear()
            ended = await ask(view, method)
            assert x.arrived.total() <= 4
            assert x.arrived.total() == x.arrived[method]
            assert all(each <= CAP for each in clock.slept)
            if method == "POST":
                assert x.done["POST"] <= 1
                assert x.met[:-1] == ["429"] * (len(x.met) - 1)  # what X refused alone was sent again
            final = {"ok": "ok", "429": "RateLimited", "401": "AuthenticationError", "403": "Forbidden"}
            kind = final.get(x.met[-1], "ServerError" if x.met[-1].isdigit() else "Disconnected")
            assert ended == ("ok" if kind == "ok" else f"{kind} {len(x.met)}")
            assert not {"401", "403"} & set(x.met[:-1])
            if kind in ("ServerError", "Disconnected") and method != "POST":
                assert len(x.met) == 4
        await view.transport.aclose()


@pytest.mark.parametrize("seed", range(10))
async def test_posts_are_repeated_like_the_rest_if_the_caller_allows_it(seed: int) -> None:
    chance = random.Random(seed)
    async with ledger([chance.choice(FAULTS) for _ in range(60)]) as x:
        view = sender_over(None, Impatient(), x.address, retries=3, retry_posts=True)
        for _ in range(12):
            x.met.clear()
            await ask(view, "POST")
            assert len(x.met) == 4 or x.met[-1] in ("ok", "401", "403")
        await view.transport.aclose()


async def test_a_post_that_was_carried_out_before_the_connection_dropped_is_sent_once() -> None:
    async with (
        nothing_left(),
        ledger(["reset"] * 9) as x,
        AsyncClient(x.address, access_token="SECRET-x") as client,
    ):
        with pytest.raises(Disconnected) as raised:
            await client.posts.create(text="hello")
        assert (x.arrived["POST"], raised.value.attempt, raised.value.sent) == (1, 1, True)


async def test_a_post_that_provably_never_left_is_sent_again() -> None:
    x = FakeX(httpx.ConnectError("refused"), httpx.ConnectTimeout("late"), httpx.PoolTimeout("busy"))
    await PostsClient(sender_over(x, Clock(), credentials=None)).create(text="hello")
    assert len(x.requests) == 4


# Retry-After


@pytest.mark.parametrize(
    ("after", "slept"),
    [
        ("5", 5.0),
        ("0", 0.5),  # jitter stays
        ("Wed, 15 Nov 2023 00:00:10 GMT", 10.0),
        ("Wed, 15 Nov 2023 00:00:00 GMT", 0.5),
        ("Wed, 15 Nov 1990 00:00:00 GMT", 0.5),
        ("864000", 60.0),  # capped
        ("Wed, 15 Nov 2233 00:00:00 GMT", 60.0),
        ("9" * 400, 0.5),
        ("-7", 0.5),
        ("soon", 0.5),
    ],
)
async def test_a_failing_x_may_say_when_to_come_back(after: str, slept: float) -> None:
    clock = Clock(1_700_006_400.0)  # 2023-11-15 00:00:00
    x = FakeX(httpx.Response(503, headers={"retry-after": after}))
    await UsersClient(sender_over(x, clock)).get_me()
    assert clock.slept == [slept]


async def test_a_date_is_read_by_the_clock_of_the_answer() -> None:
    clock = Clock(1_700_000_000.0)
    headers = {"retry-after": "Wed, 15 Nov 2023 00:00:10 GMT", "date": "Wed, 15 Nov 2023 00:00:03 GMT"}
    await UsersClient(sender_over(FakeX(httpx.Response(429, headers=headers)), clock)).get_me()
    assert clock.slept == [7.0]


async def test_what_x_asks_to_wait_counts_towards_max_wait() -> None:
    clock = Clock()
    x = FakeX(*(httpx.Response(503, headers={"retry-after": "45"}) for _ in range(3)))
    await UsersClient(sender_over(x, clock)).get_me()
    assert clock.slept == [45.0, 15.0, 2.0]


# Attempts, tokens, duplicates


async def test_hooks_see_which_attempt_it_is() -> None:
    seen: list[tuple[str, int]] = []

    async def before(request: httpx.Request) -> None:
        seen.append(("request", request.extensions["attempt"]))

    async def after(response: httpx.Response) -> None:
        seen.append(("response", response.request.extensions["attempt"]))

    x = FakeX(httpx.Response(429, headers={"retry-after": "0"}), httpx.Response(429, headers={"retry-after": "0"}))
    async with AsyncClient(bearer_token="SECRET-x", transport=x, on_request=[before], on_response=[after]) as client:
        await client.users.get_by_id("7")
    assert seen == [(kind, attempt) for attempt in (1, 2, 3) for kind in ("request", "response")]


class Renewing(httpx.Auth):
    """Buys another token on a 401."""

    requires_response_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        response = yield request
        if response.status_code == 401:
            request.headers["authorization"] = "Bearer SECRET-new"
            yield request


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_call_is_sent_again_once_after_its_token_was_renewed(method: str) -> None:
    for answers, sent in (([401], 2), ([401, 401], 2)):
        x = FakeX(*(httpx.Response(each) for each in answers))
        ended = await ask(sender_over(x, Clock(), credentials=Credentials(custom=Renewing())), method)
        assert (len(x.requests), ended) == (sent, "ok" if len(answers) == 1 else "AuthenticationError 1")


DUPLICATE = {
    "detail": "You are not allowed to create a Tweet with duplicate content.",
    "title": "Forbidden",
    "status": 403,
}


@pytest.mark.parametrize("doubt", [httpx.Response(503), httpx.ReadError("gone"), httpx.ReadTimeout("late")])
async def test_a_duplicate_after_our_own_repetition_is_most_likely_a_success_and_says_so(
    doubt: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    x = FakeX(doubt, httpx.Response(403, json=DUPLICATE))
    answer = await PostsClient(sender_over(x, Clock(), retry_posts=True)).create(text="hello")
    assert (answer.assumed, answer.data, answer.status) == (True, None, 403)
    assert answer.errors[0].detail == DUPLICATE["detail"]
    assert answer.json() == DUPLICATE
    assert "most likely an earlier attempt created it" in caplog.text


@pytest.mark.parametrize(
    "answers",
    [
        [httpx.Response(403, json=DUPLICATE)],  # nobody repeated anything
        [httpx.Response(429, headers={"retry-after": "0"}), httpx.Response(403, json=DUPLICATE)],  # refused, not done
        [httpx.ConnectError("refused"), httpx.Response(403, json=DUPLICATE)],  # never left
        [httpx.Response(503), httpx.Response(403, json={"detail": "Forbidden"})],
    ],
)
async def test_any_other_refusal_of_a_post_is_an_error(answers: list[Any]) -> None:
    with pytest.raises(Forbidden):
        await PostsClient(sender_over(FakeX(*answers), Clock(), retry_posts=True)).create(text="hello")


async def test_an_answer_that_x_gave_is_not_assumed() -> None:
    x = FakeX(httpx.Response(201, json={"data": {"id": "7"}}))
    assert not (await PostsClient(sender_over(x, Clock())).create(text="hello")).assumed


async def test_a_429_whose_body_does_not_come_was_not_carried_out_either() -> None:
    torn = b"HTTP/1.1 429 X\r\nRetry-After: 0\r\nContent-Length: 100\r\n\r\n{"
    ok = b'HTTP/1.1 201 X\r\nContent-Length: 19\r\n\r\n{"data":{"id":"7"}}'
    async with (
        serving(Play(torn, "hang up"), Play(ok)) as server,
        AsyncClient(server.address, access_token="SECRET-x") as client,
    ):
        assert (await client.posts.create(text="hello")).data
        assert server.arrivals == 2


async def test_retries_can_be_switched_off_altogether() -> None:
    for answer, kind in ((httpx.Response(503), ServerError), (httpx.Response(429), RateLimited)):
        x = FakeX(answer)
        async with AsyncClient(bearer_token="SECRET-x", transport=x, retries=0) as client:
            with pytest.raises(kind):
                await client.users.get_by_id("7")
        assert len(x.requests) == 1


# Many at once


class Few:
    """A server that allows so many connections, hangs up on any more, and answers once all of them are open."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.open = self.peak = self.answers = self.turned_away = 0
        self.full = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.open >= self.most:
            self.turned_away += 1
            writer.transport.abort()
            return
        self.open += 1
        self.peak = max(self.peak, self.open)
        if self.open == self.most:
            self.full.set()
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                await self.full.wait()
                self.answers += 1
                writer.write(b'HTTP/1.1 200 X\r\nContent-Length: 19\r\n\r\n{"data":{"id":"7"}}')
        self.open -= 1
        writer.close()


async def test_two_thousand_calls_at_once_go_through_fifty_connections() -> None:
    x = Few(50)
    async with nothing_left(), listening(x) as address, AsyncClient(address, "SECRET-x", max_connections=50) as client:
        found = await asyncio.gather(*(client.users.get_by_id("7") for _ in range(2000)))
        assert len([each for each in found if each.data]) == 2000
        assert (x.answers, x.peak, x.turned_away) == (2000, 50, 0)


async def test_a_deadline_counts_while_a_call_waits_for_a_connection_and_only_if_there_is_one() -> None:
    slow = Play((b"HTTP/1.1 200 X\r\n", 0.1, b"Content-Length: 2\r\n\r\n{}"))
    async with serving(slow) as server, AsyncClient(server.address, "SECRET-x", max_connections=1) as client:
        hasty = client.with_options(deadline=0.15)
        patient = [client.users.get_by_id("7") for _ in range(4)]
        found = await asyncio.gather(*patient, hasty.users.get_by_id("7"), return_exceptions=True)
    assert [type(each).__name__ for each in found] == ["Response"] * 4 + ["TimedOut"]
