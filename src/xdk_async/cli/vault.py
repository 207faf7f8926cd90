"""Secrets that are useless without the system's keyring: the file holds them encrypted, the keyring holds the key.

So renewing a token stays what it is in the file alone, one transaction that is safe between processes, which no keyring has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from xdk_async.auth import SQLiteStore, Stored, Token
from xdk_async.auth.store import Lease
from xdk_async.auth.token import TokenKey
from xdk_async.cli.failure import CommandFailed, ExitCode, missing_extra
from xdk_async.errors import CredentialsError

SERVICE = "xdk-async"
PARTS = ("access_token", "refresh_token")


class Vault:
    """Seals and opens secrets with the key of one file.

    Args:
        path: the file; each has a key of its own.
    """

    def __init__(self, path: Path) -> None:
        self._name = str(path.resolve())
        self._cipher: Any = None

    def seal(self, secret: str) -> str:
        """A secret, encrypted; the first time makes the key."""
        return str(self._box(make=True).encrypt(secret.encode()).decode())

    def open(self, sealed: str) -> str:
        """A secret that was sealed.

        Raises:
            CredentialsError: The keyring has not its key, or another.
        """
        from cryptography.fernet import InvalidToken

        try:
            return str(self._box(make=False).decrypt(sealed.encode()).decode())
        except InvalidToken:
            raise CredentialsError("the keyring's key is not the one that sealed the token: sign in again") from None

    def _box(self, *, make: bool) -> Any:
        if self._cipher is not None:
            return self._cipher
        try:
            import keyring
            from cryptography.fernet import Fernet
            from keyring.errors import KeyringError
        except ModuleNotFoundError as error:
            raise missing_extra("keyring", error.name) from None
        try:
            key = keyring.get_password(SERVICE, self._name)
            if key is None and make:
                key = Fernet.generate_key().decode()
                keyring.set_password(SERVICE, self._name, key)
        except KeyringError as error:
            raise CommandFailed(f"the keyring does not work: {error}", ExitCode.CREDENTIALS) from None
        if key is None:
            raise CredentialsError("the keyring holds no key for the sealed token: sign in again")
        self._cipher = Fernet(key)
        return self._cipher


class SealedStore(SQLiteStore):
    """An `SQLiteStore` whose tokens are sealed."""

    def __init__(self, path: Path, vault: Vault) -> None:
        super().__init__(path)
        self._vault = vault

    async def load(self, key: TokenKey) -> Stored | None:
        """The token under a key; None if there is none."""
        stored = await super().load(key)
        return self._opened(stored) if stored else None

    async def save(self, key: TokenKey, token: Token, user_id: str | None = None) -> Stored:
        """Put a token under a key, whatever is there."""
        return self._opened(await super().save(key, self._sealed(token), user_id))

    async def acquire(self, key: TokenKey, owner: str, seconds: float) -> Lease | None:
        """The lease on renewing, if nobody holds one."""
        lease = await super().acquire(key, owner, seconds)
        return lease._replace(stored=self._opened(lease.stored)) if lease else None

    async def replace(self, key: TokenKey, generation: int, token: Token) -> Stored | None:
        """Save a renewed token if nothing newer is there."""
        stored = await super().replace(key, generation, self._sealed(token))
        return self._opened(stored) if stored else None

    def _sealed(self, token: Token) -> Token:
        return changed(token, self._vault.seal)

    def _opened(self, stored: Stored) -> Stored:
        return stored._replace(token=changed(stored.token, self._vault.open))


def changed(token: Token, change: Any) -> Token:
    """The token with its secrets changed."""
    parts = {name: change(value) for name in PARTS if (value := getattr(token, name)) is not None}
    return msgspec.structs.replace(token, **parts)
