"""Which credentials a command uses, and from where."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from xdk_async._core.operation import Auth
from xdk_async.auth import Token
from xdk_async.cli.credential import BASE_URL, Signed, find
from xdk_async.cli.failure import CommandFailed
from xdk_async.cli.option import Settings
from xdk_async.cli.store import Account, Profile
from xdk_async.testing import LocalX

XURL = """\
apps:
  old:
    client_id: c0
    client_secret: SECRET-0
    oauth2_tokens:
      carol: {type: oauth2, oauth2: {access_token: SECRET-c, refresh_token: SECRET-r, expiration_time: 1000}}
  mine:
    client_id: c1
    client_secret: SECRET-1
    redirect_uri: http://localhost:8080/callback
    default_user: bob
    oauth2_tokens:
      alice: {type: oauth2, oauth2: {access_token: SECRET-a, refresh_token: SECRET-r, expiration_time: 9999999999}}
      bob: {type: oauth2, oauth2: {access_token: SECRET-b, refresh_token: SECRET-r, expiration_time: 9999999999}}
    oauth1_token:
      type: oauth1
      oauth1: {access_token: 1-SECRET-t, token_secret: SECRET-s, consumer_key: k, consumer_secret: SECRET-k}
    bearer_token: {type: bearer, bearer: SECRET-bearer}
default_app: mine
"""
LEGACY = """\
{"oauth2_tokens": {"dora": {"type": "oauth2", "oauth2": {"access_token": "SECRET-d", "refresh_token": "", "expiration_time": 0}}},
 "oauth1_tokens": {"type": "oauth1", "oauth1": {"access_token": "1-SECRET-t", "token_secret": "SECRET-s",
                   "consumer_key": "k", "consumer_secret": "SECRET-k"}}, "file_path": "/home/dora/.xurl"}
