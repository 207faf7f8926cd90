"""The fixtures, as users' tests have them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from xdk_async import AsyncClient
from xdk_async.errors import Disconnected, RateLimited, ServerError
from xdk_async.sandbox.fixture import FixtureError
from xdk_async.sandbox.record import Post, User
from xdk_async.testing import LocalX


async def test_a_client_of_a_sandbox_without_a_socket(x_sandbox: LocalX, x_client: AsyncClient) -> None:
    made = await x_client.posts.create(text="Hello")
    assert made.data
    assert x_sandbox.store.posts[str(made.data.id)].text == "Hello"
    [call] = x_sandbox.assert_called("posts.create", times=1, json={"text": "Hello"}, status=201)
    assert call.user_id == x_sandbox.me.id
    me = await x_client.users.get_me()
    assert me.data
    assert me.data.username == "sandbox"


async def test_people_and_posts_on_demand(
    x_client: AsyncClient, x_user: Callable[..., User], x_post: Callable[..., Post]
) -> None:
    ada = x_user("ada", name="Ada L.", verified_type="blue")
    first = x_post("Notes on #engines by @ada", author=ada)
    reply = x_post("Quite so", reply_to=first, likes=["ada"])
    found = await x_client.users.get_by_username("ada")
    assert found.data
    assert (found.data.id, found.data.name) == (ada.id, "Ada L.")
    page = await x_client.posts.search_recent("#engines", expansions=["author_id"])
    assert [post.id for post in page.data] == [first.id]
    thread = await x_client.posts.search_recent(f"conversation_id:{first.id}", post_fields=["public_metrics"])
    assert [post.id for post in thread.data] == [reply.id, first.id]
    assert thread.data[0].public_metrics
    assert thread.data[0].public_metrics.like_count == 1


def test_what_cannot_be_made_is_said(x_sandbox: LocalX) -> None:
    x_sandbox.user("ada")
    for make, said in (
        (lambda: x_sandbox.user("ADA"), "@ADA is taken"),
        (lambda: x_sandbox.user(shoe_size=44), "a user has no shoe_size; it has affiliation_id"),
        (lambda: x_sandbox.user(protected="yes"), "Expected `bool`, got `str`"),
        (lambda: x_sandbox.post(author="bob"), "nobody here is called 'bob'"),
        (lambda: x_sandbox.post(reply_to="1"), "there is no post [1]"),
    ):
        with pytest.raises(FixtureError) as error:
            make()
        assert said in str(error.value)


@pytest.mark.x_sandbox(seed=None, limits={"posts.search_recent": 1})
async def test_a_marker_has_the_settings(x_sandbox: LocalX, x_client: AsyncClient) -> None:
    assert [*x_sandbox.store.users] == [x_sandbox.me.id]
    assert (await x_client.posts.search_recent("python")).data == []
    with pytest.raises(RateLimited):
        await x_client.with_options(on_limit="raise").posts.search_recent("python")


@pytest.mark.x_sandbox(limits={"posts.search_recent": 1})
async def test_while_time_stands_still_waiting_takes_none(x_sandbox: LocalX, x_client: AsyncClient) -> None:
    x_sandbox.clock.freeze()
    patient = x_client.with_options(max_wait=1000)
    before = x_sandbox.clock.now()
    for _ in range(3):
        await patient.posts.search_recent("python")
    assert 1799 <= x_sandbox.clock.now() - before <= 1804  # X tells whole seconds, and a client waits one more
    assert [call.status for call in x_sandbox.calls("posts.search_recent")] == [200, 200, 200], "none was refused"


async def test_faults_need_no_socket(x_sandbox: LocalX, x_client: AsyncClient) -> None:
    once = x_client.with_options(retries=0)
    for fault, error in (("reset", Disconnected), ("truncate", Disconnected)):
        with x_sandbox.faults.add_rule({"fault": fault}), pytest.raises(error):
            await once.users.get_me()
    with x_sandbox.faults.add("status", problem="over-capacity"), pytest.raises(ServerError):
        await once.users.get_me()
    x_sandbox.clock.freeze()
    x_sandbox.faults.add("reset", times=2)
    assert (await x_client.users.get_me()).data, "a call that is repeated"
    assert [call.faults for call in x_sandbox.calls("users.get_me")][-3:] == [("reset",), ("reset",), ()]


@pytest.mark.x_sandbox(seed=None)
async def test_streams_need_no_socket(x_sandbox: LocalX, x_client: AsyncClient) -> None:
    await x_client.stream.update_rules(add=[{"value": "python"}])
    async with x_client.stream.posts() as posts:
        made = [x_sandbox.post(f"python {number}").id for number in range(3)]
        got: list[str | None] = []
        async for event in posts:
            got.append(event.data.id)
            if len(got) == 3:
                break
    assert got == made
    for _ in range(50):
        await asyncio.sleep(0.001)
    assert not x_sandbox.hub.connections


def test_a_socket_for_those_who_need_one(x_sandbox: LocalX, x_url: str) -> None:
    """A test without a loop, and a client that is not ours."""
    post = x_sandbox.post("from the test")
    with httpx.Client(base_url=x_url, trust_env=False) as client:
        headers = {"authorization": f"Bearer {x_sandbox.app_token}"}
        assert client.get(f"/2/tweets/{post.id}", headers=headers).json()["data"]["text"] == "from the test"
        with client.stream("GET", "/2/tweets/sample/stream", headers=headers) as stream:
            x_sandbox.post("live")
            assert "live" in next(stream.iter_text())
    x_sandbox.assert_called("posts.get_by_id", times=1)
    assert x_sandbox.url == x_url


def test_failures_say_what_was_called_instead(x_sandbox: LocalX, x_url: str) -> None:
    with pytest.raises(AssertionError, match="Nothing was called at all"):
        x_sandbox.assert_called("posts.create")
    headers = {"authorization": f"Bearer {x_sandbox.user_token}"}
    httpx.post(f"{x_url}/2/tweets", json={"text": "Hallo"}, headers=headers)
    with pytest.raises(AssertionError) as error:
        x_sandbox.assert_called("posts.create", json={"text": "Hello"})
    said = str(error.value)
    assert said.startswith("posts.create was called never as described, and should have been at least once.")
    assert """POST /2/tweets {"text":"Hallo"} → 201: json['text'] is 'Hallo', not 'Hello'""" in said
    with pytest.raises(AssertionError, match="called once as described, and should have been 2 times"):
        x_sandbox.assert_called("posts.create", times=2)
    with pytest.raises(AssertionError, match="was called and should not have been:\n  POST /2/tweets"):
        x_sandbox.assert_not_called("posts.*")
    x_sandbox.assert_not_called("users.*")
    with pytest.raises(ValueError, match="did you mean 'posts.create'"):
        x_sandbox.assert_not_called("posts.creat")


def test_loading_the_plugin_imports_nothing_heavy() -> None:
    code = "import sys, xdk_async.pytest_plugin; print([m for m in ('httpx', 'aiohttp', 'starlette', 'uvicorn', 'msgspec', 'respx') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


LOOP = ["-o", "asyncio_default_fixture_loop_scope=function"]
USERS_TEST = """
import pytest

