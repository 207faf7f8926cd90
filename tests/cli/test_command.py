"""The command itself, and the sandbox, which works without the rest."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from xdk_async.cli import main


def test_the_command_is_installed() -> None:
    [script] = entry_points(group="console_scripts", name="xdk-async")
    assert script.load() is main


def test_without_a_known_command_it_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "sandbox" in capsys.readouterr().out
    assert main([]) == 2
    assert "sandbox" in capsys.readouterr().err
    assert main(["sandbx"]) == 2
    assert "no command 'sandbx'" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules.update({name: None for name in ('uvicorn', 'starlette', 'oauthlib')});"
        "from xdk_async.cli import main; sys.exit(main(['sandbox']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'pip install "xdk-async[sandbox]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--state", "/no/such/directory/x.db"], "cannot be opened"),
        (["--fixtures", "/no/such/file.json"], "No such file"),
        (["--port", "1", "--host", "203.0.113.1"], "Cannot listen on 203.0.113.1:1"),
    ],
)
def test_what_cannot_work_is_said_without_a_traceback(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sandbox", *options]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "65536"], "65536 is not 0 to 65535"),
        (["--traffic", "-1"], "-1 is not 0 or more"),
        (["--credits", "nan"], "nan is not 0 or more"),
        (["--post-cap", "many"], "invalid number value: 'many'"),
    ],
)
def test_numbers_that_cannot_be_are_refused(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sandbox", *options])
    assert said in capsys.readouterr().err
