"""What is collected reads back whole in every format, by the libraries that know it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sink.archive import FORMATS, INCLUDES, Archive, module, post, rows
from xdk_async import InvalidArgument, collect, models
from xdk_async.sink import JSONL, DuckDB, Parquet, Sink, SQLite

EXPANSIONS = ["author_id", "attachments.media_keys"]


async def collected(path: Path, posts: int = 250, **settings: Any) -> list[dict[str, Any]]:
    async with Archive(posts).client() as client:
        await collect(client.posts.search_recent("cats", max_results=100), path, **settings)
    return rows(path)


async def test_a_line_of_json_is_a_post_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    found = await collected(tmp_path / "posts.jsonl")
    assert len(found) == 250
    for number, row in enumerate(found):
        sent = post(number)
        assert row["id"] == sent["id"]
        assert row["text"] == sent["text"]
        assert row["author"] == {
            "id": sent["author_id"], "username": f"User{sent['author_id']}",
            "public_metrics": {"post_count": int(sent["author_id"])},
        }  # fmt: skip
        assert row["public_metrics"]["repost_count"] == 2
        assert row["public_metrics"].get("impression_count") == sent["public_metrics"].get("impression_count")
        assert row.get("brand_new") == sent.get("brand_new")
        assert row.get("referenced_posts") == sent.get("referenced_tweets")
        assert "referenced_tweets" not in row
        assert row.get("media") == (INCLUDES["media"] if "attachments" in sent else None)
        if "referenced_tweets" in sent:
            [quoted] = row["referenced"]
            assert (quoted["type"], quoted["author"]["username"]) == ("quoted", f"User{quoted['id']}")
        if "entities" in sent:
            assert [each["username"] for each in row["mentioned"]] == ["User3"]


@pytest.mark.parametrize("format", FORMATS[2:])
async def test_a_row_of_a_table_is_the_same_in_columns(tmp_path: Path, format: str) -> None:
    found = await collected(tmp_path / f"posts.{format}")
    lines = await collected(tmp_path / "posts.jsonl")
    assert [row["id"] for row in found] == [line["id"] for line in lines]

    def read(value: Any) -> Any:
        return json.loads(value) if format == "db" else value

    for row, line in zip(found, lines, strict=True):
        assert row["text"] == line["text"]
        assert row["author_username"] == line["author"]["username"]
        assert row["author_public_metrics_post_count"] == line["author"]["public_metrics"]["post_count"]
        assert row["public_metrics_like_count"] == line["public_metrics"]["like_count"]
        assert row["public_metrics_impression_count"] is None  # beyond 64 bits: it is in `extra`
        assert bool(row["possibly_sensitive"]) is line["possibly_sensitive"]
        extra: dict[str, Any] = json.loads(row["extra"] or "{}")
        assert extra.get("brand_new") == line.get("brand_new")
        if "impression_count" in line["public_metrics"]:
            assert extra["public_metrics"] == {"impression_count": 10**30}
        assert (row["place_full_name"], row["place_id"]) == (("Somewhere", "p1") if "geo" in line else (None, None))
        assert (row["media"] is not None) == ("media" in line)
        if "media" in line:
            assert [each["media_key"] for each in read(row["media"])] == ["3_1", "3_2"]
            assert read(row["attachments_media_keys"]) == ["3_1", "3_2"]
        if "referenced" in line:
            assert read(row["referenced"])[0]["author"]["username"] == line["referenced"][0]["author"]["username"]


async def test_times_are_times_and_sort_as_text_in_sqlite(tmp_path: Path) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 1000, tzinfo=UTC)
    [_, row] = await collected(tmp_path / "posts.db", posts=2)
    assert row["created_at"] == "2026-01-02T03:04:05.001Z"
    for format in ("parquet", "duckdb"):
        assert (await collected(tmp_path / f"posts.{format}", posts=2))[1]["created_at"] == at


async def test_pandas_reads_parquet(tmp_path: Path) -> None:
    await collected(tmp_path / "posts.parquet")
    frame = module("pandas").read_parquet(tmp_path / "posts.parquet")
    assert len(frame) == 250
    assert str(frame["created_at"].dtype).startswith("datetime64[us, UTC")
    assert frame["public_metrics_like_count"].max() == 2**63 - 1
    assert frame["text"][1] == post(1)["text"]
    assert frame.groupby("author_username").size().sum() == 250


@pytest.mark.parametrize("format", FORMATS)
async def test_nothing_found_is_a_file_with_columns_and_no_rows(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"posts.{format}"
    assert await collected(path, posts=0) == []
    if format == "parquet":
        frame = module("pandas").read_parquet(path)
        assert {"id", "text", "author_username", "extra"} <= set(frame.columns)


@pytest.mark.parametrize("format", FORMATS)
async def test_other_things_than_posts_have_columns_of_their_own(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"users.{format}"
    async with Archive(30).client() as client:
        summary = await collect(client.users.get_followers("7"), path, limit=25)
    found = rows(path, "users")
    assert (len(found), summary.items) == (25, 25)
    assert found[0]["id"] == post(0)["id"]
    assert "author" not in found[0]


async def test_counts_have_no_id_and_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "counts.db"
    async with Archive(30).client() as client:
        await collect(client.posts.get_counts_recent("cats"), path)
    found = rows(path, "post_counts")
    assert len(found) == 30
    assert set(found[0]) == {"end", "start", "post_count", "extra"}


async def test_a_sink_has_settings(tmp_path: Path) -> None:
    sinks: list[Sink] = [
        SQLite(tmp_path / "some.file", table='my "own"'), DuckDB(tmp_path / "other", table="mine"),
        Parquet(tmp_path / "third", compression="gzip"), JSONL(tmp_path / "fourth"),
    ]  # fmt: skip
    async with Archive(30).client() as client:
        for sink in sinks:
            assert (await collect(client.posts.search_recent("cats"), sink)).items == 30
    assert repr(sinks[0]) == f"SQLite('{tmp_path}/some.file')"
    assert len(rows((tmp_path / "fourth").rename(tmp_path / "a.jsonl"))) == 30
    assert len(rows((tmp_path / "some.file").rename(tmp_path / "a.db"), '"my ""own"""')) == 30
    assert len(rows((tmp_path / "other").rename(tmp_path / "a.duckdb"), "mine")) == 30


