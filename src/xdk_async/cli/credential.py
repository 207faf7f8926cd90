"""Which credentials a command uses: the account that was named, the environment, the store, xurl; in this order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from xdk_async._core.operation import Auth
from xdk_async.cli.failure import CommandFailed, ExitCode
from xdk_async.cli.option import Settings
from xdk_async.cli.store import Account, Profile
from xdk_async.cli.xurl import Renewable, Xurl, read_xurl

if TYPE_CHECKING:
    from xdk_async.sandbox import Served

BASE_URL = "https://api.x.com"
XURL = "xurl:"


@dataclass(slots=True, repr=False)
class Signed:
    """What a client is given, and where it comes from."""

    base_url: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    app: str | None = None
    """Where the app's credential comes from; None if there is none."""
    user: str | None = None
    """Where the user's comes from; None if there is none."""
    kinds: Auth = Auth.NONE
    """The schemes that are at hand."""
    account: Account | None = None
    """The stored account that acts, if one does."""

    def __repr__(self) -> str:
        return f"<Signed at {self.base_url}: app {self.app}, user {self.user}>"


def of_sandbox(served: Served) -> Signed:
    """The credentials of a sandbox."""
    sandbox = served.sandbox
    arguments = {"base_url": served.url, "bearer_token": sandbox.app_token, "access_token": sandbox.user_token}
    return Signed(served.url, arguments, "the sandbox", "the sandbox", Auth.APP | Auth.OAUTH2)


async def find(settings: Settings, environment: Mapping[str, str], profile: Profile) -> Signed:
    """The credentials at hand: of each kind the first that is found.

    Raises:
        CommandFailed: The account that was named is not there, or was issued elsewhere.
    """
    wanted = settings.account or ""
    if wanted.startswith(XURL):
        check_place("xurl's sign-in", BASE_URL, settings.base_url)
        found = at(BASE_URL)
        give_xurl_user(found, read_xurl(), wanted.removeprefix(XURL))
    elif wanted:
        account = await profile.account(wanted)
        check_place(f"the account {account.name!r}", account.base_url, settings.base_url)
        found = at(account.base_url)
        give_account(found, account, profile)
        if account.is_app:
            return found
    else:
        found = await unnamed(settings, environment, profile)
    meant_for = (settings.base_url or BASE_URL).rstrip("/")  # where the environment's tokens may go
    if found.base_url != meant_for or not give_environment_app(found, environment):
        app = await profile.default(True, found.base_url)
        if app is not None:
            give_app(found, app)
        elif found.account is not None and found.account.kind == "oauth1":  # its key and secret buy the app's token
            give_app(found, found.account)
    if found.base_url == BASE_URL and not (found.app and found.user):
        give_rest_from_xurl(found)
    return found


async def unnamed(settings: Settings, environment: Mapping[str, str], profile: Profile) -> Signed:
    """The user who acts if nobody says who: the environment's, or the default account; and where."""
    told = any(environment.get(name) for name in ("X_ACCESS_TOKEN", "X_BEARER_TOKEN", "X_API_KEY"))
    place = settings.base_url or (BASE_URL if told else None)
    if environment.get("X_ACCESS_TOKEN"):
        found = at(place or BASE_URL)
        give_environment_user(found, environment)
        return found
    account = await profile.default(False, place)
    first = account or await profile.default(True, place)
    found = at(place or (first.base_url if first else BASE_URL))
    if account is not None:
        give_account(found, account, profile)
    return found


def at(base_url: str) -> Signed:
    """Nothing yet, for one place."""
    return Signed(base_url.rstrip("/"), {"base_url": base_url.rstrip("/")})


def check_place(what: str, issued_at: str, base_url: str | None) -> None:
    """A token is sent to where it was issued, and nowhere else."""
    if base_url is not None and base_url.rstrip("/") != issued_at.rstrip("/"):
        raise CommandFailed(f"{what} belongs to {issued_at}, and is not sent to {base_url}", ExitCode.CREDENTIALS)


