"""Collecting into files."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, Spawn, ended
from xdk_async.testing import LocalX

parquet: Any = import_module("pyarrow.parquet")  # untyped


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def test_a_search_goes_into_a_file_and_on_from_there(run: Run, signed: LocalX, tmp_path: Path) -> None:
    file = tmp_path / "python.jsonl"
    done = run("collect", "search", "python", "--to", str(file), "--limit", "120")
    assert (done.code, done.items[0]["items"], done.items[0]["resumed"]) == (0, 120, False)
    done = run("collect", "search", "python", "--to", str(file), "--limit", "150", "--table")
    assert "new items" in done.out
    ids = [each["id"] for each in rows(file)]
    assert len(ids) == len(set(ids)) == 150
    assert "expansions" not in signed.calls("posts.search_recent")[0].query, "authors are not billed"


def test_what_stops_it_leaves_what_came_and_the_same_command_goes_on(run: Run, signed: LocalX, tmp_path: Path) -> None:
    file = tmp_path / "python.db"
    signed.faults.add("status", operation="posts.search_recent", problem="usage-capped", nth=2)
    done = run("collect", "search", "python", "--to", str(file))
    assert done.code == 5
    assert "the same command goes on there" in done.err
    done = run("collect", "search", "python", "--to", str(file))
    assert (done.code, done.items[0]["resumed"], done.items[0]["done"]) == (0, True, True)
    assert done.items[0]["total"] > 100


def test_a_file_that_holds_something_else_is_not_said_to_be_gone_on_with(
    run: Run, signed: LocalX, tmp_path: Path
) -> None:
    file = tmp_path / "python.jsonl"
    file.write_text("hello\n")
    done = run("collect", "search", "python", "--to", str(file))
    assert (done.code, file.read_text()) == (2, "hello\n")
    assert "is there already" in done.err
    assert "use --mode append" in done.err
    assert "goes on there" not in done.err


def test_what_came_of_a_parquet_file_is_in_parts(run: Run, signed: LocalX, tmp_path: Path) -> None:
    file = tmp_path / "python.parquet"
    signed.faults.add("status", operation="posts.search_recent", problem="usage-capped", nth=2)
    done = run("collect", "search", "python", "--to", str(file))
    assert done.code == 5
    assert f"What came is in {file}.parts; the same command goes on there" in done.err
    assert parquet.read_table(f"{file}.parts").num_rows == 100


def test_a_timeline_brings_the_author_if_it_is_wanted(run: Run, signed: LocalX, tmp_path: Path) -> None:
    file = tmp_path / "mine.parquet"
    assert run("collect", "timeline", "sandbox", "--to", str(file), "--authors").code == 0
    table = parquet.read_table(file)
    assert set(table.column("author_username").to_pylist()) == {"sandbox"}
    assert run("collect", "timeline", "sandbox", "--mentions", "--to", str(tmp_path / "m.jsonl")).code == 0
    assert all("@sandbox" in str(each["text"]) for each in rows(tmp_path / "m.jsonl"))


def test_a_range_is_fetched_in_windows(run: Run, signed: LocalX, tmp_path: Path) -> None:
    file = tmp_path / "days.jsonl"
    done = run("collect", "search", "python", "--since", "3d", "--until", "1d", "--to", str(file))
    assert done.code == 0, done.err
    assert len(rows(file)) == done.items[0]["total"] > 20
    signed.assert_called("posts.get_counts_recent")
    done = run("collect", "search", "python", "--since", "yesterday", "--to", str(file))
    assert (done.code, "'yesterday' is no moment: ISO 8601" in done.err) == (2, True)
    assert run("collect", "search", "python", "--since", "2026-01-01T00:00", "--to", str(file)).code == 2  # which zone?


def test_a_timeline_of_a_range_is_fetched_in_windows_and_gone_on_with(run: Run, signed: LocalX, tmp_path: Path) -> None:
    file = tmp_path / "days.jsonl"
    signed.faults.add("status", operation="users.get_posts", problem="usage-capped", nth=1)
    asked = ("collect", "timeline", "sandbox", "--since", "30d", "--to", str(file))
    assert run(*asked).code == 5
    done = run(*asked)
    assert (done.code, done.items[0]["done"]) == (0, True)
    assert len({each["id"] for each in rows(file)}) == len(rows(file)) == done.items[0]["total"] > 0
    calls = signed.calls("users.get_posts")
    assert all({"start_time", "end_time"} <= set(each.query) for each in calls)
    assert run(*asked).items[0]["items"] == 0
    assert len(signed.calls("users.get_posts")) == len(calls), "what is complete is not asked for again"


@pytest.mark.parametrize("until", [(), ("--until", "1m")])
def test_so_long_ago_stays_what_it_was_when_a_range_was_begun(
    run: Run, signed: LocalX, tmp_path: Path, until: tuple[str, ...]
) -> None:
    asked = ("collect", "search", "the OR a OR is", "--since", "6d", *until, "--to", str(tmp_path / "x.jsonl"))
    signed.faults.add("status", operation="posts.search_recent", problem="usage-capped", nth=3)
    assert run(*asked).code == 5
    begun = len(rows(tmp_path / "x.jsonl"))
    time.sleep(1.1)  # so that it is another second
    done = run(*asked)
    assert (done.code, done.items[0]["resumed"], done.items[0]["done"]) == (0, True, True), done.err
    ids = [each["id"] for each in rows(tmp_path / "x.jsonl")]
    assert 0 < begun < len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", ["search", "timeline"])
def test_what_is_another_query_each_time_is_refused(run: Run, signed: LocalX, tmp_path: Path, kind: str) -> None:
    asked = ("collect", kind, "sandbox", "--limit", "10", "--to", str(tmp_path / "x.jsonl"))
    done = run(*asked, "--since", "2d")
    assert (done.code, "give a date" in done.err) == (2, True)
    done = run(*asked[:3], "--until", "2d", *asked[5:])
    assert (done.code, "give a date" in done.err) == (2, True)
    signed.assert_not_called("*")
    assert run(*asked, "--since", (datetime.now(UTC) - timedelta(days=1)).isoformat()).code == 0


@pytest.mark.parametrize(("more", "most"), [((), 900), (("--max-wait", "0.5"), 0.5)])
def test_who_collects_waits_for_a_window_unless_told_otherwise(
    run: Run, signed: LocalX, tmp_path: Path, more: tuple[str, ...], most: float
) -> None:
    signed.faults.add("status", operation="posts.search_recent", problem="rate-limited", seconds=1000, nth=1)
    done = run("collect", "search", "python", "--to", str(tmp_path / "x.jsonl"), *more)
    assert (done.code, f"later than --max-wait {most:g} allows: --max-wait 86400 waits" in done.err) == (5, True), (
        done.err
    )


@pytest.mark.parametrize("name", ["posts.txt", "posts"])
def test_a_format_that_nobody_knows_is_refused(run: Run, signed: LocalX, tmp_path: Path, name: str) -> None:
    done = run("collect", "search", "python", "--to", str(tmp_path / name))
    assert done.code == 2
    assert ".parquet" in done.err
    signed.assert_not_called("*")


def test_ctrl_c_leaves_a_whole_file(spawn: Spawn, signed: LocalX, tmp_path: Path) -> None:
    file = tmp_path / "zebras.parquet"
    process = spawn("collect", "stream", "--rule", "zebra", "--to", str(file))
    process.expect("Connected")
    for number in range(3):
        signed.post(f"A zebra, number {number}", author="sandbox")
    time.sleep(0.5)  # for the posts to arrive; nothing tells of them before they are written
    process.sendintr()
    process.expect("the same command goes on there")
    assert ended(process) == 130
    assert parquet.read_table(file).num_rows == 3
    assert not signed.store.rules
