"""Who waits, how long, in which order, and what is told."""

from __future__ import annotations

import asyncio
import gc
import itertools
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.client.fakes import nothing_left, other_tasks, turns
from tests.limits.virtual import DAY, QUARTER, START, StrictX, now, sender, simulate
from xdk_async import InvalidArgument, RateLimited, Wait
from xdk_async._core.limiter import MOST, LocalLimiter
from xdk_async._core.limits import Allowance, Published
from xdk_async._core.operation import Auth
from xdk_async._core.sender import Sender
from xdk_async._core.window import LATE, UNSURE
from xdk_async.api.operations import USERS_GET_ME
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.groups import PostsClient, UsersClient

FOREVER = 10.0 * DAY
FIVE = {"users.get_me": Published(user=(Allowance(5, QUARTER),))}


def user(name: str = "SECRET-user") -> Credentials:
    return Credentials(oauth2=Bearer(name, Auth.OAUTH2))


def five(**settings: Any) -> StrictX:
    """An X that allows five calls in fifteen minutes, where its page says 75."""
    return StrictX(limits=FIVE, **settings)


def too_early(ends: float) -> int:
    return int(ends) - 20


async def me(view: Sender) -> float:
    """When the answer came."""
    await UsersClient(view).get_me()
    return now() - START


async def at_once(count: int, view: Sender) -> list[float | BaseException]:
    return await asyncio.gather(*(me(view) for _ in range(count)), return_exceptions=True)


# What is known is not asked


def test_a_used_up_window_that_opens_too_late_is_an_error_without_a_request() -> None:
    async def main() -> None:
        x = five()
        view = sender(x, user())
        for _ in range(5):
            await me(view)
        with pytest.raises(RateLimited, match=r"^GET /2/users/me was not sent: the window of 15min is used up and opens at "
                           r"2023-11-14 22:28:21 UTC, later than max_wait=60 seconds allows: with_options\(max_wait=900\) waits for it$"
                           ) as raised:  # fmt: skip
            await me(view)
        error = raised.value
        assert (error.sent, error.status, error.limit, error.remaining, error.window) == (False, 429, 5, 0, "15min")
        assert error.reset_at is not None
        assert error.reset_at.timestamp() == pytest.approx(START + QUARTER, abs=2)
        assert (sum(x.refused.values()), len(x.accepted["users.get_me"])) == (0, 5)

    simulate(main())


@pytest.mark.parametrize(("on_limit", "max_wait"), [("raise", FOREVER), ("wait", 0), ("wait", 890)])
def test_who_may_not_wait_does_not(on_limit: str, max_wait: float) -> None:
    async def main() -> None:
        x = five()
        view = sender(x, user(), on_limit=on_limit, max_wait=max_wait)
        found = await at_once(20, view)
        assert [type(each) for each in found].count(RateLimited) == 15
        assert now() < START + 5
        assert sum(x.refused.values()) <= UNSURE - 5  # nothing was known before the first answers came

    simulate(main())


@pytest.mark.parametrize(
    ("options", "end"),
    [({"on_limit": "raise"}, r"UTC"), ({"max_wait": 900.0, "deadline": 10.0}, r"UTC, after the deadline")],
)
def test_why_it_does_not_wait_is_told(options: dict[str, Any], end: str) -> None:
    async def main() -> None:
        view = sender(five(), user(), **options)
        for _ in range(5):
            await me(view)
        with pytest.raises(RateLimited, match=end + "$"):
            await me(view)

    simulate(main())


def test_a_refusal_by_x_that_is_not_waited_for_tells_what_would_wait() -> None:
    async def main() -> None:
        x = five()
        for _ in range(5):
            await me(sender(x, user()))
        with pytest.raises(
            RateLimited, match=r"^429 GET .* max_wait=60 seconds allows: with_options\(max_wait=900\) waits"
        ):
            await me(sender(x, user()))

    simulate(main())


