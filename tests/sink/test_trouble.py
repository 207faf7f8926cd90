"""What is wrong with a target is told, and what is in it stays whole."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.client.fakes import nothing_left
from tests.sink.archive import FORMATS, Archive, module, rows, there
from xdk_async import CreditsDepleted, InvalidArgument, StoreFailed, collect
from xdk_async.sink import Summary
from xdk_async.sink.display import Display, display
from xdk_async.sink.target import Mode

ROOT = Path(__file__).parents[2]
MODES: tuple[Mode, ...] = ("resume", "append")
MODES_THERE: tuple[Mode, ...] = ("resume", "append", "overwrite")
ROOM = {"jsonl": 100_000, "jsonl.gz": 30_000, "db": 150_000, "parquet": 120_000, "duckdb": 500_000}


@pytest.mark.parametrize("format", FORMATS)
async def test_a_full_disk_is_an_error_and_with_more_room_it_goes_on(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    command = [sys.executable, "-m", "tests.sink.small_disk", str(path), str(ROOM[format])]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert found.stdout.startswith(f"StoreFailed: {path} does not work: "), found.stderr
    begun = len(there(path))
    assert begun % 100 == 0
    async with Archive(1000).client() as client:
        await collect(client.posts.search_recent("cats", max_results=100), path, batch=500)
    assert len({row["id"] for row in rows(path)}) == len(rows(path)) == max(1000, begun)


@pytest.mark.parametrize("format", FORMATS)
async def test_a_place_where_nothing_can_be_written_is_told_before_anything_is_sent(
    tmp_path: Path, format: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / f"directory.{format}").mkdir()
    x = Archive(10)
    async with nothing_left(), x.client() as client:
        for path in (tmp_path / "file" / f"posts.{format}", tmp_path / f"directory.{format}"):
            with pytest.raises(StoreFailed, match="does not work"):
                await collect(client.posts.search_recent("cats"), path)
    assert x.queries == []


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("mode", MODES_THERE)
async def test_a_link_stays_one_and_what_it_names_is_written(tmp_path: Path, format: str, mode: Mode) -> None:
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / f"real.{format}", tmp_path / f"posts.{format}"
    link.symlink_to(real)
    async with Archive(10).client() as client:
        await collect(client.posts.search_recent("cats", max_results=10), link, limit=5)
        await collect(client.posts.search_recent("cats", max_results=10), link, mode=mode)
    assert link.is_symlink()
    assert len(rows(real)) == len(rows(link)) == 10


async def test_directories_are_made(tmp_path: Path) -> None:
    path = tmp_path / "some" / "where" / "posts.jsonl"
    async with Archive(10).client() as client:
        await collect(client.posts.search_recent("cats"), path)
    assert len(rows(path)) == 10


@pytest.mark.parametrize("format", FORMATS)
async def test_a_file_of_another_kind_is_not_touched(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    path.write_bytes(b"something else altogether, and longer than a header of any format would be. " * 5)
    before = path.read_bytes()
    x = Archive(10)
    async with x.client() as client:
        with pytest.raises((InvalidArgument, StoreFailed)):
            await collect(client.posts.search_recent("cats"), path)
    assert (path.read_bytes(), x.queries) == (before, [])


async def test_a_state_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    async with Archive(30).client() as client:
        await collect(client.posts.search_recent("cats"), path, limit=10)
        path.with_name("posts.jsonl.state").write_bytes(b"nonsense" * 2000)
        with pytest.raises(StoreFailed, match="does not work"):
            await collect(client.posts.search_recent("cats"), path)
    assert len(rows(path)) == 10


async def test_a_file_that_somebody_shortened_is_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    async with Archive(30).client() as client:
        await collect(client.posts.search_recent("cats"), path, limit=10)
        path.write_bytes(path.read_bytes()[:100])
        for mode in MODES:
            with pytest.raises(InvalidArgument, match="is shorter than its collecting left it"):
                await collect(client.posts.search_recent("cats"), path, mode=mode)
        assert path.stat().st_size == 100


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("limit", [20, None])
async def test_a_file_that_somebody_deleted_is_not_taken_for_complete(
    tmp_path: Path, format: str, limit: int | None
) -> None:
    path = tmp_path / f"posts.{format}"
    async with Archive(35).client() as client:
        await collect(client.posts.search_recent("cats"), path, limit=limit)
        lose(path)
        for mode in MODES:
            with pytest.raises(InvalidArgument, match="is gone, .* put it back to go on, or use mode='overwrite'"):
                await collect(client.posts.search_recent("cats"), path, mode=mode)
        assert (await collect(client.posts.search_recent("cats"), path, mode="overwrite")).items == 35
    assert len(rows(path)) == 35


async def test_a_part_that_somebody_deleted_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "posts.parquet"
    async with Archive(35, fails_at=4).client() as client:
        with pytest.raises(CreditsDepleted):
            await collect(client.posts.search_recent("cats", max_results=10), path, batch=10)
    (path.with_name("posts.parquet.parts") / "part-000002.parquet").unlink()
    async with Archive(35).client() as client:
        with pytest.raises(InvalidArgument, match=r"part-000002\.parquet is gone"):
            await collect(client.posts.search_recent("cats", max_results=10), path)
    assert len(there(path)) == 20


@pytest.mark.parametrize("format", FORMATS)
async def test_a_deleted_file_that_held_nothing_is_not_missed(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    async with Archive(0).client() as client:
        await collect(client.posts.search_recent("cats"), path)
        if format in ("db", "duckdb"):
            path.unlink()
        else:
            lose(path)
        assert (await collect(client.posts.search_recent("cats"), path)).done
    assert rows(path) == []


def lose(path: Path) -> None:
    """Delete the data, and leave what tells how far it came."""
    if path.suffix == ".db":
        with closing(sqlite3.connect(path)) as db:
            db.execute("DROP TABLE posts")
    elif path.suffix == ".duckdb":
        with module("duckdb").connect(str(path)) as db:
            db.execute("DROP TABLE posts")
    else:
        path.unlink()


# Shown


async def test_a_terminal_shows_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for wanted, stderr, shows in (
        (True, io.StringIO(), False), (True, Terminal(), True), (None, Terminal(), True), (None, io.StringIO(), False),
        (False, Terminal(), False),
    ):  # fmt: skip
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setattr(sys, "stderr", stderr)
        async with Archive(30).client() as client:
            await collect(
                client.posts.search_recent("cats"), tmp_path / "posts.jsonl", mode="overwrite", progress=wanted
            )
        assert ("30 items" in stderr.getvalue()) == shows


def test_what_was_fetched_and_waits_to_be_written_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stderr = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", stderr)
    with display(True, Path("posts.jsonl")) as shown:
        shown.update(Summary(Path("posts.jsonl"), total=40), 2)
    assert "42 items" in stderr.getvalue()


def test_without_rich_it_is_told_or_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    for name in ("rich", "rich.progress", "rich.console"):
        monkeypatch.setitem(module("sys").modules, name, None)
    assert type(display(None, Path("x"))) is Display
    with pytest.raises(InvalidArgument, match=r'progress=True needs rich: pip install "xdk-async\[cli\]"'):
        display(True, Path("x"))


def test_a_summary_is_one_line() -> None:
    def line(**more: Any) -> str:
        return str(Summary(Path("posts.jsonl"), **more))

    assert line(seconds=1.26) == "posts.jsonl: 0 items, in 1.3 s"
    assert line(items=1500, pages=15, cost=Decimal("7.5"), waited=61.4, seconds=70) == (
        "posts.jsonl: 1,500 items, 15 pages, $7.50, 61 s waited for limits, in 70.0 s"
    )
    assert line(items=1, pages=1, cost=Decimal("0.005")) == "posts.jsonl: 1 item, 1 page, $0.005, in 0.0 s"
    assert line(items=5, total=105, resumed=True) == "posts.jsonl: 5 items, 105 in all, in 0.0 s"
