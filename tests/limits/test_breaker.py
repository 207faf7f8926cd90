"""Used-up caps and missing credits: one refusal holds all calls of the principal back, and says until when."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import Any

import httpx
import pytest

from tests.limits.virtual import QUARTER, START, StrictX, now, sender, simulate
from xdk_async import AsyncClient, CreditsDepleted, UsageCapExceeded
from xdk_async._core.breaker import FIRST, LONGEST
from xdk_async._core.operation import Auth
from xdk_async._core.sender import Sender
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.groups import PostsClient, UsageClient, UsersClient

CAPPED = {"title": "UsageCapExceeded", "type": "https://api.twitter.com/2/problems/usage-capped", "period": "Monthly"}
DEPLETED = {"title": "Payment Required", "detail": "credits depleted", "status": 402}
USER = Credentials(oauth2=Bearer("SECRET-user", Auth.OAUTH2))


class Account(httpx.AsyncBaseTransport):
    """An X that refuses for a while."""

    def __init__(self, status: int, body: dict[str, Any], until: float = 10**12) -> None:
        self.status, self.body, self.until = status, body, until
        self.arrivals: list[float] = []
        self.latency = 0.1

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.arrivals.append(now() - START)
        refuses = now() - START < self.until
        await asyncio.sleep(self.latency)
        return httpx.Response(self.status if refuses else 200, json=self.body if refuses else {"data": {"id": "7"}})


class Switch(httpx.AsyncBaseTransport):
    """Another X from one moment to the next."""

    def __init__(self, current: httpx.AsyncBaseTransport) -> None:
        self.current = current

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.current.handle_async_request(request)


async def blocked(view: Sender) -> None:
    await UsersClient(view).get_blocking("7")


KINDS = [(402, DEPLETED, CreditsDepleted), (429, CAPPED, UsageCapExceeded), (403, CAPPED, UsageCapExceeded)]


@pytest.mark.parametrize(("status", "body", "kind"), KINDS)
def test_one_refusal_holds_all_tasks_back_and_nobody_sleeps(
    status: int, body: dict[str, Any], kind: type[CreditsDepleted | UsageCapExceeded]
) -> None:
    async def main() -> None:
        x = Account(status, body)
        view = sender(x, max_wait=10**6)
        with pytest.raises(kind) as first:
            await UsersClient(view).get_by_id("7")
        assert first.value.sent
        begin = now()
        found = await asyncio.gather(
            *(anext(PostsClient(view).search_recent("cats")) for _ in range(50)),
            *(UsersClient(view).get_by_id("7") for _ in range(50)),
            return_exceptions=True,
        )
        assert (len(x.arrivals), now()) == (1, begin)
        for each in found:
            assert isinstance(each, kind)
            assert (each.sent, each.status, each.problem) == (False, status, first.value.problem)
            assert each.retry_at is not None
            assert each.retry_at == first.value.retry_at
            assert each.retry_at.timestamp() == pytest.approx(begin + FIRST, abs=1)
            assert "was not sent: X refused an earlier call" in str(each)
            assert f"the next try is at {each.retry_at:%Y-%m-%d %H:%M:%S} UTC" in str(each)

    simulate(main())


def test_one_task_of_many_tries_now_and_then_until_all_go_on() -> None:
    async def main() -> None:
        x = Account(402, DEPLETED, until=4000)
        view = sender(x)

        async def worker() -> None:
            while now() < START + 6000:
                with contextlib.suppress(CreditsDepleted):
                    await UsersClient(view).get_by_id("7")
                await asyncio.sleep(20)

        await asyncio.gather(*(worker() for _ in range(20)))
        assert len([each for each in x.arrivals if each < 1]) <= 20  # on their way before the first answer
        assert len([each for each in x.arrivals if 1 < each < 4000]) == 7  # after 1, 2, 4, 8 and then 15 minutes
        assert len([each for each in x.arrivals if each > 4000 + LONGEST]) > 20 * 40

    simulate(main())


def test_the_distances_are_a_minute_two_four_and_a_quarter_of_an_hour_at_the_most() -> None:
    async def main() -> None:
        x = Account(402, DEPLETED)
        view = sender(x)
        while len(x.arrivals) < 8:
            with pytest.raises(CreditsDepleted):
                await UsersClient(view).get_by_id("7")
            await asyncio.sleep(0.5)
        gaps = [later - one for one, later in itertools.pairwise(x.arrivals)]
        assert [round(each / 60) for each in gaps] == [1, 2, 4, 8, 15, 15, 15]

    simulate(main())


def test_a_trial_that_is_cancelled_is_made_by_another_later() -> None:
    async def main() -> None:
        x = Account(402, DEPLETED, until=30)
        view = sender(x)
        with pytest.raises(CreditsDepleted):
            await UsersClient(view).get_by_id("7")
        await asyncio.sleep(FIRST + 1)
        x.latency = 1000
        trial = asyncio.create_task(UsersClient(view).get_by_id("7"))
        await asyncio.sleep(1)
        with pytest.raises(CreditsDepleted):  # while the trial is under way
            await UsersClient(view).get_by_id("7")
        trial.cancel()
        x.latency = 0.1
        await asyncio.sleep(FIRST + 1)
        assert (await UsersClient(view).get_by_id("7")).data
        assert (await UsersClient(view).get_by_id("7")).data

    simulate(main())


def test_those_who_wait_for_a_window_are_told_at_once() -> None:
    async def main() -> None:
        x = Switch(StrictX())
        view = sender(x, USER, max_wait=10**6)
        for _ in range(15):
            await blocked(view)
        waiting = [asyncio.create_task(blocked(view)) for _ in range(10)]
        await asyncio.sleep(1)
        x.current = Account(402, DEPLETED)
        with pytest.raises(CreditsDepleted):
            await UsersClient(view).get_me()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in found] == [CreditsDepleted] * 10
        assert now() < START + QUARTER / 2

    simulate(main())


def test_other_principals_and_what_tells_how_it_stands_go_on() -> None:
    async def main() -> None:
        x = Account(402, DEPLETED)
        app = sender(x)
        other = Sender(app.transport, USER, app.options)
        with pytest.raises(CreditsDepleted):
            await UsersClient(app).get_by_id("7")
        with pytest.raises(CreditsDepleted) as raised:
            await UsersClient(other).get_by_id("7")
        assert raised.value.sent
        with pytest.raises(CreditsDepleted) as raised:
            await UsageClient(app).get()
        assert raised.value.sent
        assert len(x.arrivals) == 3

    simulate(main())


async def test_a_client_and_its_views_share_the_breaker() -> None:
    requests: list[httpx.Request] = []

    def x(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(402, json=DEPLETED)

    async with AsyncClient(bearer_token="SECRET-x", transport=httpx.MockTransport(x)) as client:
        for view in (client, client.with_options(retries=0), client.with_options(on_limit="raise")):
            with pytest.raises(CreditsDepleted):
                await view.users.get_by_id("7")
    assert len(requests) == 1
