"""`doctor`: what is configured, from where, what it can call, and whether X is there."""

from __future__ import annotations

import platform
import stat
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import click

from xdk_async._core.operation import Auth, Operation
from xdk_async._version import __version__
from xdk_async.api.operations import OPERATIONS
from xdk_async.cli.account import state
from xdk_async.cli.caller import Caller
from xdk_async.cli.credential import XURL, Signed
from xdk_async.cli.failure import ExitCode, code_of, line
from xdk_async.cli.option import command
from xdk_async.cli.output import Column
from xdk_async.cli.session import Session
from xdk_async.cli.xurl import read_xurl
from xdk_async.errors import AnswerError, XError

CHECK = (Column("check"), Column("state"), Column("what", wraps=True))
OPERATION = (
    Column("operation"),
    Column("method"),
    Column("path", wraps=True),
    Column("callable"),
    Column("needs", wraps=True),
)
SKEW, TOO_MUCH_SKEW = 30, 300  # seconds; X refuses OAuth 1.0a signatures whose time is further away


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: str
    """`ok`, `note` or `broken`."""
    what: str
    code: ExitCode = ExitCode.OK


@command(
    "doctor",
    epilog="""\
Examples:
  xdk-async doctor
  xdk-async doctor --offline
  xdk-async doctor --operations | jq -r 'select(.callable | not) | .operation'""",
)
@click.option("--operations", is_flag=True, help="List all operations, and which of them can be called.")
@click.option("--offline", is_flag=True, help="Ask X nothing.")
async def doctor(session: Session, operations: bool, offline: bool) -> int:
    """Where accounts, tokens and apps come from, which operations they can call, and whether X is there and takes them.

    Asks X for three small answers: one without credentials, the signed-in user (billed as a read), the stream's rules. The
    exit code is that of the first thing that is broken.
    """
    code = ExitCode.OK
    store = None if session.settings.sandbox else store_check(session)  # before it is opened, which repairs its mode
    async with session.signed() as found:
        scopes = await user_scopes(session, found)
        if operations:
            with session.output(OPERATION) as out:
                for each in sorted(OPERATIONS.values(), key=lambda one: one.name):
                    out.add(described(each, found, scopes))
            return ExitCode.OK
        with session.output(CHECK) as out:
            async for check in checks(session, store, found, scopes, offline):
                out.add({"check": check.name, "state": check.state, "what": check.what})
                code = code or check.code
    return code


async def checks(
    session: Session, store: Check | None, found: Signed, scopes: frozenset[str] | None, offline: bool
) -> AsyncGenerator[Check, None]:
    """Everything that is looked at, one after the other."""
    yield Check("version", "ok", f"xdk-async {__version__}, Python {platform.python_version()}")
    if store is not None:
        yield store
    yield await user_check(session, found)
    yield Check(
        "app", "ok" if found.app else "note", found.app or "none: streams, rules and usage need one (login --app)"
    )
    if not session.settings.sandbox and (signed := read_xurl().users()):
        yield Check("xurl", "note", f"has signed in {', '.join(f'{XURL}{user}' for _, user in signed)}; only read")
    can = [each for each in OPERATIONS.values() if is_callable(each, found, scopes)]
    nothing = Check("operations", "broken", "none can be called: `xdk-async login`", ExitCode.CREDENTIALS)
    some = Check("operations", "ok", f"{len(can)} of {len(OPERATIONS)} can be called; --operations lists them")
    yield some if found.kinds else nothing
    if offline:
        return
    async with Caller(**found.arguments, retries=0, on_limit="raise") as client:
        yield await reached(client)
        if found.user:
            yield await accepted(client, "user", "/2/users/me")
        if found.app:
            yield await accepted(client, "app", "/2/tweets/search/stream/rules")


def store_check(session: Session) -> Check:
    """Whether others can read the file with the tokens."""
    path = session.profile.path
    if not path.exists():
        return Check("store", "note", f"{path} is not there yet: `xdk-async login` makes it")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Check("store", "note", f"{path} could be read by others (mode {mode:04o}); only by you from now on")
    return Check("store", "ok", f"{path} (mode {mode:04o})")


