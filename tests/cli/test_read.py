"""Reading: search, users, timelines, usage, in both forms."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.cli.conftest import Run
from xdk_async.cli.moment import moment
from xdk_async.testing import LocalX


def test_a_search_prints_a_line_for_each_post_with_its_author(run: Run, signed: LocalX) -> None:
    done = run("search", "python", "--limit", "12")
    assert (done.code, len(done.items)) == (0, 12)
    for item in done.items:
        assert signed.store.posts[item["id"]].text == item["text"]
        assert signed.store.users[item["author_id"]].username == item["author"]["username"]
    assert done.err == ""


def test_a_table_has_a_row_for_each_post_and_nothing_that_steers_a_terminal(run: Run, signed: LocalX) -> None:
    signed.post("Look \x1b[2J\x1b]0;title\x07 here: zebra\u202e", author="sandbox")
    done = run("search", "zebra", "--table")
    assert done.code == 0
    assert "author" in done.out
    assert "sandbox" in done.out
    assert not {"\x1b", "\x07", "\u202e"} & set(done.out)


def test_fields_choose_what_is_asked_and_what_is_printed(run: Run, signed: LocalX) -> None:
    done = run("search", "python", "--fields", "id,public_metrics.like_count", "-n", "3")
    assert [sorted(each) for each in done.items] == [["id", "public_metrics"]] * 3
    assert set(done.items[0]["public_metrics"]) == {"like_count"}
    [call] = signed.calls("posts.search_recent")
    assert call.query == {"query": "python", "max_results": "10", "tweet.fields": "public_metrics"}, (
        "no author is billed"
    )


@pytest.mark.parametrize("name", ["referenced_posts", "referenced_tweets"])
def test_fields_take_the_names_of_both_versions(run: Run, signed: LocalX, name: str) -> None:
    assert run("search", "python", "--fields", f"id,{name}", "-n", "1").code == 0
    assert signed.calls("posts.search_recent")[-1].query["tweet.fields"] == "referenced_tweets"


def test_a_field_that_is_not_there_is_named_and_nothing_is_sent(run: Run, signed: LocalX) -> None:
    done = run("search", "python", "--fields", "creatd_at")
    assert done.code == 2
    assert "did you mean 'created_at'" in done.err
    signed.assert_not_called("posts.*")


def test_the_archive_is_searched_between_two_days(run: Run, signed: LocalX) -> None:
    assert run("search", "python", "--archive", "--since", "2024-01-01", "--until", "2024-01-02T12:00:00Z").code == 0
    [call] = signed.calls("posts.search_all")
    assert call.query["start_time"] == "2024-01-01T00:00:00Z"
    assert call.query["end_time"] == "2024-01-02T12:00:00Z"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("2024-01-31", "2024-01-31T00:00:00Z"),
        ("90m", "2030-01-01T10:30:00+00:00"),
        ("2d", "2029-12-30T12:00:00+00:00"),
        ("1w", "2029-12-25T12:00:00+00:00"),
        ("2024-01-31T01:02:03Z", "2024-01-31T01:02:03Z"),
        (None, None),
    ],
)
def test_moments_are_dates_or_how_long_ago(typed: str | None, sent: str | None) -> None:
    assert moment(typed, datetime(2030, 1, 1, 12, tzinfo=UTC)) == sent


def test_a_moment_that_is_none_is_refused(run: Run, signed: LocalX) -> None:
    for typed in ("yesterday", "2024-01-31T01:02:03", "999999w"):
        done = run("search", "python", "--since", typed)
        assert done.code == 2, done.err
        assert "mistake" not in done.err
    signed.assert_not_called("*")


def test_limit_0_means_all(run: Run, signed: LocalX) -> None:
    wanted = sum("python" in each.text.lower() for each in signed.store.posts.values())
    done = run("search", "python", "-n", "0", "--fields", "id")
    assert len(done.items) > 100
    assert len({each["id"] for each in done.items}) == len(done.items) >= wanted * 0.9


def test_what_came_before_an_error_is_printed(run: Run, signed: LocalX) -> None:
    signed.faults.add("status", operation="posts.search_recent", problem="credits-depleted", nth=2)
    done = run("search", "python", "-n", "150")
    assert done.code == 5
    assert len(done.items) == 100
    assert done.err.startswith("xdk-async: 402 GET /2/tweets/search/recent")


def test_one_user_is_shown_with_names_and_values(run: Run, signed: LocalX) -> None:
    done = run("user", "@sandbox", "--table")
    assert done.code == 0
    assert "followers" in done.out
    assert signed.me.id in done.out


def test_users_that_are_not_there_are_named_and_the_others_printed(run: Run, signed: LocalX) -> None:
    done = run("user", "sandbox", "nobody_here", signed.me.id)
    assert done.code == 4
    assert [each["username"] for each in done.items] == ["sandbox", "sandbox"]
    assert done.err == "xdk-async: X shows no user 'nobody_here'\n"


def test_timelines_are_of_a_user_of_mentions_or_ones_own(run: Run, signed: LocalX) -> None:
    assert {each["author_id"] for each in run("timeline", "sandbox").items} == {signed.me.id}
    assert all("@sandbox" in each["text"] for each in run("timeline", "@sandbox", "--mentions").items)
    assert len({each["author_id"] for each in run("timeline", "-n", "30").items}) > 1
    for name in ("users.get_posts", "users.get_mentions", "users.get_timeline"):
        signed.assert_called(name)
    assert run("timeline", "nobody_here").code == 4


def test_usage_tells_cap_and_days(run: Run, signed: LocalX) -> None:
    run("search", "python")
    assert run("usage").items[0]["project_usage"] == "10"
    assert "2000000" in run("usage", "--table").out


def test_whoami_acts_as_the_user(run: Run, signed: LocalX) -> None:
    assert run("whoami").items[0]["username"] == "sandbox"


def test_what_it_cost_is_said_and_a_budget_holds(run: Run, signed: LocalX) -> None:
    done = run("--cost", "search", "python", "--fields", "id")
    assert done.err == "Cost: $0.05 (10 Post).\n"
    done = run("search", "python", "-n", "300", "--fields", "id", "--budget", "0.6")
    assert (done.code, len(done.items)) == (5, 100)
    assert "budget" in done.err
    assert run("search", "python", "--budget", "much").code == 2


@pytest.mark.parametrize(
    ("columns", "shown"), [(40, "author text"), (60, "created author text"), (80, "id created author text")]
)
def test_a_narrow_terminal_has_room_for_the_text(
    run: Run, signed: LocalX, monkeypatch: pytest.MonkeyPatch, columns: int, shown: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    head = run("search", "python", "--limit", "2", "--table").out.split("\n")[1]
    assert head.replace("(UTC)", "").split() == shown.split()
    fields = ("--fields", "id,public_metrics.like_count")
    assert run("search", "python", "--limit", "2", "--table", *fields).out.split()[:2] == ["id", "likes"]


def test_a_table_without_rows_is_told_of(run: Run, signed: LocalX) -> None:
    assert run("search", "zzzznothing", "--table").err == "No posts found.\n"
    assert run("rules", "list", "--table").err == "X has no rules.\n"
    assert run("user", "zzzznothing", "--table").err == "xdk-async: X shows no user 'zzzznothing'\n"
    assert run("search", "zzzznothing").err == ""
    assert "Nobody is signed in: `xdk-async login`." in run("accounts", "--table").err


@pytest.mark.parametrize(
    "given", ["https://x.com/sandbox", "x.com/sandbox/", "https://twitter.com/sandbox?s=20", "@Sandbox"]
)
def test_a_user_is_named_by_handle_or_address(run: Run, signed: LocalX, given: str) -> None:
    assert run("user", given).items[0]["username"] == "sandbox"
    assert run("timeline", given, "--limit", "1").items


@pytest.mark.parametrize("given", ["not a name", "https://example.com/sandbox", "a" * 16])
@pytest.mark.parametrize("command", ["user", "timeline"])
def test_what_is_no_user_is_not_asked_for(run: Run, signed: LocalX, command: str, given: str) -> None:
    done = run(command, given)
    assert (done.code, f"{given!r} is neither a handle nor an id nor the address of a user" in done.err) == (2, True)
    signed.assert_not_called("*")