def give_account(found: Signed, account: Account, profile: Profile) -> None:
    """A stored sign-in."""
    if account.is_app:
        give_app(found, account)
        return
    found.user, found.account = f"the account {account.name}", account
    if account.kind == "oauth1":
        give_oauth1(found, account.api_key, account.api_secret, account.access_token, account.access_token_secret)
        return
    found.kinds |= Auth.OAUTH2
    found.arguments |= {
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "token_store": profile.tokens_of(account),
        "subject": account.name,
    }


def give_environment_user(found: Signed, environment: Mapping[str, str]) -> None:
    """`X_ACCESS_TOKEN`, of OAuth 1.0a with its secret and the app's key."""
    token, secret = environment["X_ACCESS_TOKEN"], environment.get("X_ACCESS_TOKEN_SECRET")
    found.user = "X_ACCESS_TOKEN"
    if secret:
        give_oauth1(found, environment.get("X_API_KEY"), environment.get("X_API_SECRET"), token, secret)
        return
    found.kinds |= Auth.OAUTH2
    found.arguments["token"] = {"access_token": token}


def give_oauth1(found: Signed, *parts: str | None) -> None:
    """A user of OAuth 1.0a."""
    if not all(parts):
        raise CommandFailed(
            "OAuth 1.0a needs all of X_API_KEY, X_API_SECRET, X_ACCESS_TOKEN and X_ACCESS_TOKEN_SECRET",
            ExitCode.CREDENTIALS,
        )
    from xdk_async.oauth1_auth import OAuth1

    api_key, api_secret, token, secret = (str(each) for each in parts)
    found.kinds |= Auth.OAUTH1
    found.arguments["auth"] = OAuth1(
        api_key, api_secret, access_token=token, access_token_secret=secret, base_url=found.base_url
    )


def give_environment_app(found: Signed, environment: Mapping[str, str]) -> bool:
    """`X_BEARER_TOKEN`, or the app's key and secret, which buy one."""
    names = ("X_BEARER_TOKEN",) if environment.get("X_BEARER_TOKEN") else ("X_API_KEY", "X_API_SECRET")
    if not all(environment.get(name) for name in names):
        return False
    found.arguments |= {name.removeprefix("X_").lower(): environment[name] for name in names}
    found.app = " and ".join(names)
    found.kinds |= Auth.APP
    return True


def give_app(found: Signed, app: Account) -> None:
    """A stored app."""
    names = ("bearer_token",) if app.bearer_token else ("api_key", "api_secret")
    found.arguments |= {name: getattr(app, name) for name in names}
    found.app = f"the account {app.name}"
    found.account = found.account or app
    found.kinds |= Auth.APP


def give_xurl_user(found: Signed, xurl: Xurl, name: str) -> None:
    """A user whom xurl has signed in. Its refresh token is left alone: it is good for one use, and xurl needs it."""
    app, entry = xurl.user(name)
    if entry.oauth2 is None or has_expired(entry.oauth2):
        raise CommandFailed(
            f"xurl's token of {name} has expired, and is xurl's to renew: run `xurl whoami`, or `xdk-async login`",
            ExitCode.CREDENTIALS,
        )
    found.user = f"xurl's sign-in of {name}{f' ({app})' if app else ''}"
    found.kinds |= Auth.OAUTH2
    found.arguments["token"] = {"access_token": entry.oauth2.access_token}


def has_expired(token: Renewable) -> bool:
    """Whether xurl would have to renew it first."""
    return bool(token.expiration_time) and token.expiration_time <= datetime.now(UTC).timestamp()


def give_rest_from_xurl(found: Signed) -> None:
    """Whatever is still missing, of the app that xurl uses."""
    xurl = read_xurl()
    app = xurl.app()
    if app is None:
        return
    name = app.user_name()
    entry = (app.oauth2_tokens or {}).get(name or "")
    if not found.user and name and entry and entry.oauth2 and not has_expired(entry.oauth2):
        give_xurl_user(found, xurl, name)
    pair = app.oauth1_token.oauth1 if app.oauth1_token else None
    if not found.user and pair:
        found.user = "xurl's OAuth 1.0a sign-in"
        give_oauth1(found, pair.consumer_key, pair.consumer_secret, pair.access_token, pair.token_secret)
    if not found.app and app.bearer_token and app.bearer_token.bearer:
        found.app = "xurl's bearer token"
        found.arguments["bearer_token"] = app.bearer_token.bearer
        found.kinds |= Auth.APP
