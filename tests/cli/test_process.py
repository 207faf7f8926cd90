"""The command as a process: pipes, signals, missing packages, terminals."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, Spawn, ended
from xdk_async.testing import LocalX


def test_a_terminal_shows_a_table(spawn: Spawn) -> None:
    process = spawn("search", "python", "-n", "3")
    process.expect("author")
    process.expect("likes")
    assert ended(process) == 0


def test_ctrl_c_ends_a_stream_and_closes_its_connection(spawn: Spawn, signed: LocalX) -> None:
    process = spawn("stream", "--rule", "zebra", "--limit", "9")
    process.expect("Connected")
    signed.post("A zebra", author="sandbox")
    process.expect("sandbox  A zebra")
    process.sendintr()
    process.expect("Interrupted")
    assert ended(process) == 130
    deadline = time.monotonic() + 5
    while signed.hub.connections and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not signed.hub.connections
    assert not signed.store.rules, "the rule was there as long as the command"


def test_sigterm_ends_a_stream_as_well(environment: dict[str, str], signed: LocalX) -> None:
    with subprocess.Popen(
        [*COMMAND, "stream", "--sample"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert "Connected" in process.stderr.readline()
        signed.post("One", author="sandbox")
        assert '"text":"One"' in process.stdout.readline(), "each line is there at once"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 143


def test_a_reader_that_goes_away_ends_it_quietly(environment: dict[str, str]) -> None:
    line = f"{shlex.join(COMMAND)} request /2/tweets/search/recent -p query=python -p max_results=10 --paginate | head -n 1"
    script = f"set -o pipefail; {line}"
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (141, "")
    assert len(done.stdout.rstrip("\n").split("\n")) == 1


def test_a_full_disk_is_said(environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{shlex.join(COMMAND)} search python > /dev/full"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "xdk-async: [Errno 28] No space left on device\n")


def test_a_post_with_a_link_is_asked_about(spawn: Spawn, signed: LocalX) -> None:
    process = spawn("post", "see https://example.com")
    process.expect(r"\$0.20")
    process.sendline("n")
    process.expect("nothing was sent")
    assert ended(process) == 1
    signed.assert_not_called("posts.create")
    process = spawn("post", "see https://example.com")
    process.expect(r"\[y/N\]")
    process.sendline("y")
    process.expect("https://x.com/i/status/")
    assert ended(process) == 0


def test_a_pin_is_typed_and_ctrl_c_gives_up(spawn: Spawn, signed: LocalX) -> None:
    process = spawn("login", "--pin", "--headless", "--api-key", signed.api_key)
    process.expect("API secret")
    process.sendline(signed.api_secret)
    process.expect(r"(http\S+)\r?\n")
    process.expect("PIN: ")
    process.sendintr()
    process.expect("Interrupted")
    assert ended(process) == 130
    assert "SECRET" not in process.before if isinstance(process.before, str) else True


def test_the_address_is_pasted_into_a_terminal(spawn: Spawn, signed: LocalX, environment: dict[str, str]) -> None:
    from tests.cli.test_sign_in import Person

    for name in ("X_ACCESS_TOKEN", "X_BEARER_TOKEN"):
        del environment[name]
    process = spawn("login", "--headless", "--client-id", signed.client_id, "--as", "me")
    process.expect(r"(http://[^\s]+code_challenge_method=S256)")
    assert isinstance(process.match, re.Match)
    person = Person(signed.me.id)
    person.read(process.match[1])
    process.expect(r"in it\): ")
    process.sendline(person.came_to)
    process.expect("Signed in as @sandbox; the account is called me")
    assert ended(process) == 0
    process = spawn("whoami")
    process.expect("sandbox")
    assert ended(process) == 0


@pytest.mark.parametrize("name", ["click", "yaml"])
def test_without_a_package_of_the_extra_it_says_what_to_install(name: str) -> None:
    code = f"import sys; sys.modules[{name!r}] = None; from xdk_async.cli import main; sys.exit(main(['accounts']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f'The command line needs {name}: pip install "xdk-async[cli]"\n'


def test_debug_shows_where_an_error_comes_from(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*COMMAND, "--debug", "request", "/2/not/there"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "Traceback" in done.stderr
    assert "SECRET-" not in done.stderr


def test_the_sandbox_serves_a_command_without_credentials(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("X_")}
    clean |= {"HOME": str(tmp_path), "NO_PROXY": "*"}
    done = subprocess.run(
        [*COMMAND, "--sandbox", "search", "python", "-n", "2"], env=clean, capture_output=True, text=True, check=False
    )
    assert (done.returncode, len(done.stdout.rstrip("\n").split("\n"))) == (0, 2), done.stderr
