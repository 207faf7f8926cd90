"""`logout`: make a token useless at X, and forget the account."""

from __future__ import annotations

import click

from xdk_async.cli.app import say
from xdk_async.cli.failure import CommandFailed, ExitCode, line
from xdk_async.cli.option import command
from xdk_async.cli.session import Session
from xdk_async.cli.store import Account, Profile


@command(
    "logout",
    epilog="""\
Examples:
  xdk-async logout             the default account
  xdk-async logout work
  xdk-async logout --all --forget""",
)
@click.argument("name", required=False)
@click.option("--all", "everyone", is_flag=True, help="All accounts.")
@click.option("--forget", is_flag=True, help="Forget it here without telling X, whose token stays good.")
async def logout(session: Session, name: str | None, everyone: bool, forget: bool) -> None:
    """Make the tokens of the account NAME useless at X, and forget the account here.

    An app's bearer token is only forgotten: other programs may use it.
    """
    profile = session.profile
    if everyone:
        leaving = [profile.opened(account) for account, _ in await profile.accounts()]
    elif wanted := name or session.settings.account:
        leaving = [await profile.account(wanted)]
    else:
        default = await profile.default(False, session.settings.base_url)
        leaving = [default] if default else []
    if not leaving:
        raise CommandFailed("nobody is signed in here", ExitCode.CREDENTIALS)
    for account in leaving:
        if not forget:
            await revoke(profile, account)
        await profile.delete(account)
        say(f"Signed out: {account.name}.")


async def revoke(profile: Profile, account: Account) -> None:
    """Make the account's token useless. One that X does not know any more is useless already."""
    from xdk_async.auth.token import TokenRefused
    from xdk_async.oauth1_auth import OAuth1
    from xdk_async.oauth2_auth import OAuth2PKCEAuth

    try:
        if account.kind == "oauth2":
            await OAuth2PKCEAuth(
                account.base_url,
                None,
                account.client_id,
                account.client_secret,
                store=profile.tokens_of(account),
                subject=account.name,
            ).revoke()
        elif account.kind == "oauth1":
            await OAuth1(
                account.api_key or "", account.api_secret or "", base_url=account.base_url,
                access_token=account.access_token, access_token_secret=account.access_token_secret,
            ).invalidate()  # fmt: skip
    except TokenRefused as error:
        say(f"X does not know the token of {account.name} any more: {line(error)}")
