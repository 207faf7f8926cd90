"""`login`: sign a user in with OAuth 2.0 or 1.0a, or keep an app's credentials."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import click
import msgspec

from xdk_async.auth.token import Token
from xdk_async.cli import prompt
from xdk_async.cli.app import say
from xdk_async.cli.credential import BASE_URL
from xdk_async.cli.failure import CommandFailed, ExitCode, line
from xdk_async.cli.option import Outcome, command
from xdk_async.cli.session import Session
from xdk_async.cli.store import Account, Profile
from xdk_async.errors import CredentialsError

if TYPE_CHECKING:
    from xdk_async.sandbox import Served

REDIRECT_URI = "http://localhost:8080/callback"  # xurl's too, so that many apps have it registered
SCOPE = "tweet.read tweet.write users.read media.write offline.access"  # what the commands need


@command(
    "login",
    epilog="""\
Examples:
  xdk-async login --client-id YOUR_CLIENT_ID
  xdk-async login --headless                  on a machine without a browser
  xdk-async login --pin                       OAuth 1.0a; asks for the app's key and secret
  xdk-async login --app < bearer-token.txt    the app alone: streams, rules, usage
  xdk-async login --scope all --as work""",
)
@click.option("--client-id", envvar="X_CLIENT_ID", help="The app's OAuth 2.0 client id; the last one if left out.")
@click.option("--client-secret", envvar="X_CLIENT_SECRET", help="Its secret, if it is a confidential client.")
@click.option(
    "--redirect-uri", help=f"An address on this machine that the app has registered. [default: {REDIRECT_URI}]"
)
@click.option("--scope", default=SCOPE, show_default=True, help="OAuth 2.0 scopes to ask for, or `all`.")
@click.option("--headless", is_flag=True, help="Paste the address you are sent to, instead of opening a browser here.")
@click.option("--pin", is_flag=True, help="Sign in with OAuth 1.0a and a PIN.")
@click.option("--app", "as_app", is_flag=True, help="Keep the app's bearer token, or with --api-key what buys one.")
@click.option("--api-key", envvar="X_API_KEY", help="The app's OAuth 1.0a key.")
@click.option("--api-secret", envvar="X_API_SECRET", help="Its secret; asked for if left out.")
@click.option(
    "--keyring",
    is_flag=True,
    envvar="XDK_ASYNC_KEYRING",
    help="Encrypt the secrets with a key in the system's keyring.",
)
@click.option("--timeout", type=float, default=300.0, show_default=True, help="Seconds to wait for you in the browser.")
def login(
    session: Session,
    client_id: str | None,
    client_secret: str | None,
    redirect_uri: str | None,
    scope: str,
    headless: bool,
    pin: bool,
    as_app: bool,
    api_key: str | None,
    api_secret: str | None,
    keyring: bool,
    timeout: float,
) -> Outcome:
    """Sign a user in and remember the account; it becomes the default one.

    The account is named after the user's handle, or by `--as NAME`. Its token renews itself. With `--base-url` you sign in
    elsewhere, such as at `xdk-async sandbox`; a token is never sent to another place than the one that issued it.
    """
    local = session.settings.sandbox
    if keyring:
        session.profile.try_keyring()
    if as_app or pin:
        api_key = api_key or (None if as_app or local else prompt.text("API key", "--api-key, or X_API_KEY"))
        if api_key and not api_secret:
            api_secret = prompt.secret("API secret", "--api-secret, or X_API_SECRET")
        if as_app:
            bearer = None if api_key else prompt.secret("Bearer token", "X_BEARER_TOKEN works without `login`")
            return keep_app(session, bearer, api_key, api_secret, keyring)
        return plainly(sign_in_with_pin(session, api_key, api_secret, headless, keyring))
    known = None if local or client_id else asyncio.run(session.profile.default(False, at(session, None)))
    client_id = client_id or (known.client_id if known else None)
    if not (client_id or local):
        client_id = prompt.text("OAuth 2.0 client id", "--client-id, or X_CLIENT_ID")
    app = App(
        client_id or "",
        client_secret or (known.client_secret if known else None),
        redirect_uri or (known.redirect_uri if known else None) or REDIRECT_URI,
        every_scope() if scope == "all" else scope,
        keyring,
    )
    return plainly(sign_in(session, app, headless, timeout))


async def plainly(signing: Coroutine[Any, Any, None]) -> None:
    """Who signs in need not be told that signing in helps."""
    try:
        await signing
    except CredentialsError as error:
        raise CommandFailed(line(error), ExitCode.CREDENTIALS) from error


class App(NamedTuple):
    """The app that signs a user in with OAuth 2.0, and what it asks for."""

    client_id: str
    client_secret: str | None
    redirect_uri: str
    scope: str
    sealed: bool


async def sign_in(session: Session, app: App, headless: bool, timeout: float) -> None:
    """Sign a user in with OAuth 2.0."""
    from xdk_async import terminal
    from xdk_async.oauth2_auth import OAuth2PKCEAuth

    async with session.served() as x:
        place = at(session, x)
        if x is not None:
            app = app._replace(client_id=x.sandbox.client_id, client_secret=None)
        flow = OAuth2PKCEAuth(place, None, app.client_id, app.client_secret, app.redirect_uri, scope=app.scope)
        if headless:
            say(
                f"Open this address, sign in, and copy the address that you are sent to:\n{flow.get_authorization_url()}"
            )
            pasted = await prompt.line("Address (or the code in it): ")
            await (flow.fetch_token(pasted) if "://" in pasted else flow.exchange_code(pasted))
        else:
            await terminal.sign_in(flow, timeout=timeout, open_browser=webbrowser.open, tell=say)
        stored = await flow.store.load(flow.key)
        assert stored is not None
        account = Account(
            name="default", kind="oauth2", base_url=place, scope=stored.token.scope or app.scope, client_id=app.client_id,
            client_secret=app.client_secret, redirect_uri=app.redirect_uri, sealed=app.sealed,
        )  # fmt: skip
        account = await named(account, stored.token.access_token)
        await remember(session, account, stored.token)


async def sign_in_with_pin(
    session: Session, api_key: str | None, api_secret: str | None, headless: bool, sealed: bool
) -> None:
    """Sign a user in with OAuth 1.0a."""
    from xdk_async.oauth1_auth import OAuth1

    async with session.served() as x:
        place = at(session, x)
        if x is not None:
            api_key, api_secret = x.sandbox.api_key, x.sandbox.api_secret
        flow = OAuth1(api_key or "", api_secret or "", base_url=place)
        address = await flow.start_oauth_flow()
        say(f"Open this address and allow the app; it shows a PIN:\n{address}")
        if not headless:
            await asyncio.to_thread(webbrowser.open, address)
        token = await flow.get_access_token(await prompt.line("PIN: "))
        account = Account(
            name=token.screen_name or "default", kind="oauth1", base_url=place, user_id=token.user_id,
            username=token.screen_name, api_key=api_key, api_secret=api_secret, access_token=token.access_token,
            access_token_secret=token.access_token_secret, sealed=sealed,
        )  # fmt: skip
        await remember(session, account)


async def keep_app(
    session: Session, bearer: str | None, api_key: str | None, api_secret: str | None, sealed: bool
) -> None:
    """Keep an app's credentials."""
    from xdk_async.auth.bearer import check

    if bearer:
        check(bearer)
    place = at(session, None)
    account = Account(
        name="app",
        kind="app",
        base_url=place,
        bearer_token=bearer,
        api_key=api_key,
        api_secret=api_secret,
        sealed=sealed,
    )
    await remember(session, account)


