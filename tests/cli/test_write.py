"""Writing: posts with files, uploads, rules."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.media.files import png
from xdk_async.cli.write import post_id
from xdk_async.testing import LocalX


def test_a_post_is_published_with_described_files(run: Run, signed: LocalX, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(png())
    files = ["--media", str(tmp_path / "a.png"), "-m", str(tmp_path / "b.png"), "--alt", "A square"]
    done = run("post", "Look", *files, "--reply-settings", "following")
    [item] = done.items
    post = signed.store.posts[item["id"]]
    assert (post.text, len(post.media_keys), post.reply_settings) == ("Look", 2, "following")
    assert item["url"].endswith(item["id"])
    assert [each.json["metadata"]["alt_text"]["text"] for each in signed.calls("media.create_metadata")] == ["A square"]


def test_a_reply_takes_an_id_or_an_address_and_the_text_may_come_from_a_pipe(
    run: Run, signed: LocalX, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("post", "First").items[0]["id"]
    monkeypatch.setattr("sys.stdin", io.StringIO("Second\n"))
    done = run("post", "-", "--reply-to", f"https://x.com/sandbox/status/{first}")
    post = signed.store.posts[done.items[0]["id"]]
    assert (post.text, post.references) == ("Second", (("replied_to", first),))


@pytest.mark.parametrize("text", ["see https://example.com", "see example.com/page"])
def test_a_link_needs_a_yes_because_of_its_price(run: Run, signed: LocalX, text: str) -> None:
    done = run("post", text)
    assert done.code == 2
    assert "$0.20" in done.err
    assert "--yes" in done.err
    signed.assert_not_called("posts.create")
    assert run("post", text, "--yes").code == 0
    assert run("post").code == 2


def test_files_that_x_would_refuse_are_named_before_anything_is_sent(run: Run, signed: LocalX, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    assert run("post", "Look", "-m", str(tmp_path / "nothing.png")).code == 2
    assert run("upload", str(tmp_path / "notes.txt")).code == 2
    assert run("upload", str(tmp_path / "notes.txt"), "--alt", "a", "--alt", "b").code == 2
    signed.assert_not_called("*")


def test_uploads_print_an_id_for_each_file(run: Run, signed: LocalX, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    done = run("upload", str(tmp_path / "a.png"), "--category", "dm_image")
    assert done.code == 0
    assert done.items[0]["id"] in signed.store.uploads
    assert done.items[0]["file"].endswith("a.png")


def test_rules_are_brought_to_what_a_file_says(run: Run, signed: LocalX, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text('news: from:XDevelopers\npython: "#python lang:en"\n')
    dry = run("rules", "sync", str(file), "--dry-run")
    assert [each["change"] for each in dry.items] == ["add", "add"]
    assert run("rules", "list").items == []
    assert "2 added, 0 deleted, 0 kept" in run("rules", "sync", str(file)).err
    assert {each["tag"]: each["value"] for each in run("rules", "list").items} == {
        "news": "from:XDevelopers",
        "python": "#python lang:en",
    }
    file.write_text('{"news": "from:XDevelopers -is:retweet"}')
    done = run("rules", "sync", str(file), "--prune")
    assert sorted(each["change"] for each in done.items) == ["add", "delete", "delete"]
    assert "rule" in run("rules", "list", "--table").out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("- a\n", "must map tags to rules"),
        ("a: [1]\n", "that of 'a' is no text"),
        ("a: 12\n", "put it in quotes"),
        ("a: {", "neither YAML"),
        ("a: cat\nb: dog\na: owl\n", "'a' stands there more than once"),
        ('{"a": "cat", "a": "dog"}', "'a' stands there more than once"),
        ("python: #python lang:en\n", "'python' has no rule; one that begins with # needs quotes"),
    ],
)
def test_a_file_of_rules_that_is_none_is_refused(
    run: Run, signed: LocalX, tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "rules.yaml").write_text(content)
    done = run("rules", "sync", str(tmp_path / "rules.yaml"))
    assert done.code == 2
    assert said in done.err
    signed.assert_not_called("*")


@pytest.mark.parametrize(
    ("given", "id"),
    [
        ("123", "123"), ("https://x.com/sandbox/status/123", "123"), ("x.com/sandbox/status/123?s=20", "123"),
        ("https://mobile.twitter.com/i/web/status/123/photo/1", "123"), (None, None),
    ],
)  # fmt: skip
def test_a_post_is_named_by_its_id_or_any_of_its_addresses(given: str | None, id: str | None) -> None:
    assert post_id(given) == id


@pytest.mark.parametrize("given", ["hello", "https://x.com/sandbox", "https://example.com/a/status/1"])
def test_what_is_no_post_is_not_replied_to(run: Run, signed: LocalX, given: str) -> None:
    done = run("post", "Thanks", "--reply-to", given)
    assert (done.code, f"{given!r} is neither the id of a post nor its address" in done.err) == (2, True)
    signed.assert_not_called("*")


@pytest.mark.parametrize("more", [(), ("--to", "x.jsonl")])
def test_a_sample_goes_by_no_rules(run: Run, signed: LocalX, more: tuple[str, ...]) -> None:
    done = run(*(("collect", "stream") if more else ("stream",)), "--sample", "--rule", "cat", *more)
    assert (done.code, "--sample does not go by rules" in done.err) == (2, True)
    signed.assert_not_called("*")
