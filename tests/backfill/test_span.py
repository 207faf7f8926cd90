"""How a range of time is cut, and what of it X has: pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.backfill.archive import NOW, id_at, iso, utc
from xdk_async import InvalidArgument, models
from xdk_async._core.bind import bind
from xdk_async._core.place import Place, continued, first_place
from xdk_async._core.span import Cutter, Span, check_start, even, halved, months, newest_first, range_of
from xdk_async.api import operations as op

DAY = 86_400


def tiles(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether they cover a range, newest first, without gap or overlap."""
    borders = [end, *(each.start for each in spans)]
    return [each.end for each in spans] == borders[:-1] and borders[-1] == start and not any(map(is_empty, spans))


def is_empty(span: Span) -> bool:
    return span.is_empty


@given(st.integers(0, 10**10), st.integers(1, 10**7), st.integers(1, 100))
def test_even_parts_cover_a_range_and_differ_by_a_second(start: int, length: int, pieces: int) -> None:
    spans = even(start, start + length, pieces)
    lengths = [each.end - each.start for each in spans]
    assert tiles(spans, start, start + length)
    assert (len(spans), max(lengths) - min(lengths)) == (min(pieces, length), min(max(lengths) - min(lengths), 1))


@given(st.integers(0, 10**10), st.integers(0, 10**9))
def test_months_cover_a_range_and_cut_no_day(start: int, length: int) -> None:
    spans = months(start, start + length)
    assert tiles(spans, start, start + length) or (length, spans) == (0, [])
    assert all(each.start % DAY == 0 for each in spans[:-1])
    assert all(each.end - each.start <= 31 * DAY for each in spans)


@given(
    st.integers(1, 10**5),
    st.integers(1, 10**4),
    st.lists(st.tuples(st.integers(-10, 10**5 + 10), st.integers(0, 3000))),
)
def test_whatever_the_counts_say_the_cut_covers_the_range(
    length: int, most: int, counts: list[tuple[int, int]]
) -> None:
    cutter = Cutter(0, length, most)
    spans = [span for start, posts in counts for span in cutter.take(start, posts)]
    assert tiles([*spans, *cutter.rest()], 0, length)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=200), st.integers(10, 1000))
