"""An X with posts that are all different, and what was collected from it, read back by those who know the formats."""

from __future__ import annotations

import importlib
import json
import random
import re
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from xdk_async import AsyncClient

FORMATS = ("jsonl", "jsonl.gz", "db", "parquet", "duckdb")
USERS = 50
TEXTS = ("plain", "line\u2028separator\u2029", "nul \0 inside", "😀 \U0010ffff", 'quote " \\ \n', "", "\ufeff\u0085")


def post(number: int) -> dict[str, Any]:
    """A post in either vocabulary, with things that no struct knows."""
    chance = random.Random(number)
    found: dict[str, Any] = {
        "id": str(9_000_000_000_000_000_000 - number),
        "text": f"{number}: {chance.choice(TEXTS)}",
        "author_id": str(chance.randrange(USERS)),
        "created_at": f"2026-01-{number % 28 + 1:02}T03:04:05.{number % 1000:03}Z",
        "public_metrics": {"like_count": chance.choice((0, number, 2**63 - 1)), "retweet_count": 2},
        "possibly_sensitive": chance.random() < 0.5,
    }
    if chance.random() < 0.3:
        found["referenced_tweets"] = [{"type": "quoted", "id": str(chance.randrange(20))}]
    if chance.random() < 0.3:
        found["attachments"] = {"media_keys": ["3_1", "3_2"]}
    if chance.random() < 0.2:
        found["entities"] = {"mentions": [{"username": "USER3", "start": 0, "end": 6}], "hashtags": [{"tag": "é"}]}
    if chance.random() < 0.2:
        found["geo"] = {"place_id": "p1"}
    if chance.random() < 0.1:
        found["brand_new"] = {"deep": [1, "two", None]}
    if chance.random() < 0.05:
        found["public_metrics"]["impression_count"] = 10**30
    return found


INCLUDES: dict[str, Any] = {
    "users": [{"id": str(each), "username": f"User{each}", "public_metrics": {"tweet_count": each}} for each in range(USERS)],
    "tweets": [{"id": str(each), "text": f"quoted {each}", "author_id": str(each)} for each in range(20)],
    "media": [{"media_key": "3_1", "type": "photo", "url": "https://x.invalid/1.png"}, {"media_key": "3_2", "type": "video"}],
    "places": [{"id": "p1", "full_name": "Somewhere", "geo": {"bbox": [1, 2.5, 3, 4]}}],
}  # fmt: skip


class Archive(httpx.AsyncBaseTransport):
    """Gives posts out a page at a time; a token is where a page begins."""

    def __init__(self, posts: int, fails_at: int | None = None) -> None:
        self.posts = posts
        self.fails_at = fails_at
        self.queries: list[dict[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.queries.append(dict(request.url.params))
        if self.fails_at is not None and len(self.queries) >= self.fails_at:
            return httpx.Response(402, json={"title": "Payment Required"})
        return self.page(self.queries[-1])

    def page(self, query: dict[str, str]) -> httpx.Response:
        start = int(query.get("pagination_token", "at 0").removeprefix("at "))
        end = min(start + int(query.get("max_results", "10")), self.posts)
        meta = {"result_count": end - start, **({"next_token": f"at {end}"} if end < self.posts else {})}
        return httpx.Response(200, json={"data": [*map(post, range(start, end))], "includes": INCLUDES, "meta": meta})

    def client(self) -> AsyncClient:
        return AsyncClient(bearer_token="SECRET-app", transport=self, retries=0)


def module(name: str) -> Any:
    """Readers whose types are not complete."""
    return importlib.import_module(name)


def rows(path: Path, table: str = "posts") -> list[dict[str, Any]]:
    """Everything that was collected into a file, by the libraries of its format."""
    if path.suffix in (".jsonl", ".gz"):
        data = unpacked(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return [json.loads(line) for line in data.split(b"\n")[:-1]]
    if path.suffix == ".db":
        with closing(sqlite3.connect(path)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY rowid")]
    duckdb = module("duckdb")
    source = f"'{path}'" if path.suffix == ".parquet" else table
    with duckdb.connect(":memory:" if path.suffix == ".parquet" else str(path)) as db:
        found = db.execute(f"SELECT * FROM {source}")
        names = [each[0] for each in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def unpacked(data: bytes) -> bytes:
    """As `zcat` does it: also what there is of a file that ends in the middle."""
    found = b""
    while data:
        member = zlib.decompressobj(wbits=31)
        found += member.decompress(data)
        data = member.unused_data
    return found


def there(path: Path) -> list[dict[str, Any]]:
    """What can be read of it, finished or not; what a Parquet file lacks is in parts beside it."""
    if path.suffix == ".parquet":
        files = [path] if path.exists() else []
        files += sorted(path.with_name(f"{path.name}.parts").glob("part-*.parquet"))
        return [row for file in files for row in rows(file)]
    try:
        return rows(path) if path.exists() else []
    except (sqlite3.OperationalError, module("duckdb").CatalogException) as error:
        assert re.search("no such table|does not exist", str(error))
        return []
