"""What a shell completes."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run
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
