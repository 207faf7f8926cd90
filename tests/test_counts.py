"""What the hot path costs in instructions and bytes, which no machine changes, against the budgets that are committed."""

from __future__ import annotations

import logging

import pytest

from benchmarks.count import budgets, counted, operations

BUDGETS, OPERATIONS = budgets(), operations()


@pytest.fixture(autouse=True)
def without_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="xdk_async")


@pytest.mark.parametrize("name", BUDGETS)
def test_an_operation_costs_no_more_than_its_budget(name: str) -> None:
    found, most = counted(OPERATIONS[name]), BUDGETS[name]
    assert found.instructions <= most.instructions, (
        f"{name}: {found.instructions} instructions, see benchmarks/counts.toml"
    )
    assert found.peak_bytes <= most.peak_bytes, f"{name}: {found.peak_bytes} bytes, see benchmarks/counts.toml"


def test_every_operation_that_is_counted_has_a_budget() -> None:
    assert OPERATIONS.keys() == BUDGETS.keys()


@pytest.mark.parametrize("name", BUDGETS)
def test_doing_it_twice_would_be_noticed(name: str) -> None:
    once = OPERATIONS[name]
    assert counted(lambda: (once(), once())).instructions > BUDGETS[name].instructions


@pytest.mark.parametrize("name", BUDGETS)
def test_holding_twice_as_much_would_be_noticed(name: str) -> None:
    once, most = OPERATIONS[name], BUDGETS[name].peak_bytes
    assert counted(lambda: (bytes(most), once())).peak_bytes > most


def test_counts_do_not_change_from_one_time_to_the_next() -> None:
    for name, once in OPERATIONS.items():
        assert counted(once).instructions == counted(once).instructions, name
