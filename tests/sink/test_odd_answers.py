"""Answers that are no proper JSON, or hold what a format cannot: they are written as far as they go, and nothing stops."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sink.archive import FORMATS, rows
from xdk_async import AsyncClient, Disconnected, collect

ODD: dict[str, tuple[bytes, dict[str, Any]]] = {
    "NaN": (b'"new":{"a":NaN,"b":[Infinity,1]}', {"new": {"b": [1]}}),
    "half a pair": (b'"new":"\\ud83d!"', {"new": "\ufffd!"}),
    "a number without end": (b'"new":[' + b"9" * 5000 + b"]", {"new": []}),
    "broken UTF-8": (b'"new":"\xff"', {"new": "\ufffd"}),
    "a count that is none": (b'"public_metrics":{"like_count":NaN}', {}),
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("odd", ODD)
async def test_members_that_no_format_can_hold_stop_nothing(tmp_path: Path, format: str, odd: str) -> None:
    path = tmp_path / f"posts.{format}"
    sent, expected = ODD[odd]
    body = b'{"data":[{"id":"1","text":"a",' + sent + b'},{"id":"2","text":"b","more":3}]}'
    answer = httpx.Response(200, content=body, headers={"content-type": "application/json"})
    async with AsyncClient(bearer_token="t", transport=httpx.MockTransport(lambda _: answer)) as client:
        await collect(client.posts.search_recent("q"), path, progress=False)
    found = [more(row, format) for row in rows(path)]
    assert found == [("1", "a", expected), ("2", "b", {"more": 3})]


def more(row: dict[str, object], format: str) -> tuple[object, object, dict[str, object]]:
    """What is known of a post, and the rest."""
    rest = {name: value for name, value in row.items() if name in ("new", "more")}
    if not format.startswith("jsonl") and row["extra"]:
        rest = json.loads(str(row["extra"]))
    return row["id"], row["text"], rest


async def test_a_time_at_the_edge_of_what_python_knows_is_written_to_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "posts.db"
    body = b'{"data":[{"id":"1","text":"a","created_at":"0001-01-01T00:00:00+14:00"}]}'
    answer = httpx.Response(200, content=body, headers={"content-type": "application/json"})
    async with AsyncClient(bearer_token="t", transport=httpx.MockTransport(lambda _: answer)) as client:
        await collect(client.posts.search_recent("q"), path, progress=False)
    assert [row["created_at"] for row in rows(path)] == ["0001-01-01T00:00:00.000+14:00"]


async def test_items_without_an_id_get_nothing_of_others_when_a_page_is_taken_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "counts.jsonl"
    data = [{"start": f"2026-01-0{day}T00:00:00Z", "tweet_count": day, "new": day} for day in range(1, 6)]
    answer = httpx.Response(200, content=json.dumps({"data": data}).encode())
    async with AsyncClient(bearer_token="t", transport=httpx.MockTransport(lambda _: answer)) as client:
        await collect(client.posts.get_counts_recent("q"), path, progress=False, limit=2)
        assert [(row["post_count"], row["new"]) for row in rows(path)] == [(1, 1), (2, 2)]
        await collect(client.posts.get_counts_recent("q"), path, progress=False)
    assert [row["post_count"] for row in rows(path)] == [1, 2, 3, 4, 5]
    assert all(row.get("new", row["post_count"]) == row["post_count"] for row in rows(path))


DEEP = b"[" * 500 + b"]" * 500
UNREADABLE = [
    b"<html>down for maintenance</html>",
    b"",
    b'{"data":[{"id":"2","te',
    b"[" * 100_000,
    b'{"data":[{"id":"2","new":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b'}],"meta":{"next_token":"b"}}',
    b'{"data":[{"id":"2"}],"meta":' + DEEP + b"}",
    b'{"data":[{"id":"2"}],"meta":{"next_token":' + DEEP + b"}}",
    b'{"data":5,"meta":{"next_token":"b"}}',
]


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
async def test_a_page_that_cannot_be_read_is_not_the_end(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "posts.jsonl"
    pages = [b'{"data":[{"id":"3"}],"meta":{"next_token":"a"}}', body, b'{"data":[{"id":"2"}]}']
    answers = [httpx.Response(200, content=each) for each in pages]
    async with AsyncClient(
        bearer_token="t", transport=httpx.MockTransport(lambda _: answers.pop(0)), retries=0
    ) as client:
        with pytest.raises(Disconnected, match="no page to be read"):
            await collect(client.posts.search_recent("q"), path, progress=False)
        summary = await collect(client.posts.search_recent("q"), path, progress=False)
    assert (summary.done, summary.total) == (True, 2)
    assert [row["id"] for row in rows(path)] == ["3", "2"]
