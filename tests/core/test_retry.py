"""Whether a call is repeated, and after how long."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async import errors
from xdk_async._core.bind import bind
from xdk_async._core.limits import RateLimit
from xdk_async._core.refusal import refusal
from xdk_async._core.retry import CAP, FIRST, SOONEST, Policy, pause
from xdk_async._core.window import LATE, UNTOLD
from xdk_async.api import operations as op

NOW = 1_767_323_045.0
CALL = bind(op.USERS_GET_ME, {})
ONCE = {"GET": False, "PUT": False, "DELETE": False, "POST": True}


def limited(reset: float | None = None, retry_after: float | None = None) -> errors.RateLimited:
    """A 429 whose window opens `reset` seconds from now."""
    at = None if reset is None else datetime.fromtimestamp(NOW + reset, UTC)
    error = errors.RateLimited("429", status=429, rate_limit=RateLimit(300, 0, at))
    error.retry_after = retry_after
    return error


def answered(status: int, body: bytes = b"") -> errors.AnswerError:
    return refusal(CALL, status, {}, body)


def lost(sent: bool) -> errors.Disconnected:
    return errors.Disconnected("lost", sent=sent)


def timed_out(phase: Literal["connect", "read", "write", "pool"], sent: bool) -> errors.TimedOut:
    return errors.TimedOut("too long", sent=sent, phase=phase)


UNREACHED = errors.ConnectFailed("refused", sent=False)
HALFWAY = 0.5


def wait(
    error: errors.XError, method: str = "GET", attempt: int = 1, left: float | None = None, policy: Policy | None = None
) -> float | None:
    return pause(
        error, once=ONCE[method], attempt=attempt, policy=policy or Policy(), now=NOW, left=left, chance=lambda: HALFWAY
    )


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
@pytest.mark.parametrize(
    ("error", "repeated", "posts_repeated"),
    [
        (UNREACHED, True, True),
        (lost(sent=False), True, True),
        (lost(sent=True), True, False),
        (timed_out("connect", sent=False), True, True),
        (timed_out("pool", sent=False), True, True),
        (timed_out("read", sent=True), True, False),
        (timed_out("write", sent=True), True, False),
        (answered(500), True, False),
        (answered(502), True, False),
        (answered(503), True, False),
        (answered(504), True, False),
        (answered(400), False, False),
        (answered(401), False, False),
        (answered(402), False, False),
        (answered(403), False, False),
        (answered(404), False, False),
        (answered(409), False, False),
        (answered(302), False, False),
        (answered(429, b'{"title": "UsageCapExceeded"}'), False, False),
        (answered(429, b'{"title": "ConnectionException"}'), False, False),
        (errors.InvalidArgument("wrong"), False, False),
        (errors.CredentialsError("none"), False, False),
        (errors.TransportError("odd", sent=True), False, False),
        (errors.BudgetExceeded("dear"), False, False),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, errors.XError) else None,
)
def test_only_what_harms_nobody_is_repeated(
    error: errors.XError, repeated: bool, posts_repeated: bool, method: str
) -> None:
    expected = posts_repeated if method == "POST" else repeated
    assert wait(error, method) == (HALFWAY * FIRST if expected else None)
    bold = Policy(retry_posts=True)
    assert wait(error, method, policy=bold) == (HALFWAY * FIRST if repeated else None)


@pytest.mark.parametrize(
    ("attempt", "expected"), [(1, 0.25), (2, 0.5), (3, 1.0), (4, 2.0), (5, 4.0), (6, 4.0), (50, 4.0), (5000, 4.0)]
)
def test_each_pause_is_up_to_twice_the_one_before_and_never_above_the_cap(attempt: int, expected: float) -> None:
    assert wait(answered(503), attempt=attempt, policy=Policy(retries=10_000)) == expected
    assert expected <= CAP


def test_by_default_a_call_is_repeated_three_times_and_waits_a_minute_at_the_most() -> None:
    assert Policy() == Policy(retries=3, retry_posts=False, on_limit="wait", max_wait=60.0)


@pytest.mark.parametrize(
    ("retries", "attempt", "goes_on"), [(0, 1, False), (1, 1, True), (1, 2, False), (3, 3, True), (3, 4, False)]
)
def test_a_call_is_repeated_as_often_as_the_policy_says(retries: int, attempt: int, goes_on: bool) -> None:
    for error in (answered(503), limited(reset=1)):
        assert (wait(error, attempt=attempt, policy=Policy(retries=retries)) is not None) is goes_on


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (limited(reset=30), 30.0),
        (limited(reset=60), 60.0),
        (limited(reset=61), None),
        (limited(reset=900), None),
        (limited(reset=10**10), None),
        (limited(reset=0), SOONEST),
        (limited(reset=-1), SOONEST),
        (limited(reset=-NOW), SOONEST),  # a reset of 0
        (limited(), UNTOLD),
        (limited(retry_after=5), 5.0),
        (limited(reset=900, retry_after=5), 5.0),
        (limited(reset=5, retry_after=900), None),
        (limited(reset=30, retry_after=0), 0.0),
        (answered(429), UNTOLD),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_used_up_window_is_waited_for_if_it_opens_soon(
    error: errors.XError, method: str, expected: float | None
) -> None:
    assert wait(error, method) == expected
    assert wait(error, method, policy=Policy(on_limit="raise")) is None


@pytest.mark.parametrize(
    ("error", "waited", "expected"),
    [
        (limited(reset=30), 30.0, 30.0),
        (limited(reset=30), 30.1, None),
        (limited(retry_after=5), 55.0, 5.0),
        (limited(retry_after=5), 56.0, None),
        (answered(503), 1000.0, HALFWAY * FIRST),
    ],
)
def test_the_waits_for_windows_of_one_call_are_counted_together(
    error: errors.XError, waited: float, expected: float | None
) -> None:
    found = pause(
        error, once=False, attempt=1, policy=Policy(), now=NOW, left=None, chance=lambda: HALFWAY, waited=waited
    )
    assert found == expected


@pytest.mark.parametrize(
    ("opens_in", "waited", "expected"),
    [(0.0, 0.0, 0.0), (59.0, 0.0, 59.0), (60.0 + LATE, 0.0, 60.0 + LATE), (61.1, 0.0, None), (50.0, 20.0, None)],
)
def test_what_is_known_of_a_window_counts_for_more_than_what_the_error_tells(
    opens_in: float, waited: float, expected: float | None
) -> None:
    error = limited(reset=30, retry_after=5)
    found = pause(
        error,
        once=True,
        attempt=1,
        policy=Policy(),
        now=NOW,
        left=None,
        chance=lambda: 1.0,
        waited=waited,
        opens_in=opens_in,
    )
    assert found == expected


def test_calls_that_are_spread_wait_for_a_used_up_window_as_well() -> None:
    assert wait(limited(reset=30), policy=Policy(on_limit="spread")) == 30.0


@pytest.mark.parametrize(("max_wait", "expected"), [(0, None), (29.9, None), (30, 30.0), (float("inf"), 30.0)])
def test_the_longest_wait_is_the_callers_choice(max_wait: float, expected: float | None) -> None:
    assert wait(limited(reset=30), policy=Policy(max_wait=max_wait)) == expected


@pytest.mark.parametrize(
    ("error", "left", "expected"),
    [
        (limited(reset=30), 30.1, 30.0),
        (limited(reset=30), 30.0, None),
        (limited(reset=30), -1.0, None),
        (answered(503), 0.26, 0.25),
        (answered(503), 0.25, None),
        (UNREACHED, 0.0, None),
        (answered(400), 100.0, None),
        (limited(reset=900), 1000.0, None),
    ],
)
def test_nothing_is_waited_for_beyond_the_deadline(error: errors.XError, left: float, expected: float | None) -> None:
    assert wait(error, left=left) == expected


HEADERS = st.text() | st.integers().map(str) | st.integers(-100, 100).map(lambda seconds: str(int(NOW) + seconds))


@given(HEADERS, HEADERS, st.integers(1, 3))
def test_whatever_the_headers_say_a_wait_is_none_or_within_bounds(reset: str, after: str, attempt: int) -> None:
    error = refusal(CALL, 429, {"x-rate-limit-reset": reset, "retry-after": after}, b"")
    found = wait(error, attempt=attempt)
    assert found is None or 0 <= found <= Policy().max_wait
