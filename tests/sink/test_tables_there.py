"""Tables that are there already: they get what they lack, nothing of what is written is lost, and one collects at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.sink.archive import Archive, module, rows
from xdk_async import InvalidArgument, StoreFailed, collect
from xdk_async.sink import JSONL, DuckDB, Parquet, Sink, SQLite, Summary

HASHTAGS = 'ALTER TABLE posts ALTER entities_hashtags TYPE STRUCT("end" BIGINT, "start" BIGINT)[]'
MEDIA = "ALTER TABLE posts ALTER media TYPE STRUCT(media_key VARCHAR, later VARCHAR)[]"


async def collected(path: Path, limit: int | None = None) -> list[dict[str, Any]]:
    async with Archive(60).client() as client:
        await collect(client.posts.search_recent("cats", max_results=100), path, limit=limit)
    return sorted(rows(path), key=lambda row: -int(row["id"]))


async def test_objects_in_duckdb_get_members_that_they_lack_and_keep_those_that_we_do_not_know(tmp_path: Path) -> None:
    path = tmp_path / "posts.duckdb"
    whole = await collected(tmp_path / "whole.duckdb")
    await collected(path, limit=10)
    db = module("duckdb").connect(str(path))
    for change in (HASHTAGS, MEDIA):
        db.execute(change)
    db.close()
    found = await collected(path)
    assert any(row["media"] for row in whole[10:]) and any(row["entities_hashtags"] for row in whole[10:])
    for row in found[10:]:
        assert all(each.pop("later") is None for each in row["media"] or ())
    assert found[10:] == whole[10:]


@pytest.mark.parametrize("kind", [SQLite, DuckDB])
async def test_a_table_in_other_letters_is_the_same_table(tmp_path: Path, kind: type[SQLite] | type[DuckDB]) -> None:
    path = tmp_path / ("posts.db" if kind is SQLite else "posts.duckdb")
    async with Archive(30).client() as client:
        await collect(client.posts.search_recent("cats"), kind(path, table="posts"), limit=10)
        with pytest.raises(InvalidArgument, match="holds another query"):
            await collect(client.posts.search_recent("dogs"), kind(path, table="Posts"))
        summary = await collect(client.posts.search_recent("cats"), kind(path, table="POSTS"))
    assert (summary.items, summary.total) == (20, 30)
    assert len(rows(path)) == 30


async def test_two_in_one_process_do_not_both_add_to_a_table_of_duckdb(tmp_path: Path) -> None:
    path, held, told = tmp_path / "posts.duckdb", asyncio.Event(), asyncio.Event()

    async def hold(_: Summary) -> None:
        told.set()
        await held.wait()

    async with Archive(60).client() as client:
        first = asyncio.create_task(collect(client.posts.search_recent("cats"), path, batch=10, on_progress=hold))
        await told.wait()
        await collect(client.posts.search_recent("cats"), path)
        held.set()
        with pytest.raises(StoreFailed, match="somebody else collects into the table posts"):
            await first
    assert len(rows(path)) == 60


@pytest.mark.parametrize("kind", [JSONL, SQLite, DuckDB, Parquet])
async def test_one_target_is_used_by_one_at_a_time(tmp_path: Path, kind: type[Sink]) -> None:
    suffixes: dict[type[Sink], str] = {JSONL: "jsonl", SQLite: "db", DuckDB: "duckdb", Parquet: "parquet"}
    sink = kind(tmp_path / f"posts.{suffixes[kind]}")
    async with Archive(60).client() as client:
        runs = [collect(client.posts.search_recent("cats"), sink) for _ in range(2)]
        one, other = await asyncio.gather(*runs, return_exceptions=True)
        assert isinstance(one, Summary)
        assert isinstance(other, InvalidArgument)
        assert (await collect(client.posts.search_recent("cats"), sink)).total == 60
