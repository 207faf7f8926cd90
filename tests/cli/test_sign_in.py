"""Signing in and out, at the local X's own pages."""

from __future__ import annotations

import asyncio
import io
import re
import stat
import sys
import threading
import urllib.request
import webbrowser
from http.client import HTTPMessage
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from tests.cli.conftest import Run
from tests.loopback import free_port
from xdk_async.cli.store import Profile
from xdk_async.testing import LocalX


class Person:
    """Says yes on the page of an authorization, as one of the users, and follows where it leads."""

    def __init__(self, user_id: str, decision: str = "allow") -> None:
        self.user_id = user_id
        self.decision = decision
        self.came_to = ""
        self.page = ""
        self.walking = threading.Thread()

    def open(self, address: str) -> bool:
        """As `webbrowser.open`: it does not wait."""
        self.walking = threading.Thread(target=self.agree, args=(address,))
        self.walking.start()
        return True

    def agree(self, address: str) -> None:
        self.read(address)
        if "code=" in self.came_to:
            self.read(self.came_to)

    def read(self, address: str) -> None:
        """One page; the first is answered with the decision."""
        form = (
            None if self.page or self.came_to else urlencode({"user": self.user_id, "decision": self.decision}).encode()
        )
        try:
            with urllib.request.build_opener(Stays()).open(address, form, timeout=5) as page:
                self.page = page.read().decode()
        except HTTPError as error:
            self.came_to = error.headers["location"] or ""
            error.close()