def at(session: Session, x: Served | None) -> str:
    """Where to sign in."""
    return (x.url if x else session.settings.base_url or BASE_URL).rstrip("/")


async def named(account: Account, access_token: str) -> Account:
    """The account with who it is; X's token does not say, so X is asked."""
    from xdk_async import AsyncClient, XError

    try:
        async with AsyncClient(account.base_url, access_token=access_token) as client:
            me = (await client.users.get_me()).data
    except XError as error:
        say(f"X does not say who signed in: {line(error)}")
        return account
    if me is None or me.username is None:
        return account
    return msgspec.structs.replace(account, name=me.username, username=me.username, user_id=me.id)


async def remember(session: Session, account: Account, token: Token | None = None) -> None:
    """Save the account under its name."""
    who = f"@{account.username}" if account.username else "the user"
    if session.settings.sandbox:
        say(f"Signed in as {who}, at a sandbox that ends now: nothing is kept.")
        return
    profile = session.profile
    name = (session.settings.account or await free_name(profile, account)).removeprefix("@")
    account = msgspec.structs.replace(account, name=name)
    await profile.save(account, token)
    done = (
        "Kept the app's credential, untried: `xdk-async doctor` tries it" if account.is_app else f"Signed in as {who}"
    )
    say(f"{done}; the account is called {name}, and is the default now.")


async def free_name(profile: Profile, account: Account) -> str:
    """Its name, with where it is from if somebody elsewhere has it."""
    for other, _ in await profile.accounts():
        if other.name.lower() == account.name.lower() and other.base_url != account.base_url:
            return f"{account.name}@{urlsplit(account.base_url).netloc}"
    return account.name


def every_scope() -> str:
    """The scopes of all operations, and what makes X give a refresh token."""
    from xdk_async.api.operations import OPERATIONS

    found = {scope for each in OPERATIONS.values() for scope in each.scopes.split()}
    return " ".join([*sorted(found), "offline.access"])