def test_who_may_wait_does_and_one_window_after_the_other_is_used() -> None:
    async def main() -> None:
        x = five()
        found = await at_once(17, sender(x, user(), max_wait=FOREVER, retries=9))
        assert not [each for each in found if isinstance(each, BaseException)]
        windows = sorted(int(each // QUARTER) for each in found if isinstance(each, float))
        assert windows == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 2

    simulate(main())


def test_a_place_too_far_back_in_the_line_is_an_error_at_once() -> None:
    async def main() -> None:
        x = five()
        view = sender(x, user(), max_wait=QUARTER)
        assert [isinstance(each, float) for each in await at_once(5, view)] == [True] * 5
        waiting = [asyncio.create_task(me(view)) for _ in range(8)]
        await asyncio.sleep(0.1)
        assert [each.done() for each in waiting] == [False] * 5 + [True] * 3
        for each in waiting[5:]:
            assert isinstance(each.exception(), RateLimited)
        await asyncio.gather(*waiting[:5])
        assert len(x.accepted["users.get_me"]) == 10

    simulate(main())


def test_an_impatient_call_does_not_stand_behind_a_patient_one() -> None:
    async def main() -> None:
        x = five()
        patient = sender(x, user(), max_wait=FOREVER)
        impatient = Sender(patient.transport, patient.credentials, sender(x, on_limit="raise").options)
        await at_once(5, patient)
        waiting = asyncio.create_task(me(patient))
        await asyncio.sleep(1)
        with pytest.raises(RateLimited):
            await me(impatient)
        assert now() < START + 5
        await waiting

    simulate(main())


def test_the_first_calls_of_a_crowd_find_out_for_the_rest() -> None:
    async def main() -> None:
        x = five(latency=0.5)
        x.windows(USERS_GET_ME, "Bearer SECRET-user")[0].look(now())
        x.windows(USERS_GET_ME, "Bearer SECRET-user")[0].used = 5  # another process was faster
        found = await at_once(200, sender(x, user(), on_limit="raise"))
        assert all(isinstance(each, RateLimited) for each in found)
        assert sum(x.refused.values()) == UNSURE

    simulate(main())


def test_a_single_call_tries_an_opened_window_before_a_hundred_do() -> None:
    async def main() -> None:
        x = five(rounded=too_early)  # X opens its windows later than it says
        view = sender(x, user(), max_wait=FOREVER, retries=50)
        for _ in range(5):
            await me(view)
        x.most_flying = 0
        waiting = asyncio.gather(*(me(view) for _ in range(100)), return_exceptions=True)
        await asyncio.sleep(QUARTER - 5)
        assert 1 <= sum(x.refused.values()) <= 30
        assert x.most_flying == 1
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    simulate(main())


# Order, cancellation


def test_calls_go_in_the_order_in_which_they_came() -> None:
    async def main() -> None:
        order: list[int] = []

        async def call(number: int) -> None:
            await me(view)
            order.append(number)

        x = five(latency=0)
        view = sender(x, user(), max_wait=FOREVER)
        await at_once(5, view)
        await asyncio.gather(*(call(number) for number in range(60)))
        assert order == list(range(60))

    simulate(main())


@pytest.mark.parametrize("places", [[0], [1], [4], [0, 1, 2], [0, 2, 4, 6], list(range(9))])
def test_who_is_cancelled_while_waiting_takes_no_permit_along(places: list[int]) -> None:
    async def main() -> None:
        x = five()
        view = sender(x, user(), max_wait=FOREVER)
        await at_once(5, view)
        waiting = [asyncio.create_task(me(view)) for _ in range(10)]
        await asyncio.sleep(3)
        for place in places:
            waiting[place].cancel()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        kept = [each for each in found if isinstance(each, float)]
        assert len(kept) == 10 - len(places)
        assert max(kept) < QUARTER * (2 if len(kept) <= 5 else 3)
        assert x.refused == {}
        assert len(other_tasks()) == 0

    simulate(main())


def test_a_call_that_is_cancelled_in_flight_makes_room() -> None:
    async def main() -> None:
        x = five(latency=1)
        view = sender(x, user(), max_wait=FOREVER)
        await me(view)
        lost = [asyncio.create_task(me(view)) for _ in range(4)]
        await asyncio.sleep(0.05)  # X has not got them yet
        for each in lost:
            each.cancel()
        await asyncio.gather(*lost, return_exceptions=True)
        found = await at_once(8, view)
        assert [each for each in found if isinstance(each, BaseException)] == []
        assert len(x.accepted["users.get_me"]) == 9

    simulate(main())


async def test_a_wait_in_real_time_leaves_nothing_behind_when_it_is_cancelled() -> None:
    async with nothing_left():
        view = sender(five(latency=0), user(), max_wait=FOREVER)
        await at_once(5, view)
        waiting = [asyncio.create_task(me(view)) for _ in range(5)]
        await turns(20)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert view.transport.gate.lines == {}


# Spreading


def test_calls_can_be_spread_evenly_over_a_window() -> None:
    async def main() -> None:
        x = StrictX(latency=0.1)
        view = sender(x, user(), on_limit="spread")

        async def worker() -> None:
            while now() < START + 2 * QUARTER:
                await me(view)

        await asyncio.gather(*(worker() for _ in range(20)))
        times = x.accepted["users.get_me"]
        gaps = [later - one for one, later in itertools.pairwise(times[1:])]
        assert x.refused == {}
        assert 150 <= len(times) <= 172
        assert min(gaps) > 10
        assert max(gaps) < 15

    simulate(main())


def test_a_spread_call_does_not_slow_the_others_down() -> None:
    async def main() -> None:
        x = StrictX(latency=0.1)
        spread = sender(x, user(), on_limit="spread")
        plain = Sender(spread.transport, spread.credentials, sender(x).options)
        await me(spread)
        waiting = asyncio.create_task(me(spread))
        await asyncio.sleep(0)
        await at_once(20, plain)
        assert now() < START + 1
        assert not waiting.done()
        await waiting

    simulate(main())


# Deadline, callback


def test_a_window_beyond_the_deadline_is_an_error_at_once() -> None:
    async def main() -> None:
        view = sender(five(), user(), max_wait=FOREVER, deadline=60)
        await at_once(5, view)
        with pytest.raises(RateLimited):
            await me(view)
        assert now() < START + 5

    simulate(main())


def test_what_waits_is_told_before_it_does() -> None:
    async def main() -> None:
        told: list[Wait] = []

        async def later(wait: Wait) -> None:
            await asyncio.sleep(0)
            told.append(wait)

        for tell in (told.append, later):
            view = sender(five(), user(), max_wait=FOREVER, on_wait=tell)
            begin = now()
            await asyncio.gather(*(me(view) for _ in range(4)))
            await me(view)
            await me(view)
            [wait] = told
            assert (wait.operation, wait.why, wait.attempt, wait.error) == ("users.get_me", "window", 1, None)
            assert wait.until == datetime.fromtimestamp(wait.until.timestamp(), UTC)
            assert wait.until.timestamp() == pytest.approx(begin + QUARTER, abs=2)
            assert wait.seconds == pytest.approx(QUARTER, abs=4)
            told.clear()

    simulate(main())


def test_a_repetition_is_told_with_what_went_wrong() -> None:
    async def main() -> None:
        told: list[Wait] = []
        answers = [httpx.Response(503), httpx.Response(200, json={})]
        view = sender(httpx.MockTransport(lambda _: answers.pop(0)), user(), on_wait=told.append)
        await me(view)
        [wait] = told
        assert (wait.why, wait.seconds, wait.attempt, type(wait.error).__name__) == ("retry", 0.5, 1, "ServerError")

    simulate(main())


def test_what_the_callback_raises_ends_the_call_and_the_next_goes_on() -> None:
    class Enough(Exception):
        pass

    async def main() -> None:
        def refuse(wait: Wait) -> None:
            raise Enough(wait.operation)

        view = sender(five(), user(), max_wait=FOREVER, on_wait=refuse)
        quiet = Sender(view.transport, view.credentials, sender(five(), max_wait=FOREVER).options)
        await at_once(5, view)
        waiting = asyncio.create_task(me(quiet))
        await asyncio.sleep(0.1)
        with pytest.raises(Enough, match=r"users\.get_me"):
            await me(view)
        await waiting

    simulate(main())


# An X that tells little, or nonsense


def test_a_thousand_calls_go_through_where_nothing_is_counted() -> None:
    async def main() -> None:
        view = sender(StrictX(limits={}, latency=0.1))
        found = await asyncio.gather(*(UsersClient(view).get_by_id("7") for _ in range(1000)))
        assert len(found) == 1000
        assert now() - START < 2 * 0.1 + 0.01  # the first of them, then the rest at once

    simulate(main())


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2])
def test_headers_that_are_missing_now_and_then_cost_little(share: float) -> None:
    async def main() -> None:
        x = StrictX(seed=3, tells=lambda chance: chance.random() < share)
        view = sender(x, user(), max_wait=FOREVER)

        async def worker() -> None:
            while now() < START + 3 * QUARTER:
                await me(view)

        await asyncio.gather(*(worker() for _ in range(30)))
        assert sum(x.refused.values()) <= 3
        assert len(x.accepted["users.get_me"]) >= 0.95 * 3 * 75

    simulate(main())


