"""What a shell completes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_credential import app, keep, user
from xdk_async.cli import main


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(run: Run, shell: str) -> None:
    done = run("completion", shell)
    assert done.code == 0
    assert "_XDK_ASYNC_COMPLETE" in done.out


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("xdk-async sea", ["search"]),
        ("xdk-async request GET /2/usage", ["/2/usage/tweets"]),
        ("xdk-async request P", ["POST", "PUT", "PATCH"]),
        ("xdk-async search --fields id,author.usern", ["id,author.username"]),
        ("xdk-async search --sand", ["--sandbox"]),
    ],
)
def test_a_shell_completes(
    words: str, completions: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "_XDK_ASYNC_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main([])
    assert [line.partition(",")[2] for line in capsys.readouterr().out.splitlines()] == completions


def test_accounts_complete_too(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    keep(home, user("ada"), user("alan"), app("work"))
    words = {"XDK_ASYNC_STORE": str(home / "tokens.sqlite"), "COMP_WORDS": "xdk-async whoami --as a", "COMP_CWORD": "3"}
    for name, value in {"_XDK_ASYNC_COMPLETE": "bash_complete", **words}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main([])
    assert capsys.readouterr().out.split() == ["plain,ada", "plain,alan"]