"""


def found(home: Path, settings: Settings | None = None, **environment: str) -> Signed:
    return asyncio.run(find(settings or Settings(), environment, Profile(home / "tokens.sqlite")))


def keep(home: Path, *accounts: Account) -> None:
    async def save() -> None:
        profile = Profile(home / "tokens.sqlite")
        for each in accounts:
            await profile.save(each, Token(access_token="SECRET-stored") if each.kind == "oauth2" else None)

    asyncio.run(save())


def user(name: str, base_url: str = BASE_URL) -> Account:
    return Account(name=name, kind="oauth2", base_url=base_url, client_id="c", username=name)


def app(name: str = "app", base_url: str = BASE_URL) -> Account:
    return Account(name=name, kind="app", base_url=base_url, bearer_token="SECRET-app")


def test_nothing_is_nothing(home: Path) -> None:
    signed = found(home)
    assert (signed.base_url, signed.app, signed.user, signed.kinds) == (BASE_URL, None, None, Auth.NONE)


def test_the_environment_wins_over_the_store_and_the_store_over_xurl(home: Path) -> None:
    (home / ".xurl").write_text(XURL)
    assert (found(home).user, found(home).app) == ("xurl's sign-in of bob (mine)", "xurl's bearer token")
    keep(home, user("ada"), app())
    assert (found(home).user, found(home).app) == ("the account ada", "the account app")
    told = found(home, X_ACCESS_TOKEN="SECRET-t", X_BEARER_TOKEN="SECRET-b")
    assert (told.user, told.app) == ("X_ACCESS_TOKEN", "X_BEARER_TOKEN")
    half = found(home, X_BEARER_TOKEN="SECRET-b")
    assert (half.user, half.app) == ("the account ada", "X_BEARER_TOKEN")


def test_a_named_account_wins_over_everything(home: Path) -> None:
    (home / ".xurl").write_text(XURL)
    keep(home, user("ada"), user("eve"), app())
    assert found(home, Settings(account="@ADA"), X_ACCESS_TOKEN="SECRET-t").user == "the account ada"
    assert (
        found(home, Settings(account="xurl:alice"), X_ACCESS_TOKEN="SECRET-t").user == "xurl's sign-in of alice (mine)"
    )
    only = found(home, Settings(account="app"), X_ACCESS_TOKEN="SECRET-t")
    assert (only.user, only.kinds) == (None, Auth.APP)
    with pytest.raises(CommandFailed, match="there are ada, app, eve"):
        found(home, Settings(account="nobody"))


def test_a_token_goes_to_where_it_was_issued_and_nowhere_else(home: Path) -> None:
    keep(home, user("local", "http://127.0.0.1:1"), app("local-app", "http://127.0.0.1:1"), user("real"))
    assert found(home, Settings(base_url="http://127.0.0.1:1/")).user == "the account local"
    elsewhere = found(home, Settings(base_url="http://127.0.0.1:2"))
    assert (elsewhere.user, elsewhere.app) == (None, None)
    with pytest.raises(CommandFailed, match="not sent to http://127.0.0.1:2"):
        found(home, Settings(base_url="http://127.0.0.1:2", account="real"))
    assert found(home, Settings(account="local"), X_BEARER_TOKEN="SECRET-b").app == "the account local-app"
    told = found(home, X_BEARER_TOKEN="SECRET-b")
    assert (told.base_url, told.user) == (BASE_URL, "the account real"), "the environment's tokens are X's own"


def test_nobody_acts_as_another_by_surprise(home: Path) -> None:
    accounts = [user(name) for name in ("ada", "eve", "bob")]
    keep(home, *accounts)
    profile = Profile(home / "tokens.sqlite")
    assert found(home).user == "the account bob"
    asyncio.run(profile.delete(accounts[2]))
    with pytest.raises(CommandFailed, match="ada, eve: name one with --as"):
        found(home)
    asyncio.run(profile.delete(accounts[1]))
    assert found(home).user == "the account ada"


def test_four_parts_are_a_user_of_oauth1_and_an_app(home: Path) -> None:
    four: dict[str, str] = {
        "X_API_KEY": "k",
        "X_API_SECRET": "SECRET-k",
        "X_ACCESS_TOKEN": "1-SECRET",
        "X_ACCESS_TOKEN_SECRET": "SECRET-s",
    }
    signed = found(home, None, **four)
    assert (signed.kinds, signed.app) == (Auth.OAUTH1 | Auth.APP, "X_API_KEY and X_API_SECRET")
    with pytest.raises(CommandFailed, match="needs all of"):
        found(home, None, **{**four, "X_API_KEY": ""})


def test_xurls_tokens_are_never_renewed_here(home: Path) -> None:
    (home / ".xurl").write_text(XURL)
    assert "SECRET-r" not in str(found(home).arguments)
    with pytest.raises(CommandFailed, match="xurl whoami"):
        found(home, Settings(account="xurl:carol"))
    with pytest.raises(CommandFailed, match="it has carol, alice, bob"):
        found(home, Settings(account="xurl:nobody"))
    assert (home / ".xurl").read_text() == XURL


def test_xurls_newer_directory_and_older_json_are_read_too(home: Path) -> None:
    (home / ".xurl").write_text(LEGACY)
    assert found(home).user == "xurl's sign-in of dora (default)"
    (home / ".xurl").unlink()
    (home / ".xurl").mkdir()
    (home / ".xurl" / "auth.yml").write_text(XURL)
    assert found(home).user == "xurl's sign-in of bob (mine)"


def test_a_file_that_is_not_xurls_is_named(home: Path, run: Run) -> None:
    (home / ".xurl").write_text("apps: [SECRET-x")
    done = run("whoami")
    assert done.code == 3
    assert ".xurl is not as xurl writes it" in done.err


def test_xurls_user_serves_a_command(run: Run, x: LocalX, home: Path) -> None:
    (home / ".xurl").write_text(XURL.replace("SECRET-b,", f"{x.user_token},"))
    assert "xurl:bob" in {each["name"] for each in run("accounts").items}
    assert "xurl:alice, xurl:bob" in str(run("doctor", "--offline").items)
    # Its tokens are X's own, and go to no other place.
    assert run("whoami", "--base-url", x.url).code == 3
    assert "is not sent to" in run("whoami", "--as", "xurl:bob", "--base-url", x.url).err
    assert x.requests == []


def test_only_its_owner_can_read_the_file(home: Path, run: Run) -> None:
    keep(home, user("ada"))
    path = home / "tokens.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("doctor", "--offline", "--store", str(path)).items[1]["state"] == "ok"
    path.chmod(0o644)
    assert "could be read by others" in run("doctor", "--offline", "--store", str(path)).items[1]["what"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_any_credential_it_says_how_to_sign_in(run: Run) -> None:
    for arguments in (["whoami"], ["search", "python"], ["stream"], ["usage"]):
        done = run(*arguments)
        assert done.code == 3, arguments
        assert "`xdk-async login`" in done.err
        assert len(done.err.splitlines()) == 1
        assert "=" not in done.err, "what to do is told in terms of the command line"


def test_an_access_token_that_x_does_not_take_is_not_said_to_have_expired(
    run: Run, signed: LocalX, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X_ACCESS_TOKEN", "another")
    done = run("whoami")
    assert done.code == 3
    assert "the access token is wrong, revoked or has expired" in done.err
    assert "client_id=" not in done.err


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://127.0.0.1", "api.x.com"])
def test_an_address_that_is_none_is_refused_under_the_name_of_its_option(run: Run, home: Path, address: str) -> None:
    done = run("whoami", "--base-url", address)
    assert (done.code, "Invalid value for '--base-url'" in done.err) == (2, True)