def test_an_x_that_counts_and_never_says_so_is_believed_once_it_refuses() -> None:
    async def main() -> None:
        x = StrictX(seed=3, tells=lambda _: False)
        view = sender(x, user(), max_wait=FOREVER, retries=20)

        async def worker() -> None:
            while now() < START + 3 * QUARTER - 1:
                await me(view)

        tasks = [asyncio.create_task(worker()) for _ in range(30)]
        await asyncio.sleep(3 * QUARTER - 1)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert len(x.accepted["users.get_me"]) >= 0.95 * 3 * 75
        assert sum(x.refused.values()) <= 30 + 10  # of the first window nearly all

    simulate(main())


@pytest.mark.parametrize("skew", [-3000.0, -400.0, -3.0, 0.0, 3.0, 400.0, 3000.0])
def test_a_clock_that_is_wrong_is_set_right_by_the_answers(skew: float) -> None:
    async def main() -> None:
        x = StrictX(date=True)
        view = sender(x, user(), max_wait=FOREVER, skew=skew)

        async def worker() -> None:
            while now() < START + 3 * QUARTER - 1:
                await me(view)

        tasks = [asyncio.create_task(worker()) for _ in range(30)]
        await asyncio.sleep(3 * QUARTER - 1)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert x.refused == {}
        assert len(x.accepted["users.get_me"]) >= 0.95 * 3 * 75

    simulate(main())


