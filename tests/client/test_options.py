"""What a view of a client changes: options, and with them timeouts, headers and repetitions."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.client.fakes import Clock, FakeX, ask, limited, sender_over
from xdk_async import (
    AsyncClient,
    CredentialsError,
    CreditsDepleted,
    Forbidden,
    InvalidArgument,
    NotFound,
    RateLimited,
    ServerError,
    Timeouts,
    UsageCapExceeded,
    XError,
)
from xdk_async._core.window import LATE
from xdk_async.groups import PostsClient, UsersClient

DEFAULT = {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": None}


# Views


async def test_a_view_has_its_own_settings_on_the_same_transport_and_leaves_the_client_as_it_was() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x) as client:
        view = client.with_options(timeout=1, headers={"X-A": "a"}, retries=0)
        await view.users.get_me()
        await client.users.get_me()
    changed, unchanged = x.requests
    assert (changed.extensions["timeout"]["read"], changed.headers.get("x-a")) == (1, "a")
    assert (unchanged.extensions["timeout"], unchanged.headers.get("x-a")) == (DEFAULT, None)
    assert changed.headers["authorization"] == unchanged.headers["authorization"] == "Bearer token"
    assert repr(view) == repr(client)


async def test_options_accumulate_from_view_to_view() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x) as client:
        first = client.with_options(timeout=1, headers={"X-A": "a", "X-B": "b"})
        second = first.with_options(headers={"x-b": "B", "X-C": "c"}, keep_raw=True)
        await second.users.get_me()
        await first.users.get_me()
        assert (await second.posts.search_recent("query")).raw == b"{}"
    assert x.requests[0].extensions["timeout"]["read"] == 1
    assert [x.requests[0].headers.get_list(name) for name in ("x-a", "x-b", "x-c")] == [["a"], ["B"], ["c"]]
    assert [x.requests[1].headers.get_list(name) for name in ("x-a", "x-b", "x-c")] == [["a"], ["b"], []]


async def test_a_header_of_a_view_replaces_that_of_the_client_whatever_its_case() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x, headers={"X-A": "a"}) as client:
        await client.with_options(headers={"x-a": "b", "user-agent": "mine"}).users.get_me()
        assert x.last.headers.get_list("x-a") == ["b"]
        assert x.last.headers.get_list("user-agent") == ["mine"]
        view = client
        for name, value in (("x-b", "1"), ("X-B", "2"), ("x-b", "3")):
            view = view.with_options(headers={name: value})
        await view.users.get_me()
    assert x.last.headers.get_list("x-b") == ["3"]


@pytest.mark.parametrize(
    ("timeout", "sent"),
    [
        (7, {"connect": 7, "read": 7, "write": 7, "pool": None}),
        (0.5, {"connect": 0.5, "read": 0.5, "write": 0.5, "pool": None}),
        (httpx.Timeout(4), {"connect": 4, "read": 4, "write": 4, "pool": 4}),
        (httpx.Timeout(None, connect=1), {"connect": 1, "read": None, "write": None, "pool": None}),
        (Timeouts(), DEFAULT),
        (Timeouts(connect=1, read=2, write=3, pool=4), {"connect": 1, "read": 2, "write": 3, "pool": 4}),
        (Timeouts(read=None), {**DEFAULT, "read": None}),
    ],
)
async def test_timeouts_are_a_number_or_an_object(
    timeout: float | httpx.Timeout | Timeouts, sent: dict[str, float | None]
) -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x, timeout=timeout) as client:
        await client.users.get_me()
    async with AsyncClient(bearer_token="token", transport=x) as client:
        await client.with_options(timeout=timeout).users.get_me()
    assert [request.extensions["timeout"] for request in x.requests] == [sent, sent]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"deadline": -1}, "deadline=-1"),
        ({"deadline": float("nan")}, "deadline=nan"),
        ({"max_wait": -0.5}, "max_wait=-0.5"),
        ({"retries": -1}, "retries=-1"),
        ({"retries": "3"}, "retries='3': it takes a whole number from 0 on"),
        ({"timeout": "5"}, "timeout='5' is no number: it takes seconds, an httpx.Timeout, or Timeouts"),
        ({"timeout": -5}, "timeout=-5 is negative"),
        ({"on_limit": "sleep"}, "on_limit takes wait, raise, spread, not 'sleep'"),
        ({"credential": "custom"}, "credential takes app, user, oauth1, oauth2, not 'custom'"),
    ],
)
def test_an_option_that_cannot_work_is_refused_and_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidArgument, match=named):
        AsyncClient(bearer_token="token").with_options(**options)


def test_a_bare_token_is_told_where_it_belongs() -> None:
    bare: Any = "SECRET-token"
    with pytest.raises(InvalidArgument, match=r"a bare token is bearer_token=, of an app, or access_token=") as raised:
        AsyncClient(token=bare)
    assert "SECRET" not in str(raised.value)


async def test_what_the_catalogue_does_not_know_is_refused_unless_validation_is_off() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x) as client:
        with pytest.raises(InvalidArgument, match="brand_new"):
            await client.users.get_me(user_fields=["brand_new"])
        with pytest.raises(InvalidArgument, match="max_results"):
            await client.posts.search_recent("query", max_results=9)
        assert x.requests == []
        loose = client.with_options(validate=False)
        await loose.users.get_me(user_fields=["brand_new"])
        await loose.posts.search_recent("query", max_results=9)
    assert x.requests[0].url.params["user.fields"] == "brand_new"
    assert x.requests[1].url.params["max_results"] == "9"


async def test_pages_keep_their_bytes_only_if_asked_to() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x) as client:
        assert (await client.posts.search_recent("query")).raw is None
        assert (await client.with_options(keep_raw=True).posts.search_recent("query")).raw == b"{}"
        assert (await client.users.get_me()).raw == b"{}"


async def test_a_view_names_the_credential_it_uses() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="app", access_token="user", transport=x) as client:
        await client.users.get_by_id("7")
        await client.with_options(credential="user").users.get_by_id("7")
        await client.with_options(credential="oauth2").with_options(credential="app").users.get_by_id("7")
        with pytest.raises(CredentialsError, match="credential='oauth1'"):
            await client.with_options(credential="oauth1").users.get_by_id("7")
    assert x.signatures == ["Bearer app", "Bearer user", "Bearer app"]


# Used-up windows


async def test_a_limited_call_waits_until_its_window_opens() -> None:
    clock = Clock()
    x = FakeX(limited(opens_in=40, now=clock.now), limited(opens_in=41, now=clock.now))
    await UsersClient(sender_over(x, clock)).get_me()
    assert clock.slept == [40 + LATE, 1]
    assert len(x.requests) == 3


async def test_retry_after_says_how_long_to_wait() -> None:
    clock = Clock()
    x = FakeX(limited(opens_in=40, now=clock.now, retry_after="7"))
    await UsersClient(sender_over(x, clock)).get_me()
    assert clock.slept == [7]


async def test_a_window_that_opens_too_late_is_an_error_at_once() -> None:
    clock = Clock()
    x = FakeX(limited(opens_in=61, now=clock.now))
    with pytest.raises(RateLimited) as raised:
        await UsersClient(sender_over(x, clock)).get_me()
    assert clock.slept == []
    assert raised.value.attempt == 1
    assert raised.value.reset_at is not None
    assert raised.value.reset_at.timestamp() == clock.now + 61


async def test_max_wait_says_what_is_too_late() -> None:
    clock = Clock()
    x = FakeX(limited(opens_in=890, now=clock.now), limited(opens_in=890 + 901, now=clock.now))
    with pytest.raises(RateLimited) as raised:
        await UsersClient(sender_over(x, clock, max_wait=900)).get_me()
    assert clock.slept == [890 + LATE]
    assert raised.value.attempt == 2


async def test_a_window_that_opens_after_the_deadline_is_an_error_at_once() -> None:
    clock = Clock()
    x = FakeX(limited(opens_in=6, now=clock.now), limited(opens_in=6 + 5, now=clock.now))
    with pytest.raises(RateLimited) as raised:
        await UsersClient(sender_over(x, clock, deadline=10)).get_me()
    assert clock.slept == [6 + LATE]
    assert raised.value.attempt == 2


async def test_a_limit_can_raise_instead_of_waiting() -> None:
    clock = Clock()
    x = FakeX(limited(opens_in=1, now=clock.now))
    with pytest.raises(RateLimited):
        await UsersClient(sender_over(x, clock, on_limit="raise")).get_me()
    assert (clock.slept, len(x.requests)) == ([], 1)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_a_limited_call_was_not_carried_out_so_that_any_method_is_repeated(method: str) -> None:
    clock = Clock()
    x = FakeX(limited(opens_in=5, now=clock.now))
    await ask(sender_over(x, clock), method)
    assert clock.slept == [5 + LATE]
    first, second = x.requests
    assert (first.method, first.url, first.content) == (second.method, second.url, second.content)


# Other errors


CAPPED = {"title": "UsageCapExceeded", "type": "https://api.twitter.com/2/problems/usage-capped", "period": "Monthly"}
DEPLETED = {"title": "Payment Required", "detail": "credits depleted", "status": 402}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, CAPPED, UsageCapExceeded),
        (403, CAPPED, UsageCapExceeded),
        (402, DEPLETED, CreditsDepleted),
        (402, {}, CreditsDepleted),
        (403, {}, Forbidden),
        (404, {}, NotFound),
    ],
)
async def test_what_waiting_does_not_mend_is_never_repeated(status: int, body: object, error: type[XError]) -> None:
    clock = Clock()
    x = FakeX(httpx.Response(status, json=body, headers={"x-rate-limit-reset": str(int(clock.now) + 1)}))
    with pytest.raises(error) as raised:
        await UsersClient(sender_over(x, clock)).get_me()
    assert (clock.slept, len(x.requests), raised.value.attempt) == ([], 1, 1)


async def test_a_failing_x_is_asked_again_after_growing_waits() -> None:
    clock = Clock()
    x = FakeX(*(httpx.Response(503) for _ in range(7)))
    await UsersClient(sender_over(x, clock, retries=7)).get_me()
    assert clock.slept == [0.5, 1, 2, 4, 8, 8, 8]


async def test_the_error_tells_which_attempt_it_ended() -> None:
    clock = Clock()
    x = FakeX(*(httpx.Response(500 + number) for number in range(9)))
    with pytest.raises(ServerError) as raised:
        await UsersClient(sender_over(x, clock)).get_me()
    assert (raised.value.attempt, raised.value.status, len(x.requests)) == (4, 503, 4)
    with pytest.raises(ServerError) as raised:
        await UsersClient(sender_over(x, clock, retries=0)).get_me()
    assert (raised.value.attempt, raised.value.status, len(x.requests)) == (1, 504, 5)


@pytest.mark.parametrize(("method", "attempts"), [("GET", 2), ("PUT", 2), ("DELETE", 2), ("POST", 1), ("PATCH", 1)])
async def test_a_failing_x_may_have_carried_the_call_out_so_that_post_is_not_repeated(
    method: str, attempts: int
) -> None:
    x = FakeX(*(httpx.Response(503) for _ in range(2)))
    with pytest.raises(ServerError) as raised:
        await ask(sender_over(x, Clock(), retries=1), method)
    assert raised.value.attempt == len(x.requests) == attempts


async def test_post_is_repeated_after_a_failure_of_x_if_that_is_wanted() -> None:
    clock = Clock()
    x = FakeX(httpx.Response(503))
    await PostsClient(sender_over(x, clock, retry_posts=True)).create(text="hello")
    assert clock.slept == [0.5]
    assert x.requests[0].content == x.requests[1].content == b'{"text":"hello"}'
