"""Any operation by method and path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from xdk_async._core.unlisted import matching
from xdk_async.api.operations import OPERATIONS
from xdk_async.testing import LocalX


def test_get_is_the_default_and_a_body_makes_it_a_post(run: Run, signed: LocalX, tmp_path: Path) -> None:
    assert run("request", "/2/users/me").items[0]["data"]["username"] == "sandbox"
    assert run("request", "/2/tweets", "-d", '{"text": "one"}').code == 0
    (tmp_path / "post.json").write_text('{"text": "two"}')
    assert run("request", "POST", "/2/tweets", "-d", f"@{tmp_path / 'post.json'}").items[0]["data"]["text"] == "two"
    assert run("request", "-X", "delete", f"/2/tweets/{next(iter(signed.store.newest_first())).id}").code == 0


def test_parameters_stand_in_the_path_or_beside_it_and_headers_go_along(run: Run, signed: LocalX) -> None:
    done = run(
        "request", "get", "/2/tweets/search/recent?query=python", "-p", "max_results=10", "-p", "tweet.fields=lang,id",
        "-H", "Authorization: Bearer wrong", "-H", "X-Client: mine", "-i",
    )  # fmt: skip
    [call] = signed.calls("posts.search_recent")
    assert call.query == {"query": "python", "max_results": "10", "tweet.fields": "lang,id"}
    assert call.status == 200, "a header of that name gives way to the credential"
    assert done.err.startswith("HTTP 200\n")
    assert "x-rate-limit-remaining: " in done.err


def test_a_body_that_cannot_be_read_is_not_sent(run: Run, signed: LocalX, tmp_path: Path) -> None:
    done = run("request", "POST", "/2/tweets", "-d", f"@{tmp_path / 'none.json'}")
    assert (done.code, "could not be read" in done.err, "none.json" in done.err) == (2, True, True)
    signed.assert_not_called("*")


def test_pages_are_followed_to_the_end(run: Run, signed: LocalX) -> None:
    done = run("request", "/2/tweets/search/recent", "-p", "query=python", "-p", "max_results=100", "--paginate")
    sizes = [len(each["data"]) for each in done.items]
    assert len(sizes) > 1
    assert sum(sizes) > 100


def test_the_table_says_which_credential_an_operation_takes(run: Run, signed: LocalX) -> None:
    run("request", "/2/users/me")
    run("request", "/2/tweets/search/stream/rules")
    run("request", "/2/tweets/search/recent?query=python", "--auth", "user")
    run("request", "/2/tweets/search/recent?query=python")
    assert [each.user_id is not None for each in signed.requests] == [True, False, True, False]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_is_found_by_its_path(name: str) -> None:
    operation = OPERATIONS[name]
    path = operation.path
    while "{" in path:
        before, _, rest = path.partition("{")
        path = f"{before}12{rest.partition('}')[2]}"
    assert matching(operation.method.lower(), path) is operation


def test_a_path_that_no_table_knows_is_sent_as_it_is(run: Run, signed: LocalX) -> None:
    done = run("request", "/2/not/there")
    assert done.code == 4
    assert done.err.startswith("xdk-async: 404 GET /2/not/there")
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["2/users/me"], "must begin with a slash"),
        (["GET"], "must begin with a slash"),
        (["GET", "/a", "/b"], "one path"),
        (["GET", "/2/x", "-X", "DELETE"], "two methods"),
        (["https://evil.example/2/users/me"], "is not X's"),
        (["/2/tweets", "-d", "{"], "no JSON"),
        (["/2/tweets", "-p", "x"], "-p takes NAME=VALUE"),
        (["/2/tweets", "-H", ":x"], "-H takes NAME:VALUE"),
    ],
)
def test_what_cannot_be_sent_is_refused(run: Run, signed: LocalX, arguments: list[str], said: str) -> None:
    done = run("request", *arguments)
    assert done.code == 2
    assert said in done.err
    signed.assert_not_called("*")


def test_a_whole_address_of_x_is_taken_and_goes_to_where_the_base_url_says(run: Run, signed: LocalX) -> None:
    done = run("request", "https://api.x.com/2/users/me?user.fields=created_at")
    assert json.loads(done.out)["data"]["created_at"]