@pytest.mark.parametrize(
    "told",
    [
        {"limit": "x", "remaining": "", "reset": "soon"},
        {"limit": "0", "remaining": "-5", "reset": "-1"},
        {"limit": "75", "remaining": "900", "reset": "0"},
        {"limit": "75", "remaining": "0", "reset": "1"},
        {"limit": "75", "remaining": "70", "reset": "99999999999999"},
        {"limit": "99999999999999999999", "remaining": "99999999999999999999", "reset": "1700000900"},
        {"remaining": "70"},
        {"reset": "1700000900"},
    ],
)
def test_headers_that_make_no_sense_hold_nobody_back(told: dict[str, str]) -> None:
    async def main() -> None:
        headers = {f"x-rate-limit-{name}": value for name, value in told.items()}
        view = sender(httpx.MockTransport(lambda _: httpx.Response(200, json={}, headers=headers)), user())
        for _ in range(60):
            await me(view)
        assert now() - START == 0

    simulate(main())


@pytest.mark.parametrize(("reset", "waits"), [(10**13, QUARTER + LATE), (START + 30 * DAY, QUARTER + LATE), (5, LATE)])
def test_a_refusal_with_a_reset_that_cannot_be_is_waited_for_a_window_at_the_most(reset: float, waits: float) -> None:
    async def main() -> None:
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(reset))}
        answers = [httpx.Response(429, headers=headers), httpx.Response(200, json={})]
        await me(sender(httpx.MockTransport(lambda _: answers.pop(0)), user(), max_wait=FOREVER))
        assert now() - START == pytest.approx(waits)

    simulate(main())