{mark}
async def test_it(x_sandbox, x_client):
    await x_client.posts.create(text="Hello")
    x_sandbox.assert_called("posts.create", times=1)
    x_sandbox.faults.add("close", operation="stream.posts_sample", after=1)
    async with x_client.stream.posts_sample() as posts:
        x_sandbox.post("live")
        assert (await anext(aiter(posts))).data.text == "live"


def test_plain(x_sandbox, x_post):
    assert x_post("Hello").id in x_sandbox.store.posts
"""


@pytest.mark.parametrize(
    ("mark", "options"),
    [
        ("@pytest.mark.asyncio", ["-p", "no:anyio", "-o", "asyncio_mode=strict", *LOOP]),
        ("", ["-p", "no:anyio", "-o", "asyncio_mode=auto", *LOOP]),
        ("@pytest.mark.anyio", ["-p", "no:asyncio"]),
    ],
    ids=["asyncio strict", "asyncio auto", "anyio"],
)
def test_users_suites_work_whatever_runs_their_coroutines(tmp_path: Path, mark: str, options: list[str]) -> None:
    anyio = "@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n\n"
    head, _, rest = USERS_TEST.format(mark=mark).partition("import pytest\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")  # not the settings of a directory above, wherever TMPDIR is
    (tmp_path / "test_users.py").write_text(f"{head}import pytest\n\n{anyio}{rest}")
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "pytest",
        "-q",
        "--strict-markers",
        "-p",
        "no:cacheprovider",
        *options,
    ]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