def test_no_stretch_holds_more_than_asked_for_where_counts_are_smaller(counts: list[int], most: int) -> None:
    hours = len(counts)
    cutter = Cutter(0, hours * 3600, most)
    spans = [
        span for number in range(hours - 1, -1, -1) for span in cutter.take(number * 3600, counts[number])
    ] + cutter.rest()
    for span in spans:
        if span.start % 3600 == 0 and span.end % 3600 == 0:
            held = sum(counts[span.start // 3600 : span.end // 3600])
            assert held <= most or span.end - span.start == 3600
    for one, other in itertools.pairwise(spans):  # and none could have taken in the next hour whole
        if {one.start % 3600, one.end % 3600, other.end % 3600} == {0} and one.end - one.start >= 3600:
            assert sum(counts[one.start // 3600 - 1 : one.end // 3600]) > most


def test_a_crowded_hour_is_cut_evenly() -> None:
    assert Cutter(0, 3600, 100).take(0, 350) == [Span(2700, 3600), Span(1800, 2700), Span(900, 1800), Span(0, 900)]


def test_times_are_asked_for_at_first_and_ids_after_a_page() -> None:
    span = Span(NOW - 100, NOW)
    assert span.query(span.start) == {
        "start_time": iso(NOW - 100).replace(":", "%3A"),
        "end_time": iso(NOW).replace(":", "%3A"),
    }
    last = id_at((NOW - 50) * 1000, 7)
    rest = span.after([models.Post(id=str(last + 9)), models.Post(id=str(last)), models.Post()])
    assert rest == Span(NOW - 100, NOW, last)
    assert rest.query(rest.start) == {"since_id": str(id_at((NOW - 100) * 1000) - 1), "until_id": str(last)}
    assert rest.reached == NOW - 50


def test_ids_of_the_first_years_hold_no_time_and_are_never_asked_for() -> None:
    start = int(datetime(2008, 1, 1, tzinfo=UTC).timestamp())
    rest = Span(start, start + DAY).after([models.Post(id="555555555")])
    assert set(rest.query(start)) == {"start_time", "end_time"}
    assert rest.reached == start + DAY
    assert halved(rest, rest.end, models.Post(id="555555555"), 3) == [rest]


def test_what_is_left_after_counts_ends_where_the_oldest_of_them_begins() -> None:
    counts = [models.PostCount(start=utc(NOW - 7200), post_count=1), models.PostCount(start=utc(NOW - 3600))]
    assert Span(NOW - 9000, NOW).after(counts) == Span(NOW - 9000, NOW - 7200)
    assert Span(NOW - 9000, NOW).after([models.PostCount(post_count=1)]) == Span(NOW - 9000, NOW)
    assert Span(NOW - 5000, NOW).after(counts) == Span(NOW - 5000, NOW - 5000)


def test_counts_come_newest_first_and_posts_stay_as_they_are() -> None:
    counts: list[Any] = [models.PostCount(start=utc(1)), models.PostCount(start=utc(3)), models.PostCount(start=utc(2))]
    newest_first(counts)
    assert [each.start.timestamp() for each in counts] == [3, 2, 1]
    posts: list[Any] = [models.Post(id="2"), models.Post(id="3")]
    newest_first(posts)
    assert [each.id for each in posts] == ["2", "3"]


@pytest.mark.parametrize(
    ("last", "pages", "start"),
    [
        (NOW - 10, 1, NOW - 505),  # ten seconds of a thousand: much is left
        (NOW - 10.5, 1, NOW - 506),  # of the second of the last post some may be left
        (NOW - 400, 1, NOW - 1000),  # a page and a half
        (NOW - 400, 2, NOW - 700),
        (NOW - 999, 500, NOW - 1000),  # less than two seconds
        (NOW - 1, 1, NOW - 501),
        (NOW, 1, NOW - 1000),  # no id of that time
        (NOW - 1000, 9, NOW - 1000),
    ],
)
def test_the_older_half_is_taken_apart_where_much_is_left(last: float, pages: int, start: int) -> None:
    id = id_at(int(last * 1000), 5)
    span = Span(NOW - 1000, NOW, id)
    own, *other = halved(span, NOW, models.Post(id=str(id)), pages)
    assert own == Span(start, NOW, id)
    assert other == ([] if start == NOW - 1000 else [Span(NOW - 1000, start)])


def test_what_holds_no_time_is_not_taken_apart() -> None:
    span = Span(NOW - 1000, NOW, 5)
    for last in (models.Post(id="5"), models.Post(), None):
        assert halved(span, NOW, last, 9) == [span]


HERE = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("operation", "start", "end", "message"),
    [
        (op.POSTS_SEARCH_RECENT, datetime(2025, 6, 15), None, "no time zone"),
        (op.POSTS_SEARCH_RECENT, "2025-06-15T00:00:00", None, "no time zone"),
        (op.POSTS_SEARCH_RECENT, "yesterday", None, "no ISO 8601"),
        (op.POSTS_SEARCH_RECENT, 5, None, "takes a datetime"),
        (op.POSTS_SEARCH_RECENT, utc(NOW - 50), utc(NOW - 50), "is not before end="),
        (op.POSTS_SEARCH_RECENT, utc(NOW - 50.9), utc(NOW - 50.1), "is not before end="),
        (op.POSTS_SEARCH_RECENT, utc(NOW - 5), None, "is not before end="),
        (op.POSTS_SEARCH_RECENT, utc(NOW - 50), utc(NOW + 50), "is in the future"),
        (op.POSTS_SEARCH_RECENT, utc(NOW - 7 * DAY - 61), None, "archive=True"),
        (op.POSTS_GET_COUNTS_RECENT, utc(NOW - 8 * DAY), None, "archive=True"),
        (op.POSTS_SEARCH_ALL, "2006-03-20T23:59:59Z", None, "2006-03-21T00:00:00Z"),
        (op.USERS_GET_POSTS, "2010-11-05T23:59:59Z", None, "2010-11-06T00:00:00Z"),
    ],
)  # fmt: skip
def test_a_range_that_x_does_not_have_is_refused(operation: Any, start: Any, end: Any, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        check_start(operation, range_of(operation, start, end, NOW).start, NOW)


@pytest.mark.parametrize(
    ("operation", "start", "end", "expected"),
    [
        (op.POSTS_SEARCH_RECENT, utc(NOW - 50.5), None, Span(NOW - 51, NOW - 15)),
        (op.POSTS_SEARCH_RECENT, utc(NOW - 50).astimezone(HERE), utc(NOW), Span(NOW - 50, NOW)),
        (op.POSTS_SEARCH_RECENT, utc(NOW - 7 * DAY - 60), None, Span(NOW - 7 * DAY - 60, NOW - 15)),
        (op.POSTS_SEARCH_ALL, "2006-03-21T00:00:00Z", "2006-03-21T02:00+02:00", None),
        (op.POSTS_SEARCH_ALL, "2006-03-21T00:00:00Z", "2006-03-21T00:00:01.9Z", Span(1142899200, 1142899201)),
        (op.USERS_GET_MENTIONS, "2010-11-06T00:00:00Z", "2010-11-07T00:00:00Z", Span(1289001600, 1289088000)),
    ],
)
def test_a_range_is_in_whole_seconds(operation: Any, start: Any, end: Any, expected: Span | None) -> None:
    if expected is None:
        with pytest.raises(InvalidArgument):
            range_of(operation, start, end, NOW)
        return
    found = range_of(operation, start, end, NOW)
    check_start(operation, found.start, NOW)
    assert found == expected


def place(query: str = "q", start: int = 0, end: int = 100, **arguments: Any) -> Place:
    return first_place(bind(op.POSTS_SEARCH_ALL, {"query": query, **arguments}), Span(start, end))


def test_a_place_goes_on_where_it_was() -> None:
    here = place(max_results=10)
    assert not here.is_end
    assert continued(place(max_results=500), here.text(), "it", any_end=False) == here
    assert continued(place(end=200), here.text(), "it", any_end=True).end == 100
    assert Place("o", {}, 0, 100, Span(0, 0)).is_end
    assert Place("o", {}, 5, 100, Span(5, 100, 7)).is_end is False


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (place("p"), "another query;"),
        (place(start=1), "another start;"),
        (place(end=99), "another end;"),
        (place(tweet_fields=["lang"]), "another tweet.fields;"),
        (place("p", start=1), "another query, start;"),
    ],
)
def test_a_place_of_another_backfill_is_refused(other: Place, difference: str) -> None:
    with pytest.raises(InvalidArgument, match=difference):
        continued(place(), other.text(), "the checkpoint 'x'", any_end=False)


@pytest.mark.parametrize("text", ["", "{}", "after:1:2:token", "[]", b"\xff", '{"operation": 5}'])
def test_what_is_no_place_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidArgument, match="after= does not hold a place"):
        continued(place(), text, "after=", any_end=False)


def test_a_place_of_another_operation_is_refused() -> None:
    other = first_place(bind(op.POSTS_SEARCH_RECENT, {"query": "q"}), Span(0, 100))
    with pytest.raises(InvalidArgument, match="operation \\(posts.search_recent\\)"):
        continued(place(), other.text(), "after=", any_end=False)


def test_things_without_ids_or_times_are_passed_over() -> None:
    assert Span(0, 9).after([SimpleNamespace(), SimpleNamespace(id="abc"), SimpleNamespace(start="x")]) == Span(0, 9)