class Stays(urllib.request.HTTPRedirectHandler):
    """Tells of redirects, instead of following them."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


@pytest.fixture
def ada(x: LocalX) -> str:
    return x.user("ada").id


def sign_in(run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, user_id: str, *more: str) -> None:
    person = Person(user_id)
    monkeypatch.setattr(webbrowser, "open", person.open)
    place = [
        "--base-url",
        x.url,
        "--client-id",
        x.client_id,
        "--redirect-uri",
        f"http://localhost:{free_port()}/callback",
    ]
    done = run("login", *place, *more)
    person.walking.join()
    assert done.code == 0, done.err
    assert done.out == ""


def test_the_browser_signs_in_and_the_account_stays(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str, home: Path
) -> None:
    sign_in(run, x, monkeypatch, ada)
    assert run("whoami").items[0]["username"] == "ada", "where it was issued is remembered"
    [account] = run("accounts").items
    assert (account["name"], account["default"], account["token"]) == ("ada", True, "renews itself")
    store = home / ".config" / "xdk-async" / "tokens.sqlite"
    if sys.platform == "linux":
        assert (stat.S_IMODE(store.stat().st_mode), stat.S_IMODE(store.parent.stat().st_mode)) == (0o600, 0o700)


def test_an_expired_token_renews_itself_and_the_new_one_is_kept(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str
) -> None:
    x.token_lifetime = 1.0
    sign_in(run, x, monkeypatch, ada)
    x.clock.advance(3600)
    for _ in range(2):
        assert run("whoami").items[0]["username"] == "ada"


def test_several_accounts_take_turns(run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str) -> None:
    sign_in(run, x, monkeypatch, ada)
    sign_in(run, x, monkeypatch, x.me.id, "--as", "work")
    assert run("whoami").items[0]["username"] == "sandbox", "the last one is the default"
    assert run("whoami", "--as", "ada").items[0]["username"] == "ada"
    assert run("accounts", "--default", "ada").code == 0
    assert run("whoami").items[0]["username"] == "ada"
    assert run("accounts", "--table").out.count("yes") == 1
    assert run("accounts", "--default", "eve").code == 3


def test_whoever_names_an_account_acts_as_it_in_reads_too(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str
) -> None:
    sign_in(run, x, monkeypatch, ada)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{x.app_token}\n"))
    assert run("login", "--app", "--base-url", x.url).code == 0
    for arguments in ([], ["--as", "ada"], ["--auth", "user"]):
        assert run("search", "python", "--base-url", x.url, *arguments).code == 0
    assert [each.user_id for each in x.calls("posts.search_recent")] == [None, ada, ada]


def test_signing_in_at_a_sandbox_of_the_commands_own_keeps_nothing(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(LocalX().me.id)
    monkeypatch.setattr(webbrowser, "open", person.open)
    done = run("login", "--sandbox", "--redirect-uri", f"http://localhost:{free_port()}/")
    person.walking.join()
    assert done.code == 0
    assert "nothing is kept" in done.err
    assert run("accounts").items == []


def test_a_page_that_is_pasted_signs_in_too(run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str) -> None:
    person, heard = Person(ada), list[str]()

    def typed() -> io.BytesIO:
        [address] = [each for each in heard if each.startswith("http")]
        person.read(address)
        return io.BytesIO(person.came_to.encode())

    pasted(monkeypatch, heard, typed)
    done = run("login", "--headless", "--base-url", x.url, "--client-id", x.client_id, "--scope", "all")
    assert done.code == 0
    [account] = run("accounts").items
    assert "dm.read" in account["scope"]


def test_a_pin_signs_in_with_oauth1(run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str) -> None:
    person, heard = Person(ada), list[str]()

    def typed() -> io.BytesIO:
        [address] = [each for each in heard if each.startswith("http")]
        person.read(address)
        [pin] = re.findall(r'class="pin">(\w+)<', person.page)
        return io.BytesIO(pin.encode())

    pasted(monkeypatch, heard, typed)
    keys = ["--api-key", x.api_key, "--api-secret", x.api_secret]
    assert run("login", "--pin", "--headless", "--base-url", x.url, *keys).code == 0
    assert run("whoami").items[0]["username"] == "ada"
    assert run("rules", "list").code == 0, "the key and the secret buy the app's token"
    assert run("logout").code == 0
    assert "ada" not in {x.store.users[pair.user_id].username for pair in x.pairs.users.values()}


def test_an_apps_token_comes_from_a_pipe(run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{x.app_token}\n"))
    assert run("login", "--app", "--base-url", x.url).code == 0
    assert run("rules", "list").code == 0
    assert run("accounts").items[0]["kind"] == "app"
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run("login", "--app", "--base-url", x.url).code == 2


def test_one_who_declines_is_not_signed_in(run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str) -> None:
    person, heard = Person(ada, "cancel"), list[str]()

    def typed() -> io.BytesIO:
        person.read(next(each for each in heard if each.startswith("http")))
        return io.BytesIO(person.came_to.encode())

    pasted(monkeypatch, heard, typed)
    done = run("login", "--headless", "--base-url", x.url, "--client-id", x.client_id)
    assert done.code == 3
    assert "declined" in done.err
    assert run("accounts").items == []


def test_logging_out_revokes_and_forgets(run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str) -> None:
    sign_in(run, x, monkeypatch, ada)
    assert run("logout").code == 0
    assert [each.status for each in x.calls("oauth2.revoke")] == [200, 200]
    assert run("accounts").items == []
    assert run("whoami", "--base-url", x.url).code == 3
    assert run("logout").code == 3


def test_who_cannot_reach_x_stays_signed_in_unless_it_is_to_be_forgotten(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str
) -> None:
    sign_in(run, x, monkeypatch, ada)
    x.faults.add("reset", operation="oauth2.revoke", when="before")
    assert run("logout").code == 6
    assert len(run("accounts").items) == 1
    assert run("logout", "--all", "--forget").code == 0
    assert run("accounts").items == []


def test_a_token_that_x_does_not_know_any_more_is_forgotten(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str, home: Path
) -> None:
    sign_in(run, x, monkeypatch, ada)
    x.faults.add("status", operation="oauth2.revoke", status=400, body={"error": "invalid_request"})
    done = run("logout", "ada")
    assert done.code == 0
    assert "does not know the token" in done.err


def test_nobody_to_ask_is_said(run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    done = run("login", "--base-url", x.url)
    assert done.code == 2
    assert "X_CLIENT_ID" in done.err


def test_the_same_name_at_two_places_is_two_accounts(
    run: Run, x: LocalX, monkeypatch: pytest.MonkeyPatch, ada: str, home: Path
) -> None:
    sign_in(run, x, monkeypatch, ada)
    other = LocalX(mark="SECRET-", app_token="SECRET-app", user_token="SECRET-user", client_secret="SECRET-client")
    try:
        sign_in(run, other, monkeypatch, other.user("ada").id)
        names = [each["name"] for each in run("accounts").items]
        assert names == ["ada", f"ada@{other.url.removeprefix('http://')}"]
        assert run("whoami", "--as", names[1]).code == 0
    finally:
        other.stop()


def pasted(monkeypatch: pytest.MonkeyPatch, heard: list[str], typed: object) -> None:
    """Somebody reads what is said on stderr, and pastes an answer."""
    from xdk_async.cli import login, prompt

    def say(message: str) -> None:
        heard.extend(message.splitlines())

    async def line(_: str) -> str:
        assert callable(typed)
        found = await asyncio.to_thread(typed)
        assert isinstance(found, io.BytesIO)
        return found.read().decode()

    monkeypatch.setattr(login, "say", say)
    monkeypatch.setattr(prompt, "line", line)


def test_a_profile_without_a_file_has_no_accounts(tmp_path: Path) -> None:
    assert asyncio.run(Profile(tmp_path / "nothing.sqlite").accounts()) == []
    assert not (tmp_path / "nothing.sqlite").exists()


def test_who_is_signing_in_is_not_told_to_sign_in(run: Run, x: LocalX) -> None:
    done = run("login", "--pin", "--base-url", str(x.url), "--api-key", x.api_key, "--api-secret", "another")
    assert (done.code, "does not fit" in done.err, "xdk-async login" in done.err) == (3, True, False)


def test_what_was_not_tried_is_not_said_to_be_signed_in(run: Run, x: LocalX) -> None:
    pair = ("--api-key", x.api_key, "--api-secret", "another")
    done = run("login", "--app", "--base-url", str(x.url), *pair)
    assert (done.code, "Signed in" in done.err, "`xdk-async doctor` tries it" in done.err) == (0, False, True)


def test_a_store_that_is_none_is_no_matter_of_signing_in(run: Run, tmp_path: Path) -> None:
    (tmp_path / "none.sqlite").write_text("hello")
    done = run("accounts", "--store", str(tmp_path / "none.sqlite"))
    assert (done.code, "file is not a database" in done.err, "xdk-async login" in done.err) == (1, True, False)
