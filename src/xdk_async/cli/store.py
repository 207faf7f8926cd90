"""Accounts of the command line, in the same SQLite file as the tokens of `SQLiteStore`."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from xdk_async._core.sqlite_file import SQLiteFile
from xdk_async.auth import SQLiteStore, Stored
from xdk_async.auth.token import Token, TokenKey
from xdk_async.cli.failure import CommandFailed, ExitCode
from xdk_async.cli.vault import SealedStore, Vault
from xdk_async.errors import StoreFailed

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    kind TEXT NOT NULL,
    account BLOB NOT NULL,
    is_default INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID
"""

SECRETS = ("client_secret", "api_secret", "access_token", "access_token_secret", "bearer_token")


def default_path() -> Path:
    """The file of this user: in the directory that the platform keeps settings in."""
    from platformdirs import user_config_path

    return user_config_path("xdk-async", appauthor=False) / "tokens.sqlite"


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sign-in. OAuth 2.0 tokens are not in it: they renew themselves, in the store, under (client id, name)."""

    name: str
    kind: Literal["oauth2", "oauth1", "app"]
    base_url: str
    """Where it was issued; it is never sent anywhere else."""
    user_id: str | None = None
    username: str | None = None
    scope: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    redirect_uri: str | None = None
    api_key: str | None = None
    api_secret: str | None = None
    access_token: str | None = None
    access_token_secret: str | None = None
    bearer_token: str | None = None
    sealed: bool = False
    """Whether its secrets are encrypted with a key in the keyring."""

    @property
    def key(self) -> TokenKey:
        """Under which its token is stored."""
        return TokenKey(self.client_id or "", self.name)

    @property
    def is_app(self) -> bool:
        """Whether it stands for an app alone."""
        return self.kind == "app"

    def __repr__(self) -> str:
        return f"<Account {self.name!r}, {self.kind}>"


class Profile:
    """The accounts and tokens in one file, which only its owner may read (mode 0600, directory 0700)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._vault = Vault(path)
        self._file = SQLiteFile(path, SCHEMA, lambda why: StoreFailed(f"the store of accounts {why}"))

    async def accounts(self) -> list[tuple[Account, bool]]:
        """All accounts by name, and whether each is the default of its kind: user or app."""
        if not self.path.exists():
            return []
        rows = await self._file.run(
            lambda db: db.execute("SELECT account, is_default FROM accounts ORDER BY name").fetchall()
        )
        return [(msgspec.json.decode(row[0], type=Account), bool(row[1])) for row in rows]

    async def account(self, name: str) -> Account:
        """An account by its name, with or without the @, in any case.

        Raises:
            CommandFailed: There is none; the message names those there are.
        """
        wanted = name.removeprefix("@").lower()
        every = [account for account, _ in await self.accounts()]
        for account in every:
            if account.name.lower() == wanted:
                return self.opened(account)
        there = f"there are {', '.join(each.name for each in every)}" if every else "none is signed in"
        raise CommandFailed(f"there is no account {name!r}: {there}; `xdk-async login` adds one", ExitCode.CREDENTIALS)

    async def default(self, app: bool, base_url: str | None) -> Account | None:
        """The default account of users or of apps, at one place or at any; the only one there, if none is the default.

        Raises:
            CommandFailed: There are several, and none is the default: nobody should post as somebody else by surprise.
        """
        place = base_url.rstrip("/") if base_url else None
        fitting = [
            (account, chosen)
            for account, chosen in await self.accounts()
            if account.is_app == app and place in (None, account.base_url)
        ]
        found = [account for account, chosen in fitting if chosen] or [account for account, _ in fitting]
        if len(found) > 1:
            names = ", ".join(each.name for each in found)
            raise CommandFailed(
                f"{names}: name one with --as, or choose with `xdk-async accounts --default NAME`", ExitCode.CREDENTIALS
            )
        return self.opened(found[0]) if found else None

    def opened(self, account: Account) -> Account:
        """An account with its secrets as they are sent."""
        return self._changed(account, self._vault.open)

    def try_keyring(self) -> None:
        """Find out whether the keyring works, before it is needed."""
        self._vault.open(self._vault.seal(""))

    async def token(self, account: Account) -> Stored | None:
        """The account's OAuth 2.0 token, to be looked at: as it is stored, sealed or not."""
        return await SQLiteStore(self.path).load(account.key)

    def tokens_of(self, account: Account) -> SQLiteStore:
        """Where the account's OAuth 2.0 token is."""
        return SealedStore(self.path, self._vault) if account.sealed else SQLiteStore(self.path)

    async def save(self, account: Account, token: Token | None = None) -> None:
        """Add an account, or put it in place of the one with its name; it becomes the default of its kind."""
        self._make_directory()
        for other, _ in await self.accounts():
            if other.name.lower() == account.name.lower() and other.key != account.key:
                await self.tokens_of(other).delete(other.key)
        if token is not None:
            await self.tokens_of(account).save(account.key, token, account.user_id)
        content = msgspec.json.encode(self._changed(account, self._vault.seal))

        def step(db: sqlite3.Connection) -> None:
            values = (account.name, account.kind, content)
            db.execute("INSERT OR REPLACE INTO accounts (name, kind, account) VALUES (?, ?, ?)", values)
            choose(db, account)

        await self._file.run(step)

    async def use(self, account: Account) -> None:
        """Make an account the default."""
        await self._file.run(lambda db: choose(db, account))

    async def delete(self, account: Account) -> None:
        """Forget an account and its token."""
        await self.tokens_of(account).delete(account.key)
        await self._file.run(lambda db: db.execute("DELETE FROM accounts WHERE name = ?", (account.name,)) and None)

    def _changed(self, account: Account, change: Callable[[str], str]) -> Account:
        secrets = {name: value for name in SECRETS if account.sealed and (value := getattr(account, name)) is not None}
        return msgspec.structs.replace(account, **{name: change(value) for name, value in secrets.items()})

    def _make_directory(self) -> None:
        directory = self.path.parent
        if not directory.exists():
            directory.mkdir(parents=True, mode=0o700)
        if directory.name == "xdk-async":  # made by us, whoever made it first; another directory is its owner's affair
            with contextlib.suppress(OSError):
                directory.chmod(0o700)


def choose(db: sqlite3.Connection, account: Account) -> None:
    """Make an account the default of its kind, within a transaction."""
    db.execute("UPDATE accounts SET is_default = (name = ?) WHERE (kind = 'app') = ?", (account.name, account.is_app))
