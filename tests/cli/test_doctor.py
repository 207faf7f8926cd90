"""What is configured, what it can call, whether X is there; and how commands end when something is wrong."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run
from tests.loopback import free_port
from xdk_async import errors
from xdk_async.api.operations import OPERATIONS
from xdk_async.cli.failure import CommandFailed, ExitCode, explained
from xdk_async.sandbox.fault.rule import Problem
from xdk_async.testing import LocalX


def states(run: Run, *arguments: str) -> tuple[int, dict[str, str], dict[str, str]]:
    done = run("doctor", *arguments)
    return (
        done.code,
        {each["check"]: each["state"] for each in done.items},
        {each["check"]: each["what"] for each in done.items},
    )


def test_all_is_well(run: Run, signed: LocalX) -> None:
    code, found, what = states(run)
    assert (code, set(found.values()) - {"note"}) == (0, {"ok"})
    assert what["user at X"] == "@sandbox"
    assert what["operations"].startswith(f"{len(OPERATIONS)} of {len(OPERATIONS)}")
    assert "clocks differ by" in what["X"]


def test_operations_are_told_apart_by_what_the_credentials_can_do(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X_BASE_URL", x.url)
    monkeypatch.setenv("X_BEARER_TOKEN", x.app_token)
    items = run("doctor", "--operations").items
    assert len(items) == len(OPERATIONS)
    callable_ones = {each["operation"] for each in items if each["callable"]}
    assert {"posts.search_recent", "stream.posts", "general.get_open_api_spec"} <= callable_ones
    needs = {each["operation"]: each.get("needs") for each in items}
    assert needs["posts.create"] == "a user (OAuth 2.0) or a user (OAuth 1.0a)"
    assert needs["stream.posts"] is None


def test_scopes_that_lack_are_named(run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.cli.test_sign_in import sign_in

    sign_in(run, x, monkeypatch, x.me.id, "--scope", "tweet.read users.read offline.access")
    needs = {each["operation"]: each.get("needs") for each in run("doctor", "--operations").items}
    assert needs["posts.create"] == "scopes tweet.write"
    assert needs["users.get_me"] is None
    code, _, what = states(run)
    assert code == 0
    assert "renews itself; scopes: tweet.read users.read offline.access" in what["user"]


def test_credentials_that_x_refuses_are_broken(run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_BASE_URL", x.url)
    monkeypatch.setenv("X_ACCESS_TOKEN", "SECRET-wrong")
    code, found, _ = states(run)
    assert (code, found["user at X"], found["X"]) == (3, "broken", "ok")


def test_nothing_configured_is_broken_too(run: Run) -> None:
    code, found, _ = states(run, "--offline")
    assert (code, found["operations"], found["user"]) == (3, "broken", "note")


def test_a_clock_that_is_wrong_is_told(run: Run, signed: LocalX) -> None:
    signed.clock.advance(3600)
    code, found, what = states(run)
    assert (code, found["X"]) == (1, "broken")
    assert "3600 s" in what["X"] or "3599 s" in what["X"] or "3601 s" in what["X"]


def test_an_x_that_is_not_there_is_broken(run: Run, signed: LocalX) -> None:
    code, found, _ = states(run, "--base-url", f"http://127.0.0.1:{free_port()}")
    assert (code, found["X"]) == (6, "broken")


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        ("unauthorized", ExitCode.CREDENTIALS),
        ("forbidden", ExitCode.FAILED),
        ("not-found", ExitCode.NOT_FOUND),
        ("usage-capped", ExitCode.LIMITED),
        ("credits-depleted", ExitCode.LIMITED),
    ],
)
def test_what_x_answers_decides_the_exit_code(run: Run, signed: LocalX, problem: Problem, code: ExitCode) -> None:
    signed.faults.add("status", operation="users.get_me", problem=problem)
    done = run("whoami")
    assert done.code == code
    assert done.out == ""
    assert len(done.err.splitlines()) == 1


def test_an_apps_token_where_a_user_is_wanted_means_signing_in(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X_BASE_URL", x.url)
    monkeypatch.setenv("X_BEARER_TOKEN", x.app_token)
    done = run("whoami")
    assert done.code == 3
    assert "`xdk-async login`" in done.err


def test_a_used_up_window_says_when_it_opens(run: Run, signed: LocalX) -> None:
    signed.faults.add("status", operation="users.get_me", problem="rate-limited", seconds=900)
    done = run("whoami")
    assert done.code == 5
    assert "opens at" in done.err


def test_a_stream_without_rules_says_how_to_get_some(run: Run, signed: LocalX) -> None:
    done = run("stream")
    assert done.code == 1
    assert "xdk-async rules sync FILE" in done.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidArgument("x"), 2),
        (errors.SessionLost("c", "s"), 3),
        (errors.BudgetExceeded("x"), 5),
        (errors.TimedOut("x", sent=True, phase="read"), 6),
        (errors.StreamEnded("x", original_exception=errors.ConnectFailed("y", sent=False)), 6),
        (errors.MediaProcessingFailed("x"), 1),
        (FileNotFoundError(2, "No such file", "a.json"), 1),
        (CommandFailed("x", ExitCode.USAGE), 2),
    ],
)
def test_every_error_has_an_exit_code(error: Exception, code: int) -> None:
    assert explained(error)[0] == code


def test_a_mistake_of_ours_says_how_to_see_it() -> None:
    assert explained(KeyError("name")) == (1, "KeyError: 'name'; this is a mistake in xdk-async: see it with --debug")


def test_the_sandboxes_options_are_told_by_itself(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--json", "sandbox", "--help")
    assert "--traffic" in capsys.readouterr().out
