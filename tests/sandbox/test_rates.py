"""Windows as X publishes them, the cap on posts, and credits."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.api import Serve
from xdk_async._core.operation import Auth
from xdk_async.api.limits import LIMITS
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox import Clock, Sandbox
from xdk_async.sandbox.access import Caller
from xdk_async.sandbox.problem import Refusal
from xdk_async.sandbox.rate import RateLimits

NOW = 1_790_000_000.0


def limited() -> tuple[RateLimits, Clock]:
    clock = Clock(lambda: NOW)
    return RateLimits(clock, {}), clock


def caller(auth: Auth, user_id: str | None = None, token: str = "t") -> Caller:
    return Caller(token, auth, user_id)


def told(answer: httpx.Response, prefix: str) -> tuple[str, ...]:
    return tuple(answer.headers[f"{prefix}-{part}"] for part in ("limit", "remaining", "reset"))


async def test_apps_and_users_have_the_windows_that_x_publishes(served: Serve) -> None:
    async with served(Sandbox()) as x:
        for user, limit in ((False, "3500"), (True, "5000")):
            answer = await x.get("/2/tweets", user=user, ids="nonsense")
            assert answer.status_code == 400
            assert told(answer, "x-rate-limit")[:2] == (limit, str(int(limit) - 1)), "what is refused counts too"


async def test_limits_of_a_day_stand_in_headers_of_their_own(served: Serve) -> None:
    async with served(Sandbox(clock=lambda: NOW)) as x:
        made = await x.call("POST", "/2/tweets", {"text": "hello"}, user=True)
        assert told(made, "x-rate-limit") == ("100", "99", str(int(NOW) + 900))
        assert told(made, "x-app-limit-24hour") == ("10000", "9999", str(int(NOW) + 86400))
        liked = await x.call("POST", f"/2/users/{x.me}/likes", {"tweet_id": made.json()["data"]["id"]}, user=True)
        assert told(liked, "x-user-limit-24hour") == ("1000", "999", str(int(NOW) + 86400))


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_every_published_window_is_used_up_and_opens_again(name: str) -> None:
    operation = OPERATIONS[name]
    auth, side = (Auth.APP, "app") if operation.auth & Auth.APP and LIMITS[name].app else (Auth.OAUTH2, "user")
    allowances = getattr(LIMITS[name], side)
    rate, clock = limited()
    who = caller(auth, None if side == "app" else "7")
    for allowance in sorted(allowances, key=lambda each: each.seconds):
        made = 0
        with pytest.raises(Refusal) as refused:
            while True:
                rate.count(name, who)
                made += 1
        assert refused.value.status == 429
        assert "0" in [refused.value.headers.get(f"x-{kind}-remaining") for kind in KINDS]
        assert made == allowance.calls or len(allowances) > 1
        clock.advance(allowance.seconds)
        rate.count(name, who)
        clock.advance(86400)


KINDS = ("rate-limit", "app-limit-24hour", "user-limit-24hour")


def test_a_day_is_longer_than_its_quarters() -> None:
    rate, clock = limited()
    who = caller(Auth.OAUTH2, "7")
    for _ in range(20):
        for _ in range(50):
            rate.count("users.like_post", who)
        clock.advance(900)
    with pytest.raises(Refusal) as refused:
        rate.count("users.like_post", who)
    headers = refused.value.headers
    assert (headers["x-user-limit-24hour-remaining"], headers["x-rate-limit-remaining"]) == ("0", "50")
    assert headers["x-user-limit-24hour-reset"] == str(int(NOW) + 86400)


def test_one_call_a_second_is_told_as_the_window_when_it_is_the_one_that_is_used_up() -> None:
    rate, clock = limited()
    who = caller(Auth.APP)
    assert rate.count("posts.search_all", who)["x-rate-limit-limit"] == "300"
    with pytest.raises(Refusal) as refused:
        rate.count("posts.search_all", who)
    assert refused.value.headers == {
        "x-rate-limit-limit": "1",
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(int(NOW) + 1),
    }
    clock.advance(1)
    assert rate.count("posts.search_all", who)["x-rate-limit-remaining"] == "298"


def test_a_window_belongs_to_the_user_and_not_to_the_token() -> None:
    rate, _ = limited()
    for number in range(100):
        rate.count("posts.create", caller(Auth.OAUTH2, "7", f"token {number}"))
    with pytest.raises(Refusal):
        rate.count("posts.create", caller(Auth.OAUTH1, "7", "another"))
    assert rate.count("posts.create", caller(Auth.OAUTH2, "8"))["x-app-limit-24hour-remaining"] == "9899"


def test_a_limit_of_ones_own_replaces_the_published_ones() -> None:
    rate, _ = limited()
    rate.limits |= {"posts.create": 1, "*": 7}
    assert rate.count("posts.create", caller(Auth.OAUTH2, "7")).keys() == {
        f"x-rate-limit-{part}" for part in ("limit", "remaining", "reset")
    }
    with pytest.raises(Refusal):
        rate.count("posts.create", caller(Auth.OAUTH2, "7"))
    assert rate.count("users.get_me", caller(Auth.OAUTH2, "7"))["x-rate-limit-limit"] == "7"


async def test_at_the_cap_posts_are_refused_until_the_month_is_over(served: Serve) -> None:
    clock = Clock(lambda: 1_790_000_000.0)  # 21 September 2026
    async with served(Sandbox(clock=clock, post_cap=30)) as x:
        for _ in range(3):
            await x.json("/2/tweets/search/recent", query="python", max_results=10)
        capped = await x.get("/2/tweets/search/recent", query="python")
        assert capped.status_code == 429
        assert capped.json()["type"].endswith("/usage-capped")
        assert capped.json()["title"] == "UsageCapExceeded"
        assert capped.json()["period"] == "Monthly"
        assert int(capped.headers["x-rate-limit-remaining"]) > 400, "no window is used up"
        assert (await x.get("/2/users/me", user=True)).status_code == 200, "people are not posts"
        assert (await x.get("/2/usage/tweets")).status_code == 200
        clock.advance(10 * 86400)
        assert (await x.get("/2/tweets/search/recent", query="python")).status_code == 200


async def test_credits_are_used_up_by_what_is_read_and_written(served: Serve) -> None:
    async with served(Sandbox(credits=0.30)) as x:
        meter = x.sandbox.meter
        await x.json("/2/tweets/search/recent", query="python", max_results=10)
        assert meter.balance == pytest.approx(0.25)
        await x.json("/2/users/me", user=True)
        assert meter.balance == pytest.approx(0.24)
        await x.say("plain")
        assert meter.balance == pytest.approx(0.225)
        assert (await x.get("/2/users/me")).status_code == 403, "which costs nothing"
        await x.say("https://example.com")
        assert meter.balance == pytest.approx(0.025)
        await x.json("/2/tweets/search/recent", query="python", max_results=10)
        assert meter.balance == pytest.approx(0.025), "who reads the same on the same day pays once"
        await x.json("/2/tweets/search/recent", query="the", max_results=10)
        refused = await x.get("/2/tweets/search/recent", query="the")
        assert refused.status_code == 402
        assert refused.json()["detail"] == "credits depleted"
        assert (await x.get("/2/usage/tweets")).status_code == 200
        meter.credits = 10
        assert (await x.get("/2/users/me", user=True)).status_code == 200
