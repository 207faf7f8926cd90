"""What was missed, how X is asked for it, and how repeats are known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stream.scripted import NOW, snowflake
from xdk_async import models
from xdk_async._core.recovery import Position, Seen, Way, key_of, made_at, plan

BOTH = ("backfill_minutes", "start_time", "end_time")
WAYS: tuple[Way, ...] = ("backfill", "start_time")


@pytest.mark.parametrize(
    ("gap", "minutes"), [(0, "1"), (1, "1"), (50, "1"), (50.5, "2"), (110, "2"), (111, "3"), (289, "5"), (290, "5")]
)
def test_backfill_covers_the_gap_and_ten_seconds_more(gap: float, minutes: str) -> None:
    found = plan(NOW - gap, NOW, WAYS, BOTH, ())
    assert (found.way, found.changes["backfill_minutes"], found.reaches) == ("backfill", minutes, NOW - gap)


def test_a_longer_gap_is_recovered_by_its_start() -> None:
    found = plan(NOW - 3600, NOW, WAYS, BOTH, ())
    since = datetime.fromtimestamp(NOW - 3610, UTC).strftime("%Y-%m-%dT%H%%3A%M%%3A%SZ")
    assert found == ("start_time", {"backfill_minutes": None, "start_time": since}, NOW - 3600)


@pytest.mark.parametrize(
    ("gap", "ways", "offered", "refused", "way", "reach"),
    [
        (400, ("backfill",), BOTH, (), "backfill", 300),
        (400, WAYS, ("backfill_minutes",), (), "backfill", 300),
        (400, WAYS, BOTH, ("start_time",), "backfill", 300),
        (100_000, WAYS, BOTH, (), "start_time", 86_340),
        (100_000, WAYS, BOTH, ("start_time",), "backfill", 300),
        (100, WAYS, BOTH, ("backfill",), "start_time", 100),
        (100, ("start_time", "backfill"), BOTH, (), "start_time", 100),
        (100, WAYS, BOTH, WAYS, None, 0),
        (100, (), BOTH, (), None, 0),
        (100, ("search",), BOTH, (), None, 0),
        (100, WAYS, (), (), None, 0),
    ],
)
def test_the_way_that_reaches_furthest_back_is_taken(
    gap: float, ways: Sequence[Way], offered: Collection[str], refused: Collection[str], way: Way | None, reach: float
) -> None:
    found = plan(NOW - gap, NOW, ways, offered, refused)
    assert (found.way, NOW - found.reaches) == (way, reach)
    assert set(found.changes) == {name for name in ("backfill_minutes", "start_time") if name in offered}


def test_where_everything_arrived_until_moves_with_what_arrives() -> None:
    position = Position()
    position.connected(100, None)
    position.arrived(110, None, 100)
    position.alive(120)
    assert (position.until, position.surely) == (120, 112)
    position.arrived(125, 118, 100)
    assert (position.until, position.surely) == (125, 117)


def test_it_stays_while_x_sends_what_was_missed() -> None:
    position = Position(until=50)
    position.connected(100, 50)
    position.arrived(101, 60, 100)
    position.alive(102)
    assert position.until == 50
    position.arrived(103, 101, 100)
    assert position.until == 103


def test_a_second_connection_changes_nothing_while_the_first_is_open() -> None:
    position = Position()
    position.connected(100, None)
    position.alive(150)
    position.connected(160, None)
    assert position.until == 150
    position.disconnected()
    position.alive(170)
    assert (position.until, position.open) == (170, 1)


def test_an_event_that_is_old_when_it_arrives_says_nothing_of_the_delay() -> None:
    position = Position()
    position.connected(100, None)
    position.arrived(1000, 101, 100)
    assert position.lag is None


@pytest.mark.parametrize(
    ("data", "made"),
    [
        (models.Post(id=snowflake(NOW)), NOW),
        (models.Post(id="20", created_at=datetime.fromtimestamp(5, UTC)), 5),
        (models.Post(id="20"), None),
        (models.Post(), None),
        (models.LikeWithPostAuthor(id="abc", created_at=datetime.fromtimestamp(5, UTC)), 5),
        (models.PostComplianceData(delete=models.PostComplianceSchema(event_at=datetime.fromtimestamp(5, UTC))), 5),
        ({"id": "no struct"}, None),
    ],
)
def test_when_an_event_was_made(data: object, made: float | None) -> None:
    assert made_at(data) == made


def test_an_event_is_known_by_its_id_or_by_what_it_says() -> None:
    assert key_of(models.Post(id="7"), b"a") == key_of(models.Post(id="7"), b"b") == "7"
    assert key_of(models.ActivityStreamResponseData(event_uuid="u-1"), b"a") == "u-1"
    bare = models.PostComplianceData()
    assert key_of(bare, b"a") == key_of(bare, b"a") != key_of(bare, b"b")


@given(st.lists(st.integers(0, 30).map(str)), st.integers(1, 10))
def test_the_last_keys_are_known_and_no_more_are_kept(keys: list[str], most: int) -> None:
    seen, kept = Seen(most), list[str]()
    for key in keys:
        assert seen.is_new(key) == (key not in kept)
        if key not in kept:
            kept = [*kept, key][-most:]
        assert len(seen) == len(kept)


def test_nothing_is_known_if_nothing_is_to_be_remembered() -> None:
    seen = Seen(0)
    assert seen.is_new("a")
    assert seen.is_new("a")
