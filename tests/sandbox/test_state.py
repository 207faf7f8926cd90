"""State that is kept: snapshots, files, fixtures."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.api import Serve
from xdk_async.sandbox import Sandbox
from xdk_async.sandbox.fixture import FixtureError
from xdk_async.sandbox.state.snapshot import StateError, rest_of

ROOT = Path(__file__).parents[2]


def test_a_snapshot_brings_everything_back() -> None:
    one = Sandbox(seed=3)
    one.sign_in("sandbox", scopes="tweet.read offline.access")
    one.clock.advance(500)
    before = one.snapshot()
    other = Sandbox(seed=4)
    other.restore(before)
    assert other.store == one.store
    assert other.me.id == one.me.id
    assert abs(other.clock.now() - one.clock.now()) < 5
    assert [grant.access_token for grant in other.grants] == [grant.access_token for grant in one.grants]
    assert json.loads(other.snapshot())["store"] == json.loads(before)["store"]


async def test_a_sandbox_goes_on_from_a_snapshot_and_back(served: Serve) -> None:
    async with served(Sandbox()) as x:
        await x.rules("python")
        before = x.sandbox.snapshot()
        id = await x.say("python, but later forgotten")
        x.sandbox.restore(before)
        assert "data" not in await x.json(f"/2/tweets/{id}")
        found = await x.json("/2/tweets/search/recent", query="python", expansions="author_id")
        assert found["includes"]["users"]
        again = await x.say("python, said anew")
        assert "data" in await x.json(f"/2/tweets/{again}")
        assert len(x.store.rules) == 1


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b'{"format":1,"store":{"users":1},"rest":{}}'])
def test_what_is_no_snapshot_changes_nothing(document: bytes) -> None:
    sandbox = Sandbox()
    posts = len(sandbox.store.posts)
    with pytest.raises(StateError, match="no snapshot"):
        sandbox.restore(document)
    assert len(sandbox.store.posts) == posts


def test_a_snapshot_of_another_format_is_refused() -> None:
    sandbox = Sandbox(seed=None)
    with pytest.raises(StateError, match="format 99"):
        sandbox.restore(sandbox.snapshot().replace(b'"format":1', b'"format":99', 1))


async def test_a_file_survives_with_posts_sign_ins_windows_and_time(served: Serve, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with Sandbox(path=path, limits={"posts.get_by_ids": 2}) as sandbox:
        async with served(sandbox) as x:
            id = await x.say("to be kept")
            await x.json("/2/tweets", ids=id)
            pair = sandbox.pairs.begin("oob", "read")
            sandbox.pairs.approve(pair, x.me)
            oauth1 = sandbox.pairs.finish(pair)
            bought = sandbox.bought.current()
            signed_in, ended = sandbox.sign_in(), sandbox.sign_in()
            sandbox.families.revoke(sandbox.client_id, ended["refresh_token"])
            sandbox.clock.advance(3600)
            kept = rest_of(sandbox)
    with Sandbox(path=path, seed=99, limits={"posts.get_by_ids": 2}) as sandbox:
        async with served(sandbox) as x:
            assert x.store.posts[id].text == "to be kept"
            sandbox.clock.advance(1)
            assert abs(sandbox.clock.offset - 3601) < 5
            mine = {"authorization": f"Bearer {signed_in['access_token']}"}
            assert (await x.client.get("/2/users/me", headers=mine)).status_code == 200
            gone = {"authorization": f"Bearer {ended['access_token']}"}
            assert (await x.client.get("/2/users/me", headers=gone)).status_code == 401
            assert sandbox.families.renew(sandbox.client_id, signed_in["refresh_token"])
            assert sandbox.families.renew(sandbox.client_id, signed_in["refresh_token"]) is None, "used up"
            assert sandbox.families.renew(sandbox.client_id, ended["refresh_token"]) is None
            app = {"authorization": f"Bearer {bought}"}
            assert (await x.client.get("/2/tweets", params={"ids": id}, headers=app)).status_code == 200
            assert sandbox.pairs.users[oauth1].level == "read"
            assert kept.windows
            new = await x.say("after the restart")
            assert int(new) > int(id)


async def test_what_is_deleted_stays_deleted_and_order_is_kept(served: Serve, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with Sandbox(path=path) as sandbox:
        async with served(sandbox) as x:
            ids = [await x.say(f"number {number}") for number in range(4)]
            sandbox.flush()
            await x.do("DELETE", f"/2/tweets/{ids[1]}")
            order = [*x.store.posts]
    with Sandbox(path=path) as sandbox:
        assert [*sandbox.store.posts] == order
        assert ids[1] not in sandbox.store.posts
        assert [post.id for post in sandbox.store.posts_by(sandbox.me.id)][:3] == [ids[3], ids[2], ids[0]]


async def test_a_change_is_in_the_file_within_a_moment(served: Serve, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with Sandbox(path=path) as sandbox:
        async with served(sandbox) as x:
            id = await x.say("soon")
            await asyncio.sleep(0.4)
            copy = tmp_path / "copy.db"
            copy.write_bytes(path.read_bytes())
            with Sandbox(path=copy) as other:
                assert id in other.store.posts


def test_a_file_in_use_or_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with Sandbox(path=path, seed=None), pytest.raises(StateError, match="in use by another sandbox"):
        Sandbox(path=path)
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be one " * 50)
    before = text.read_bytes()
    with pytest.raises(StateError, match="is not the state of a sandbox"):
        Sandbox(path=text)
    assert text.read_bytes() == before
    foreign = tmp_path / "foreign.db"
    database = sqlite3.connect(foreign)
    database.execute("CREATE TABLE mine (a)")
    database.close()
    with pytest.raises(StateError, match="database of something else"):
        Sandbox(path=foreign)
    with pytest.raises(StateError, match="cannot be opened"):
        Sandbox(path=tmp_path / "no" / "such" / "directory.db")


FIXTURES: dict[str, Any] = {
    "users": [{"username": "ada", "name": "Ada"}, {"username": "bob", "id": "77", "protected": True}],
    "posts": [
        {"author": "ada", "text": "Hello @bob", "id": "1000", "created_at": "2026-01-01T00:00:00Z", "likes": ["bob"]},
        {"author": "bob", "text": "Hello yourself", "reply_to": "1000"},
        {"text": "mine", "quote": "1000"},
    ],
    "follows": [["bob", "ada"]],
    "lists": [{"name": "Pioneers", "members": ["ada"]}],
    "rules": [{"value": "from:ada", "tag": "a"}],
}


def test_fixtures_come_from_a_mapping_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "fixtures.json"
    path.write_text(json.dumps(FIXTURES))
    for given in (FIXTURES, path, str(path)):
        x = Sandbox(seed=None, fixtures=given)
        ada, bob = x.find_user("ada"), x.find_user("bob")
        assert ada
        assert bob
        assert (bob.id, bob.protected, bob.name) == ("77", True, "Bob")
        hello, reply, mine = x.store.posts.values()
        assert (hello.ms, hello.entities["mentions"][0]["id"]) == (1767225600000, "77")
        assert (reply.conversation_id, reply.in_reply_to_user_id) == ("1000", ada.id)
        assert (mine.author_id, mine.refers("quoted")) == (x.me.id, "1000")
        assert x.store.likes.has("77", "1000")
        assert x.store.follows.has("77", ada.id)
        [made] = x.store.lists.values()
        assert x.store.members.has(made.id, ada.id)
        [rule] = x.store.rules.values()
        assert (rule.value, rule.tag) == ("from:ada", "a")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"people": []}, "unknown field `people`"),
        ({"users": [{"username": "ada"}, {"username": "Ada"}]}, "@Ada is taken"),
        ({"users": [{"username": "ada", "shoe": 1}]}, "a user has no shoe"),
        ({"posts": [{"text": "a", "author": "nobody"}]}, "nobody here is called 'nobody'"),
        ({"posts": [{"text": "a", "id": "x"}]}, "is a number"),
        ({"posts": [{"text": "a", "id": "5"}, {"text": "b", "id": "4"}]}, "posts come oldest first"),
        ({"posts": [{"author": "sandbox"}]}, "missing required field `text` - at `$.posts[0]`"),
        ({"follows": [["sandbox"]]}, "length 2"),
        ({"rules": [{"value": "near:here"}]}, "the rule 'near:here'"),
        ({"posts": [{"text": "a"}], "lists": [{"name": "b", "members": ["c"]}]}, "nobody here is called 'c'"),
    ],
)
def test_fixtures_that_are_wrong_say_where_and_change_nothing(given: dict[str, Any], said: str) -> None:
    sandbox = Sandbox(seed=None)
    with pytest.raises(FixtureError) as error:
        sandbox.load(given)
    assert said in str(error.value)
    assert [*sandbox.store.users] == [sandbox.me.id]
    assert not sandbox.store.posts


def test_fixtures_are_for_a_new_state_only(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    for _ in range(2):
        with Sandbox(seed=None, path=path, fixtures=FIXTURES) as sandbox:
            assert len(sandbox.store.posts) == 3


def test_a_json_file_that_is_broken_is_named(tmp_path: Path) -> None:
    path = tmp_path / "fixtures.json"
    path.write_text('{"posts": [}')
    with pytest.raises(FixtureError, match=r"fixtures\.json: JSON is malformed"):
        Sandbox(fixtures=path)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_command_keeps_its_state_when_it_is_stopped(tmp_path: Path, number: int) -> None:
    path = tmp_path / "x.db"
    command = [sys.executable, "-W", "error", "-m", "xdk_async.cli", "sandbox", "--port", "0", "--state", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}

    async def started() -> tuple[asyncio.subprocess.Process, str]:
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
        assert process.stdout
        url = (await process.stdout.readline()).decode().split()[-1]
        return process, url

    headers = {"authorization": "Bearer sandbox-user-token"}
    process, url = await started()
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        id = (await client.post(f"{url}/2/tweets", json={"text": "kept"})).json()["data"]["id"]
        process.send_signal(number)
        await process.communicate()
        assert process.returncode == 0
        process, url = await started()
        assert (await client.get(f"{url}/2/tweets/{id}")).json()["data"]["text"] == "kept"
    process.terminate()
    await process.communicate()
