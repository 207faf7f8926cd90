"""One window: whatever answers say, in whatever order, it holds nobody back for ever and lets nobody through in vain."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async._core.limits import Told
from xdk_async._core.window import LATE, MUTE, PATIENCE, SAME, UNSURE, UNTOLD, Hold, Pace, Window

NOW = 1_700_000_000.0
QUARTER = 900
RESET = int(NOW) + QUARTER


def window(calls: int | None = 100, told: int | None = None) -> Window:
    """One that begins now; with so many calls left, as an answer told."""
    made = Window(QUARTER, calls)
    if told is not None:
        made.take(NOW, False)
        made.land(made.number, Told(calls, told, RESET), None, NOW)
    return made


def goes(made: Window, now: float = NOW, most: int = 1000) -> int:
    """How many calls may go at once."""
    count = 0
    while count < most and made.hold(now, False) is None:
        made.take(now, False)
        count += 1
    return count


@pytest.mark.parametrize(("calls", "expected"), [(100, UNSURE), (5, 5), (None, UNSURE)])
def test_a_few_calls_go_while_nothing_is_known_but_no_more_than_the_page_allows(
    calls: int | None, expected: int
) -> None:
    made = window(calls)
    assert goes(made) == expected
    hold = made.hold(NOW, False)
    assert hold is not None
    assert (hold.why, hold.seconds) == ("answer", PATIENCE)


def test_nobody_waits_for_an_answer_that_does_not_come() -> None:
    made = window(100)
    assert goes(made) == UNSURE
    assert goes(made, NOW + PATIENCE) == 100 - UNSURE


@pytest.mark.parametrize("left", [0, 1, 7, 100])
def test_as_many_go_as_x_says(left: int) -> None:
    assert goes(window(100, left)) == left


def test_what_is_in_flight_is_taken_off_until_it_is_counted() -> None:
    made = window(100, 20)
    for _ in range(5):
        made.take(NOW, False)
    made.land(made.number, Told(100, 19, RESET), None, NOW)
    assert goes(made) == 15


def test_of_answers_that_overtake_each_other_the_lowest_counts() -> None:
    made = window(100, 20)
    for _ in range(3):
        made.take(NOW, False)
    for remaining in (17, 19, 18):
        made.land(made.number, Told(100, remaining, RESET), None, NOW)
    assert goes(made) == 17


def test_the_word_on_a_window_that_is_over_changes_nothing() -> None:
    made = window(100, 20)
    made.take(NOW, False)
    made.land(made.number, Told(100, 3, RESET - 100), None, NOW)
    made.shut(Told(100, 0, RESET - 100), None, None, NOW)
    assert goes(made) == 20


def test_a_new_window_begins_when_x_says_so() -> None:
    made = window(100, 0)
    before = made.number
    made.take(NOW, False)
    made.land(made.number, Told(100, 99, RESET + QUARTER), None, NOW)
    assert made.number == before + 1
    assert goes(made) == 99


def test_resets_that_differ_by_a_second_are_of_one_window() -> None:
    made = window(100, 20)
    for _ in range(2):
        made.take(NOW, False)
    made.land(made.number, Told(100, 18, RESET), None, NOW)
    made.land(made.number, Told(100, 19, RESET + 1), None, NOW)
    assert goes(made) == 18
    assert SAME > 1


def test_a_used_up_window_opens_a_second_after_its_reset_for_one_call_and_then_for_all() -> None:
    made = window(100, 0)
    assert made.hold(NOW + QUARTER, False) == Hold(LATE, "window", 100, QUARTER)
    assert goes(made, NOW + QUARTER + LATE) == 1
    made.land(made.number, Told(100, 99, RESET + QUARTER), None, NOW + QUARTER + 2)
    assert goes(made, NOW + QUARTER + 2) == 99


def test_a_window_that_was_not_used_up_opens_for_a_few() -> None:
    assert goes(window(100, 50), NOW + QUARTER + LATE) == UNSURE


@pytest.mark.parametrize(
    ("told", "wait", "expected"),
    [
        (None, None, UNTOLD),
        (None, 7.0, 7.0),
        (None, 0.0, 0.0),
        (Told(100, 0, RESET), None, QUARTER + LATE),
        (Told(100, 0, RESET), 7.0, 7.0),
        (Told(100, 0, None), None, UNTOLD),
        (Told(100, 0, 1), None, LATE),
        (Told(100, 0, 10**13), None, QUARTER + LATE),
    ],
)
def test_a_refusal_shuts_it(told: Told | None, wait: float | None, expected: float) -> None:
    made = window(100)
    made.take(NOW, False)
    made.land(made.number, told, None, NOW)
    made.shut(told, None, wait, NOW)
    assert (made.opens - NOW, made.hold(NOW, False) is None) == (expected, expected == 0)


def test_a_window_that_nobody_tells_of_is_not_kept() -> None:
    made = window(20)
    for count in range(3 * MUTE):
        assert goes(made, most=1) == 1, count
        made.land(made.number, None, None, NOW)
    assert goes(made) == 1000


def test_one_that_refuses_without_a_word_after_as_many_as_the_page_says_is_shut_until_it_ends() -> None:
    made = window(20)
    for _ in range(21):
        goes(made, most=1)
        made.land(made.number, None, None, NOW)
    made.shut(None, None, None, NOW + 100)
    assert made.opens == NOW + QUARTER
    assert goes(made, NOW + QUARTER) == 1
    made.land(made.number, None, None, NOW + QUARTER)
    assert goes(made, NOW + QUARTER) == 19  # it is kept from now on


def test_calls_that_are_spread_share_what_is_left_evenly() -> None:
    made = window(100, 10)
    times: list[float] = []
    now = NOW
    while len(times) < 10:
        hold = made.hold(now, True)
        if hold is None:
            made.take(now, True)
            made.land(made.number, Told(100, 9 - len(times), RESET), None, now)
            times.append(now)
        else:
            assert hold.why == "spacing"
            now += hold.seconds
    gaps = [round(later - one) for one, later in itertools.pairwise(times)]
    assert gaps == [90] * 9


class Truth:
    """X, which counts for real."""

    def __init__(self, calls: int) -> None:
        self.calls, self.used, self.ends = calls, 0, 0.0

    def count(self, now: float) -> tuple[bool, Told]:
        if now >= self.ends:
            self.used, self.ends = 0, now + QUARTER
        fits = self.used < self.calls
        self.used += fits
        return fits, Told(self.calls, self.calls - self.used, int(self.ends))


@given(st.integers(0, 10**9), st.integers(1, 30))
def test_answers_in_any_order_never_lead_to_a_refusal(seed: int, calls: int) -> None:
    chance, truth, made, now = random.Random(seed), Truth(calls), Window(QUARTER, calls), NOW
    sent: list[int] = []  # on their way to X
    answered: list[tuple[int, Told]] = []  # on their way back
    for _ in range(300):
        now += chance.choice([0.0, 0.01, 0.5, 30.0])
        act = chance.randrange(3)
        if act == 0 and made.hold(now, False) is None:
            made.take(now, False)
            sent.append(made.number)
        elif act == 1 and sent:
            fits, told = truth.count(now)
            assert fits
            answered.append((sent.pop(chance.randrange(len(sent))), told))
        elif act == 2 and answered:
            number, told = answered.pop(chance.randrange(len(answered)))
            made.land(number, told, None, now)


@given(st.lists(st.tuples(st.sampled_from(["take", "land", "lose", "shut"]), st.none() | st.integers(-5, 2 * 10**9),
                          st.none() | st.integers(-5, 200), st.floats(0, 2000))))  # fmt: skip
def test_nothing_that_x_says_shuts_it_for_longer_than_a_day(
    script: list[tuple[str, int | None, int | None, float]],
) -> None:
    made, now = Window(QUARTER, 75), NOW
    flying: list[int] = []
    for act, reset, remaining, later in script:
        now += later
        told = None if reset is None and remaining is None else Told(remaining, remaining, reset)
        if act == "take" and made.hold(now, False) is None:
            made.take(now, False)
            flying.append(made.number)
        elif act == "land" and flying:
            made.land(flying.pop(), told, None, now)
        elif act == "lose" and flying:
            made.lose(flying.pop(), counted=True)
        elif act == "shut":
            made.shut(told, None, None, now)
        hold = made.hold(now, False)
        assert hold is None or 0 < hold.seconds <= 86_400 + LATE


def test_calls_a_second_apart_stay_so_whatever_the_network_does() -> None:
    pace = Pace(1, 1)
    pace.take(NOW, False)
    number = pace.number
    slow = pace.hold(NOW + 1.5, False)
    assert slow is not None
    assert slow.seconds == pytest.approx(0.5, abs=0.01)
    pace.land(number, None, None, NOW + 0.2)
    assert pace.hold(NOW + 1.1, False) is not None
    assert pace.hold(NOW + 1.21, False) is None
