"""The examples run as they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import xdk_async
from tests.redis_server import RedisServer

ROOT = Path(__file__).parents[1]


def output(name: str, *arguments: str, **variables: str) -> str:
    """What an example prints, which must be without a warning."""
    package = Path(xdk_async.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(package), "PYTHONIOENCODING": "utf-8", **variables}
    command = [sys.executable, "-W", "error", str(ROOT / "examples" / name), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return done.stdout.decode()


def test_xs_page_on_authentication_runs_block_by_block() -> None:
    printed = output("authentication.py")
    bearer, oauth2, with_a_token, complete, wrong = printed.split("\n== ")[1:]
    assert "python" in bearer.lower().partition("(app-only).")[2]
    assert "Visit this URL to authorize: http://127.0.0.1:" in oauth2
    assert "/i/oauth2/authorize?response_type=code&client_id=YOUR_CLIENT_ID&redirect_uri=YOUR_CALLBACK_URL" in oauth2
    for what in ("access token as bearer_token", "whole token", "renewed token"):
        assert f"Signed in with the {what}: @sandbox" in oauth2
    assert "The refresh token was replaced: True" in oauth2
    assert "username='sandbox'" in with_a_token
    assert "/oauth/authorize?oauth_token=" in complete
    assert "of @sandbox" in complete
    assert "AuthenticationError: 401 GET /2/tweets/search/recent" in wrong
    assert printed.endswith("Every block of the page ran.\n")
    for secret in ("YOUR_API_SECRET", "YOUR_ACCESS_TOKEN_SECRET", "XXXXX"):
        assert secret not in printed


def test_the_bots_own_tests_pass_and_are_short(tmp_path: Path) -> None:
    test = ROOT / "examples" / "greeting_bot" / "test_bot.py"
    assert len(test.read_text(encoding="utf-8").splitlines()) < 40
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        f"--rootdir={test.parent}",
    ]
    settings = [
        "-o",
        "asyncio_mode=strict",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
        "-o",
        "filterwarnings=error",
    ]
    done = subprocess.run([*command, *settings, str(test)], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_an_event_arrives_at_the_webhook_of_the_example() -> None:
    printed = output("webhook.py").splitlines()
    assert printed[0] == "Registered, challenged and subscribed: webhook is valid"
    assert printed[1] == "@sandbox posted: Hello, webhook"
    assert printed[2].endswith(" was liked")
    assert printed[3] == "Closed: nothing is left over, 0 held"


def test_four_workers_of_a_queue_use_up_all_limits_and_are_not_refused_once(tmp_path: Path) -> None:
    redis = RedisServer()
    redis.start(tmp_path)
    try:
        printed = output("many_workers/run.py", REDIS_URL=redis.address).splitlines()
    finally:
        redis.kill()
    assert printed[0] == "120 tasks: 100 answered, 20 to be done when a window opens"
    assert printed[1] == "  60 × 200 /2/tweets/search/recent"
    assert [line.partition(" /2/users/")[0] for line in printed[2:]] == ["  20 × 200"] * 2
