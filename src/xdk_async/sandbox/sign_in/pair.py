"""OAuth 1.0a tokens with their secrets: temporary ones of sign-ins, and those of users."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["read", "read-write", "read-write-directmessages"]
LEVELS: dict[str, Level] = {"": "read-write-directmessages", "read": "read", "write": "read-write"}


@dataclass(slots=True)
class UserPair:
    """A user's token; it does not expire."""

    user_id: str
    secret: str = field(repr=False)
    level: Level = "read-write-directmessages"


@dataclass(slots=True)
class Temporary:
    """A sign-in that has begun."""

    secret: str = field(repr=False)
    callback: str
    level: Level
    user_id: str = ""  # who said yes
    verifier: str = field(default="", repr=False)


class Pairs:
    """All OAuth 1.0a tokens. `mint` makes secrets."""

    def __init__(self, mint: Callable[[], str]) -> None:
        self.users: dict[str, UserPair] = {}
        self.temporary: dict[str, Temporary] = {}
        self._mint = mint

    def begin(self, callback: str, level: Level) -> str:
        """A temporary token."""
        token = self._mint()
        self.temporary[token] = Temporary(self._mint(), callback, level)
        return token

    def approve(self, token: str, user_id: str) -> str:
        """Let a user say yes; the verifier, which is a PIN if there is no address to go back to."""
        begun = self.temporary[token]
        begun.verifier = f"{secrets.randbelow(10**7):07d}" if begun.callback == "oob" else self._mint()
        begun.user_id = user_id
        return begun.verifier

    def finish(self, token: str) -> str:
        """Use a temporary token up; the user's token."""
        begun = self.temporary.pop(token)
        made = f"{begun.user_id}-{self._mint()}"
        self.users[made] = UserPair(begun.user_id, self._mint(), begun.level)
        return made

    def user_secret(self, token: str) -> str | None:
        """The secret of a user's token."""
        found = self.users.get(token)
        return found.secret if found else None

    def temporary_secret(self, token: str) -> str | None:
        """The secret of a temporary token."""
        found = self.temporary.get(token)
        return found.secret if found else None