async def user_check(session: Session, found: Signed) -> Check:
    """Who acts, and how long the token is good."""
    if not found.user:
        return Check("user", "note", "nobody is signed in: posting, timelines and whoami need a user (login)")
    account = found.account
    if account is None or account.kind != "oauth2":
        return Check("user", "ok", found.user)
    stored = await session.profile.token(account)
    if stored is None:
        return Check("user", "broken", f"{found.user}, whose token is gone: sign in again", ExitCode.CREDENTIALS)
    good = state(stored.token.expires_at, stored.token.refresh_token is not None)
    broken = good == "expired"
    what = f"{found.user}: {good}; scopes: {stored.token.scope or account.scope}"
    return Check("user", "broken" if broken else "ok", what, ExitCode.CREDENTIALS if broken else ExitCode.OK)


async def reached(client: Caller) -> Check:
    """Whether X answers at all, and whether its clock agrees with ours. X does not bill what it refuses."""
    asked = datetime.now(UTC)
    try:
        headers = (await client.without_credentials("/2/users/me")).headers
    except AnswerError as refused:
        headers = refused.headers
    except XError as error:
        return Check("X", "broken", line(error), code_of(error))
    took = (datetime.now(UTC) - asked) / 2
    try:
        skew = abs((parsedate_to_datetime(headers["date"]) - (asked + took)).total_seconds())
    except (KeyError, ValueError, TypeError):
        return Check("X", "ok", f"{client.base_url} answers in {took.total_seconds() * 2000:.0f} ms")
    what = f"{client.base_url} answers in {took.total_seconds() * 2000:.0f} ms; clocks differ by {skew:.0f} s"
    if skew > TOO_MUCH_SKEW:
        return Check("X", "broken", f"{what}: set the clock, or X refuses OAuth 1.0a signatures", ExitCode.FAILED)
    return Check("X", "note" if skew > SKEW else "ok", what)


async def accepted(client: Caller, name: str, path: str) -> Check:
    """Whether X takes a credential."""
    try:
        answer = await client.send("GET", path, {}, None)
    except XError as error:
        return Check(f"{name} at X", "broken", line(error), code_of(error))
    told: Any = answer.data
    who = f"@{told['username']}" if isinstance(told, dict) and "username" in told else "taken"
    return Check(f"{name} at X", "ok", who)


async def user_scopes(session: Session, found: Signed) -> frozenset[str] | None:
    """What the user's OAuth 2.0 token allows; None if nobody knows."""
    account = found.account
    if account is None or account.kind != "oauth2":
        return None
    stored = await session.profile.token(account)
    scope = (stored.token.scope if stored else None) or account.scope
    return frozenset(scope.split()) if scope else None


def is_callable(operation: Operation[Any], found: Signed, scopes: frozenset[str] | None) -> bool:
    """Whether one of the credentials fits the operation, as far as is known."""
    kinds = found.kinds & operation.auth
    if operation.auth is Auth.NONE or kinds & (Auth.APP | Auth.OAUTH1):
        return True
    return bool(kinds) and (scopes is None or scopes.issuperset(operation.scopes.split()))


def described(operation: Operation[Any], found: Signed, scopes: frozenset[str] | None) -> dict[str, Any]:
    """An operation, and what it needs that is not there."""
    can = is_callable(operation, found, scopes)
    lacking = frozenset(operation.scopes.split()) - (scopes or frozenset())
    if can:
        needs = None
    elif found.kinds & operation.auth:
        needs = f"scopes {' '.join(sorted(lacking))}"
    else:
        needs = " or ".join(text for kind, text in KINDS.items() if kind & operation.auth)
    item = {"operation": operation.name, "method": operation.method, "path": operation.path, "callable": can}
    return {**item, **({"needs": needs} if needs else {})}


KINDS = {Auth.APP: "an app", Auth.OAUTH2: "a user (OAuth 2.0)", Auth.OAUTH1: "a user (OAuth 1.0a)"}
