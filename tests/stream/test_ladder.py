"""When a stream connects again: X's own steps."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async import ConnectFailed, RateLimit, RateLimited, ServerError, TooManyConnections, XError
from xdk_async._core.ladder import MOST_CONNECTS, WINDOW, Connects, Ladder, Steps

UNREACHABLE = ConnectFailed("no", sent=False)
BROKEN = ServerError("no", status=503)
CROWDED = TooManyConnections("no", status=429)


def limited(reset: float | None = None, retry_after: float | None = None) -> RateLimited:
    told = None if reset is None else RateLimit(50, 0, datetime.fromtimestamp(reset, UTC))
    error = RateLimited("no", status=429, rate_limit=told)
    error.retry_after = retry_after
    return error


def waits(ladder: Ladder, error: XError | None, count: int, now: float = 1000.0) -> list[float]:
    return [ladder.lost(now) if error is None else ladder.failed(error, now) for _ in range(count)]


def test_after_a_drop_at_once_then_a_quarter_of_a_second_more_each_time_up_to_16() -> None:
    found = waits(Ladder(), None, 70)
    assert found[:5] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert found[63:] == [15.75, *[16.0] * 6]


def test_an_x_that_cannot_be_reached_is_tried_again_after_a_quarter_of_a_second() -> None:
    assert waits(Ladder(), UNREACHABLE, 4) == [0.25, 0.5, 0.75, 1.0]


def test_server_errors_double_from_5_to_320() -> None:
    assert waits(Ladder(), BROKEN, 9) == [5, 10, 20, 40, 80, 160, 320, 320, 320]


def test_limits_without_a_time_double_from_60_up_to_a_window() -> None:
    assert waits(Ladder(), limited(), 6) == [60, 120, 240, 480, 900, 900]


def test_a_limit_that_tells_its_time_is_waited_for() -> None:
    assert waits(Ladder(), limited(reset=1090.0), 2) == [90, 90]
    assert waits(Ladder(), limited(reset=1090.0, retry_after=7), 1) == [7]


@pytest.mark.parametrize("reset", [1000.0 + 90_000, 1000.0 - 5000])
def test_a_time_that_cannot_be_is_not_believed(reset: float) -> None:
    assert waits(Ladder(), limited(reset), 2) == [60, 120]


def test_a_window_that_is_open_already_is_believed_once() -> None:
    assert waits(Ladder(), limited(reset=999.0), 3) == [1, 120, 240]


def test_a_crowded_stream_is_tried_again_soon() -> None:
    assert waits(Ladder(), CROWDED, 8) == [1, 2, 4, 8, 16, 32, 60, 60]


def test_each_kind_of_trouble_has_its_own_steps_and_all_count_as_attempts() -> None:
    ladder = Ladder()
    assert [ladder.lost(0), ladder.failed(BROKEN, 1), ladder.failed(UNREACHABLE, 2), ladder.failed(BROKEN, 3)] == [
        0,
        5,
        0.25,
        10,
    ]
    assert (ladder.attempts, ladder.since) == (4, 0)
    ladder.proved()
    assert (ladder.attempts, ladder.since) == (0, None)
    assert [ladder.lost(9), ladder.failed(BROKEN, 9)] == [0, 5]


def test_own_steps_stand_in_for_those_of_drops_and_server_errors_but_not_of_limits() -> None:
    ladder = Ladder(Steps(first=1, cap=5, factor=2))
    assert [ladder.lost(0), *waits(ladder, BROKEN, 3), *waits(ladder, limited(), 1)] == [1, 2, 4, 5, 60]
    assert Steps(cap=10).own_wait(9) == 10
    assert Steps(first=3, factor=1).own_wait(99_999) == 3
    assert Steps(first=1, cap=7, factor=10).own_wait(99_999) == 7


def test_jitter_is_up_to_a_quarter_longer() -> None:
    assert waits(Ladder(Steps(jitter=True), chance=lambda: 1.0), BROKEN, 2) == [6.25, 12.5]
    assert waits(Ladder(Steps(jitter=True), chance=lambda: 0.0), BROKEN, 2) == [5, 10]


@given(st.lists(st.sampled_from([None, UNREACHABLE, BROKEN, CROWDED, limited(), limited(reset=1200.0)]), max_size=300))
def test_no_wait_is_negative_or_longer_than_a_window(errors: list[XError | None]) -> None:
    ladder = Ladder()
    found = [wait for error in errors for wait in waits(ladder, error, 1)]
    assert all(0 <= wait <= 900 and math.isfinite(wait) for wait in found)


@given(st.lists(st.floats(0, 60), min_size=60, max_size=200))
def test_never_more_attempts_than_x_allows_in_any_15_minutes(pauses: list[float]) -> None:
    connects, now, times = Connects(), 0.0, list[float]()
    for pause in pauses:
        now += pause / 10
        now += connects.wait(now)
        connects.count(now)
        times.append(now)
    for index, start in enumerate(times):
        assert sum(start <= each < start + WINDOW - 0.001 for each in times[index:]) <= MOST_CONNECTS


def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_a_window() -> None:
    connects = Connects(2)
    connects.count(5000)
    connects.count(5000)
    assert connects.wait(0) == WINDOW
    assert connects.wait(5000 + WINDOW) == 0