def test_processes_that_share_a_token_are_refused_a_few_times_at_the_most() -> None:
    async def main() -> None:
        x = StrictX(seed=5)
        views = [sender(x, user(), max_wait=FOREVER, retries=20) for _ in range(4)]

        async def worker(view: Sender) -> None:
            while now() < START + 4 * QUARTER - 1:
                await me(view)

        tasks = [asyncio.create_task(worker(view)) for view in views for _ in range(10)]
        await asyncio.sleep(4 * QUARTER - 1)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert len(x.accepted["users.get_me"]) >= 0.95 * 4 * 75
        assert sum(x.refused.values()) <= 4 * 4 * UNSURE

    simulate(main())


# Whose window


def test_each_user_has_a_window_of_their_own_and_the_app_another() -> None:
    async def main() -> None:
        x = StrictX(limits={"users.get_by_id": Published(app=(Allowance(3, QUARTER),), user=(Allowance(2, QUARTER),))})
        app = sender(x, on_limit="raise")
        views = [app, *(Sender(app.transport, user(f"SECRET-user-{each}"), app.options) for each in range(3))]
        for view, allowed in zip(views, (3, 2, 2, 2), strict=True):
            for _ in range(allowed):
                await UsersClient(view).get_by_id("7")
            with pytest.raises(RateLimited):
                await UsersClient(view).get_by_id("7")
        assert x.refused == {}

    simulate(main())


def test_a_days_window_of_an_app_is_one_for_all_its_users() -> None:
    async def main() -> None:
        limits = {"posts.create": Published(app=(Allowance(6, DAY),), user=(Allowance(4, QUARTER),))}
        x = StrictX(limits=limits)
        first = sender(x, user("SECRET-user-1"), on_limit="raise")
        second = Sender(first.transport, user("SECRET-user-2"), first.options)
        for view in (first, second):
            for _ in range(3):
                await PostsClient(view).create(text="hello")
        for view in (first, second):
            with pytest.raises(RateLimited) as raised:
                await PostsClient(view).create(text="hello")
            assert (raised.value.window, raised.value.sent) == ("24h", False)
        assert x.refused == {}

    simulate(main())


def test_windows_of_many_users_are_kept_in_bounded_memory() -> None:
    async def main() -> None:
        x = httpx.MockTransport(lambda _: httpx.Response(200, json={}))
        app = sender(x)
        limiter = app.transport.gate.limiter
        assert isinstance(limiter, LocalLimiter)
        for each in range(MOST + 500):
            view = Sender(app.transport, user(f"SECRET-{each}"), app.options)
            await UsersClient(view).get_me()
        assert len(limiter.endpoints) <= MOST

    simulate(main())


def test_a_thousand_users_take_little_memory() -> None:
    async def main() -> None:
        headers = {
            "x-rate-limit-limit": "75",
            "x-rate-limit-remaining": "7",
            "x-rate-limit-reset": str(int(START) + 60),
        }
        app = sender(httpx.MockTransport(lambda _: httpx.Response(200, json={}, headers=headers)))
        await me(Sender(app.transport, user("SECRET-0"), app.options))
        gc.collect()
        tracemalloc.start()
        try:
            for each in range(1000):
                await me(Sender(app.transport, user(f"SECRET-{each}"), app.options))
            gc.collect()
            held = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        assert held < 2_500_000  # log lines that pytest keeps included

    simulate(main())


def test_no_principal_holds_a_secret() -> None:
    for credential in (Bearer("SECRET-a"), Bearer("SECRET-a", Auth.OAUTH2)):
        assert "SECRET" not in repr(credential.principal)
        assert credential.principal == type(credential)("SECRET-a", credential.kind).principal
    assert Bearer("SECRET-a").principal != Bearer("SECRET-b").principal


def test_a_negative_wait_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        sender(five(), max_wait=-1)
