"""`whoami` and `accounts`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from xdk_async.cli.app import say
from xdk_async.cli.column import PERSON, user_arguments, user_names
from xdk_async.cli.credential import XURL
from xdk_async.cli.option import command, fields_option
from xdk_async.cli.output import Column
from xdk_async.cli.session import Session
from xdk_async.cli.store import Account, Profile
from xdk_async.cli.xurl import read_xurl

ACCOUNT = (
    Column("name"),
    Column("default"),
    Column("kind"),
    Column("username"),
    Column("token"),
    Column("base_url", "at", wraps=True),
)


@command(
    "whoami",
    epilog="""\
Examples:
  xdk-async whoami
  xdk-async whoami --as work --fields username,public_metrics""",
)
@fields_option(user_names)
async def whoami(session: Session) -> None:
    """The user that commands act as."""
    async with session.client() as client:
        me = (await client.users.get_me(**user_arguments(session.settings.fields, PERSON))).data
    assert me is not None
    with session.output(PERSON) as out:
        out.facts(me.to_dict())


@command(
    "accounts",
    epilog="""\
Examples:
  xdk-async accounts
  xdk-async accounts --default work
  xdk-async whoami --as xurl:alice       a sign-in of xurl's, which is only read""",
)
@click.option("--default", "chosen", metavar="NAME", help="Make this one the default, of users or of apps.")
async def accounts(session: Session, chosen: str | None) -> None:
    """The accounts that are signed in here, and those of xurl. Tokens are never shown."""
    profile = session.profile
    if chosen:
        account = await profile.account(chosen)
        await profile.use(account)
        say(f"{account.name} is the default now.")
    with session.output(ACCOUNT, "Nobody is signed in: `xdk-async login`.") as out:
        for account, is_default in await profile.accounts():
            out.add(await described(profile, account, is_default))
        for app, user in read_xurl().users():
            out.add({"name": f"{XURL}{user}", "default": False, "kind": "oauth2", "username": user, "app": app})


async def described(profile: Profile, account: Account, is_default: bool) -> dict[str, Any]:
    """An account without its secrets."""
    item: dict[str, Any] = {
        "name": account.name,
        "default": is_default,
        "kind": account.kind,
        "username": account.username,
        "user_id": account.user_id,
        "scope": account.scope,
        "client_id": account.client_id,
        "base_url": account.base_url,
        "keyring": account.sealed or None,
    }
    if account.kind == "oauth2":
        stored = await profile.token(account)
        item["token"] = (
            "gone" if stored is None else state(stored.token.expires_at, stored.token.refresh_token is not None)
        )
    return {name: value for name, value in item.items() if value is not None}


def state(expires_at: float | None, renewable: bool) -> str:
    """How long a token is good, in words."""
    if renewable:
        return "renews itself"
    if expires_at is None:
        return "expiry unknown"
    left = expires_at - datetime.now(UTC).timestamp()
    return f"{left / 60:.0f} min left" if left > 0 else "expired"
