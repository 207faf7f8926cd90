"""A backfill into a file: interrupted again and again, it is what it would have been."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from tests.backfill.archive import END, START, Archive, uneven, utc
from tests.sink.archive import rows, there
from xdk_async import Backfill, InvalidArgument, collect, models


def backfill(x: Archive, query: str = "q") -> Backfill[models.Post]:
    return x.client().backfill(query, utc(START), utc(END), archive=True, max_results=40)


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
    begun: Any = backfill(x)
    await anext(begun)
    with pytest.raises(InvalidArgument, match="begun already"):
        begun.restored(begun.cursor)
    await begun.aclose()
