"""A backfill into a file: interrupted again and again, it is what it would have been."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.backfill.archive import END, START, Archive, uneven, utc
from tests.sink.archive import rows, there
from xdk_async import Backfill, InvalidArgument, Wait, collect, models


def backfill(x: Archive, query: str = "q", **options: Any) -> Backfill[models.Post]:
    return x.client(**options).backfill(query, utc(START), utc(END), archive=True, max_results=40)


@pytest.mark.parametrize("format", ["jsonl", "db", "parquet"])
async def test_a_backfill_is_gone_on_with(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    x = Archive(uneven(1500, START, END))
    wanted = [str(id) for id in x.ids]
    chance, found = random.Random(1), list[str]()
    for _ in range(5):
        work = asyncio.create_task(collect(backfill(x), path, batch=100))
        await asyncio.wait((work,), timeout=chance.random() * 0.1)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        found = [row["id"] for row in there(path)]
        assert found == wanted[: len(found)]
    limit = min(len(found) + 101, len(wanted))
    assert (await collect(backfill(x), path, limit=limit)).total == limit
    summary = await collect(backfill(x), path)
    assert (summary.total, summary.done) == (len(wanted), True)
    assert [row["id"] for row in rows(path)] == wanted
    sent = len(x.requests)
    assert (await collect(backfill(x), path)).items == 0
    assert len(x.requests) == sent


async def test_another_backfill_needs_a_word(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    x = Archive(uneven(100, START, END))
    await collect(backfill(x), path)
    with pytest.raises(InvalidArgument, match="holds another query"):
        await collect(backfill(x, "other"), path)


async def test_a_backfill_that_was_begun_is_collected_from_there(tmp_path: Path) -> None:
    x = Archive(uneven(300, START, END))
    async with backfill(x) as begun:
        first = await anext(begun)
        assert (await collect(begun, tmp_path / "rest.jsonl")).items == 300 - len(first.data)


@pytest.mark.parametrize("limit", [None, 130])
async def test_its_cost_and_its_waits_are_counted_and_nothing_that_x_sent_is_lost(
    tmp_path: Path, limit: int | None
) -> None:
    x = Archive(uneven(300, START, END))
    x.posts = [post[:-1] + b',"brand_new":1}' for post in x.posts]
    path = tmp_path / "posts.jsonl"

    waits: list[float] = []

    def note(wait: Wait) -> None:
        waits.append(wait.seconds)

    summary = await collect(backfill(x, on_wait=note), path, limit=limit)
    assert summary.items == (limit or 300)
    assert summary.cost == Decimal("1.50") if limit is None else Decimal("0.65") <= summary.cost < Decimal("0.85")
    assert summary.pages >= summary.items / 40
    assert summary.waited == pytest.approx(sum(waits))
    assert summary.waited > 10  # X wants a second between searches of the archive
    found = rows(path)
    assert [row["id"] for row in found] == [str(id) for id in x.ids[: summary.items]]
    assert all(row["brand_new"] == 1 for row in found)
