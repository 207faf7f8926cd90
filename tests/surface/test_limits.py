"""X's published rate limits, as they stand in the catalogue."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from codegen.catalogue import load
from codegen.emit_limits import limits
from xdk_async._core.limits import Allowance, Published
from xdk_async._core.operation import Auth
from xdk_async.api.limits import DATE, LIMITS, SOURCE
from xdk_async.api.operations import OPERATIONS

QUARTER, DAY = 15 * 60, 24 * 3600
PUBLISHED = {
    "posts.create": Published(app=(Allowance(10_000, DAY),), user=(Allowance(100, QUARTER),)),
    "posts.search_all": Published(app=(Allowance(1, 1), Allowance(300, QUARTER)), user=(Allowance(1, 1),)),
    "posts.search_recent": Published(app=(Allowance(450, QUARTER),), user=(Allowance(300, QUARTER),)),
    "stream.posts": Published(app=(Allowance(50, QUARTER),)),
    "stream.update_rules": Published(app=(Allowance(100, QUARTER),)),
    "users.get_me": Published(user=(Allowance(75, QUARTER),)),
    "users.like_post": Published(user=(Allowance(50, QUARTER), Allowance(1000, DAY))),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_table_says_what_x_publishes(name: str) -> None:
    assert LIMITS[name] == PUBLISHED[name]


def test_every_row_is_of_an_operation_and_its_windows_go_from_short_to_long() -> None:
    assert set(LIMITS) <= set(OPERATIONS)
    for published in LIMITS.values():
        for windows in published:
            assert [each.seconds for each in windows] == sorted({each.seconds for each in windows})
            assert {each.seconds for each in windows} <= {1, QUARTER, DAY}
        assert any(published)


def test_whoever_may_call_a_listed_operation_finds_a_limit_or_an_app_wide_one() -> None:
    lacking = {
        name
        for name, published in LIMITS.items()
        if OPERATIONS[name].auth & Auth.USER and not published.user and not OPERATIONS[name].auth & Auth.APP
    }
    assert lacking == set()


def test_the_table_says_where_it_comes_from_and_when() -> None:
    assert SOURCE.startswith("https://docs.x.com/")
    assert datetime.date.fromisoformat(DATE) >= datetime.date(2026, 11, 24)


@pytest.mark.parametrize("row", [{"GET /2/nothing": {"app": "1/s"}}, {"GET /2/tweets": {"app": "many"}}])
def test_a_row_that_makes_no_sense_fails_the_build(row: dict[str, dict[str, str]]) -> None:
    catalogue = replace(load(), limits={"source": "s", "date": "d", "limits": row})
    with pytest.raises(SystemExit, match=r"limits\.toml"):
        limits(catalogue)
