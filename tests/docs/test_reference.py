"""The reference and its index are complete, and what pages name is there."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
import yaml

from docs_build import llms, reference
from docs_build.operation import all_operations, price, row
from tests.docs.sample import ROOT
from xdk_async import AsyncClient

NAV = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2].join(["nav:", ""]))["nav"]


def public(of: object) -> list[str]:
    return [name for name in dir(of) if not name.startswith("_")]


def test_every_operation_has_a_row_that_says_all_there_is_to_know() -> None:
    page = reference.operations()
    rows = [line for line in page.splitlines() if line.startswith("| [`")]
    assert len(rows) == len(all_operations()) == 178
    for operation in all_operations():
        assert row(operation) in page
        request = re.escape(f"<br>[{operation.method} {operation.path}]")
        assert re.search(rf"{request}\(https://docs\.x\.com/x-api/[\w-]+/[\w-]+\) \|", row(operation)), operation.name


def test_a_row_reads_well() -> None:
    [search] = [each for each in all_operations() if each.name == "posts.search_recent"]
    cells = [cell.strip() for cell in row(search).strip().strip("|").split("|")]
    assert cells[:3] == [
        "[`posts.search_recent`](posts.md#xdk_async.groups.PostsClient.search_recent)"
        "<br>[GET /2/tweets/search/recent](https://docs.x.com/x-api/posts/search-recent-posts)",
        "app, user",
        "`tweet.read` `users.read`",
    ]
    assert cells[3] == "$0.005 each Post"
    assert cells[4] == "user: 300/15 min; app: 450/15 min"


def test_prices_are_told_as_they_are_charged() -> None:
    told = {each.name: price(each) for each in all_operations()}
    assert told["posts.create"] == "$0.015, $0.20 with a URL, $0.01 for a reply"
    assert told["users.get_bookmarks"] == "$0.005 each Post ($0.001 owned)"
    assert (told["users.follow_user"], told["usage.get"]) == ("$0.015", "")


def test_the_navigation_names_each_page_once() -> None:
    written = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    named = [place for _, _, place in llms.walk(NAV) if place]
    assert sorted(named) == sorted(written | set(reference.pages()))


def test_the_index_for_machines_says_something_of_each_page() -> None:
    texts = {str(path.relative_to(ROOT / "docs")): path.read_text() for path in (ROOT / "docs").rglob("*.md")}
    texts |= reference.pages()
    index = llms.index(NAV, texts, "https://example.org/")
    for _, title, place in llms.walk(NAV):
        if place:
            [line] = re.findall(
                rf"^- \[{re.escape(title)}\]\(https://example.org/{re.escape(place)}\): (.*)$", index, re.MULTILINE
            )
            assert len(line) > 8, place
    assert llms.full(NAV, texts).count("\n# ") > 20


def methods_of_client() -> set[str]:
    client = AsyncClient(bearer_token="SECRET-token")
    groups: list[str] = [name for name in public(client) if hasattr(getattr(client, name), "_sender")]
    return {f"{group}.{name}" for group in groups for name in public(getattr(client, group))}


def named_on(page: str) -> set[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    groups = "posts|users|lists|spaces|direct_messages|compliance|media|stream"
    others = "jsonl|parquet|duckdb|db|write"  # files, and scopes of OAuth 2.0
    return set(re.findall(rf"`(?:client\.)?((?:{groups})\.(?!{others})\w+)", text))


def test_all_of_tweepys_methods_have_an_equivalent_that_is_there() -> None:
    text = (ROOT / "docs" / "moving-from-tweepy.md").read_text(encoding="utf-8")
    tweepy: Any = importlib.import_module("tweepy.asynchronous")
    theirs = [name for name in public(tweepy.AsyncClient) if callable(getattr(tweepy.AsyncClient, name))]
    assert len(theirs) > 60
    assert [name for name in theirs if f"| `{name}` |" not in text] == []
    client = AsyncClient(bearer_token="SECRET-token")
    for name in {*theirs} - {"request"}:
        with pytest.raises(AttributeError, match=rf"^there is no client\.{name}: it is client\.\w+\.\w+\("):
            getattr(client, name)


def test_the_calls_that_pages_name_are_there() -> None:
    known: Any = methods_of_client()
    for page in (ROOT / "docs").glob("*.md"):
        assert named_on(str(page.relative_to(ROOT))) - known == set(), page.name