async def test_a_table_that_lacks_a_column_gets_it(tmp_path: Path) -> None:
    for format in ("db", "duckdb"):
        path = tmp_path / f"posts.{format}"
        await collected(path, posts=20, limit=10)
        reader = module("sqlite3" if format == "db" else "duckdb")
        db = reader.connect(str(path))
        db.execute("ALTER TABLE posts DROP COLUMN lang")
        db.commit()
        db.close()
        found = await collected(path, posts=20)
        assert len(found) == 20
        assert "lang" in found[0]


async def test_structs_pages_linked_posts_and_lookups_are_sources_too(tmp_path: Path) -> None:
    async with Archive(30).client() as client:
        search = client.posts.search_recent
        sources: list[AsyncIterator[Any]] = [search("c").items(), search("c").linked(), search("c").pages()]
        for number, source in enumerate(sources):
            path = tmp_path / f"{number}.db"
            assert (await collect(source, path)).items == 30
            assert (rows(path)[3]["author_username"] is None) == (number == 0)  # a struct alone has no includes
    async with Archive(30).client() as client:
        summary = await collect(client.posts.lookup([post(number)["id"] for number in range(10)]), tmp_path / "l.jsonl")
        assert summary.cost == client.costs.total > Decimal("0.04")  # of the look-up's one answer
    assert summary.items == 10
    assert rows(tmp_path / "l.jsonl")[3]["author"]


async def test_dictionaries_are_lines_as_they_are(tmp_path: Path) -> None:
    async def source() -> AsyncIterator[dict[str, Any]]:
        yield {"a": 1}
        yield {"a": [2]}

    await collect(source(), tmp_path / "x.jsonl")
    assert rows(tmp_path / "x.jsonl") == [{"a": 1}, {"a": [2]}]


@pytest.mark.parametrize("name", ["posts.csv", "posts", ".jsonl", "posts.json", "posts.parquet.gz"])
async def test_a_suffix_that_says_nothing_is_told_with_those_that_do(tmp_path: Path, name: str) -> None:
    x = Archive(1)
    async with x.client() as client:
        with pytest.raises(InvalidArgument, match=r"ends in none of \.jsonl, .*\.parquet, \.duckdb"):
            await collect(client.posts.search_recent("cats"), tmp_path / name)
    assert x.queries == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("format", "library", "extra"),
    [("parquet", "pyarrow", "parquet"), ("duckdb", "duckdb", "duckdb"), ("duckdb", "pyarrow", "duckdb")],
)
async def test_a_missing_extra_is_told_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str, library: str, extra: str
) -> None:
    for name in (library, f"{library}.parquet"):
        monkeypatch.setitem(module("sys").modules, name, None)
    x = Archive(1)
    async with x.client() as client:
        with pytest.raises(InvalidArgument, match=rf'{library}: pip install "xdk-async\[{extra}\]"'):
            await collect(client.posts.search_recent("cats"), tmp_path / f"posts.{format}")
    assert x.queries == []


@pytest.mark.parametrize(
    "settings",
    [{"limit": -1}, {"limit": "5"}, {"batch": 0}, {"every": 0}, {"every": float("nan")}, {"mode": "append!"}],
)
async def test_settings_that_mean_nothing_are_refused(tmp_path: Path, settings: dict[str, Any]) -> None:
    async with Archive(1).client() as client:
        with pytest.raises(InvalidArgument, match=r"collect[(:]"):
            await collect(client.posts.search_recent("cats"), tmp_path / "x.jsonl", **settings)


async def test_what_cannot_be_gone_through_is_refused(tmp_path: Path) -> None:
    async with Archive(1).client() as client:
        page: Any = await client.posts.search_recent("cats")
        single: Any = client.users.get_me()
        with pytest.raises(InvalidArgument, match="that call has no pages, so `await` it"):
            await collect(single, tmp_path / "x.jsonl")
        with pytest.raises(InvalidArgument, match="leave the `await` out"):
            await collect(page, tmp_path / "x.jsonl")
        numbers: Any = [1, 2]
        with pytest.raises(InvalidArgument, match="not list"):
            await collect(numbers, tmp_path / "x.jsonl")

        async def wrong() -> AsyncIterator[int]:
            yield 7

        with pytest.raises(InvalidArgument, match="not int"):
            await collect(wrong(), tmp_path / "x.jsonl")


def test_every_kind_of_items_has_a_table() -> None:
    from xdk_async.sink.column import Table, table_of
    from xdk_async.sink.link import linked_shape

    for model in (models.Post, models.User, models.DmEvent, models.Space, models.Rule, models.PostComplianceData):
        names = [column.name for column in table_of(model, True).columns]
        assert len(names) == len({name.casefold() for name in names})  # SQL does not tell cases apart
        assert names[-1] == "extra"
    assert Table("posts", linked_shape(models.Post)).key == "id"
