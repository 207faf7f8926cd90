"""A million posts: memory does not grow with them."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.sink.archive import FORMATS, INCLUDES, Archive, post
from xdk_async import collect
from xdk_async.sink import Summary

MILLION = 1_000_000
PAGE = 100
MOST = 150  # megabytes more at the end than after the first tenth; DuckDB may keep 256 in all


def resident() -> float:
    """Megabytes of memory that the process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


class Endless(Archive):
    """A million posts, made from a few hundred, with ids of their own."""

    def __init__(self, posts: int) -> None:
        super().__init__(posts)
        self.made = [msgspec.Raw(msgspec.json.encode({**post(number), "id": "$"})) for number in range(500)]
        self.includes = msgspec.Raw(msgspec.json.encode(INCLUDES))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("pagination_token", "at 0").removeprefix("at "))
        end = min(start + PAGE, self.posts)
        data = b",".join(
            bytes(self.made[number % 500]).replace(b'"id":"$"', b'"id":"%d"' % (10**15 + number), 1)
            for number in range(start, end)
        )
        token = b'"next_token":"at %d"' % end if end < self.posts else b""
        body = b'{"data":[%s],"includes":%s,"meta":{%s}}' % (data, bytes(self.includes), token)
        return httpx.Response(200, content=body)


@pytest.mark.soak
@pytest.mark.parametrize("format", FORMATS)
async def test_memory_stays_flat_over_a_million_posts(tmp_path: Path, format: str) -> None:
    seen: list[tuple[int, float]] = []

    def look(summary: Summary) -> None:
        seen.append((summary.items, resident()))

    async with Endless(MILLION).client() as client:
        summary = await collect(
            client.posts.search_recent("cats", max_results=PAGE), tmp_path / f"posts.{format}", on_progress=look
        )
    assert summary.items == MILLION
    early = max(megabytes for items, megabytes in seen if items <= MILLION // 10)
    late = max(megabytes for items, megabytes in seen if items > MILLION // 10)
    size = sum(each.stat().st_size for each in tmp_path.rglob("*") if each.is_file())
    sys.stderr.write(
        f"\n{format}: {early:.0f} MB after a tenth, {late:.0f} MB at the most, {resident():.0f} MB in the end;"
        f" {size / 1e6:.0f} MB of files, {summary.seconds:.0f} s\n"
    )
    assert late - early < MOST
