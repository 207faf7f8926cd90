"""Where users' tokens are kept. A store is shared by tasks, and (SQLite, Redis) by processes and machines."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from xdk_async._core.checkpoint import MemoryCheckpoints
from xdk_async.auth.token import Stored, Token, TokenKey


class Lease(NamedTuple):
    """The right to renew one token, for a while."""

    stored: Stored
    """The token to renew, read in the same step that granted the lease."""
    unresolved: bool
    """Whether an earlier holder never told how its renewal ended: its refresh token may have been used up."""


class TokenStore(Protocol):
    """What a store does. Every method is one atomic step."""

    async def load(self, key: TokenKey) -> Stored | None:
        """The token under a key; None if there is none."""
        ...

    async def save(self, key: TokenKey, token: Token, user_id: str | None = None) -> Stored:
        """Put a token under a key, whatever is there: the end of a sign-in."""
        ...

    async def delete(self, key: TokenKey) -> None:
        """Forget what is under a key, but count its generation up: a renewal that is under way must not bring it back."""
        ...

    async def acquire(self, key: TokenKey, owner: str, seconds: float) -> Lease | None:
        """The lease on renewing a key's token, if nobody holds one.

        Args:
            key: whose token.
            owner: a name that no other holder has.
            seconds: after which the lease ends by itself, as it does if its holder is killed; by the store's clock,
                since those of several machines differ.
        """
        ...

    async def extend(self, key: TokenKey, owner: str, seconds: float) -> None:
        """Hold a lease for so many seconds from now; that of another is left alone."""
        ...

    async def release(self, key: TokenKey, owner: str, *, resolved: bool) -> None:
        """Give a lease back without a new token.

        Args:
            key: whose token.
            owner: who holds it; the lease of another is left alone.
            resolved: whether it is certain that the refresh token was not used. If not, the next holder is told.
        """
        ...

    async def replace(self, key: TokenKey, generation: int, token: Token) -> Stored | None:
        """Save a renewed token if `generation` is still what is stored, and end the lease; None if it is not."""
        ...


@dataclass(slots=True)
class _Entry:
    generation: int = 0
    stored: Stored | None = None
    owner: str | None = None
    until: float = 0.0


class MemoryStore:
    """Tokens of one process, gone when it ends.

    Args:
        clock: Seconds, for leases.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries: dict[TokenKey, _Entry] = {}
        self._clock = clock
        self._checkpoints = MemoryCheckpoints()

    async def load(self, key: TokenKey) -> Stored | None:
        """The token under a key; None if there is none."""
        entry = self._entries.get(key)
        return entry.stored if entry else None

    async def save(self, key: TokenKey, token: Token, user_id: str | None = None) -> Stored:
        """Put a token under a key, whatever is there."""
        return self._put(key, token, user_id)

    async def delete(self, key: TokenKey) -> None:
        """Forget what is under a key."""
        if key in self._entries:
            self._entries[key] = _Entry(self._entries[key].generation + 1)

    async def acquire(self, key: TokenKey, owner: str, seconds: float) -> Lease | None:
        """The lease on renewing, if nobody holds one."""
        entry = self._entries.get(key)
        if entry is None or entry.stored is None or (entry.owner is not None and self._clock() < entry.until):
            return None
        unresolved = entry.owner is not None
        entry.owner, entry.until = owner, self._clock() + seconds
        return Lease(entry.stored, unresolved)

    async def extend(self, key: TokenKey, owner: str, seconds: float) -> None:
        """Hold a lease for longer."""
        entry = self._entries.get(key)
        if entry is not None and entry.owner == owner:
            entry.until = self._clock() + seconds

    async def release(self, key: TokenKey, owner: str, *, resolved: bool) -> None:
        """Give a lease back."""
        entry = self._entries.get(key)
        if entry is not None and entry.owner == owner:
            entry.owner, entry.until = None if resolved else owner, 0.0

    async def replace(self, key: TokenKey, generation: int, token: Token) -> Stored | None:
        """Save a renewed token if nothing newer is there."""
        entry = self._entries.get(key)
        if entry is None or entry.stored is None or entry.generation != generation:
            return None
        return self._put(key, token, entry.stored.user_id)

    def checkpoints(self) -> MemoryCheckpoints:
        """A store of checkpoints beside the tokens."""
        return self._checkpoints

    def _put(self, key: TokenKey, token: Token, user_id: str | None) -> Stored:
        entry = self._entries.get(key, _Entry())
        stored = Stored(token, entry.generation + 1, user_id)
        self._entries[key] = _Entry(stored.generation, stored)
        return stored

    def __repr__(self) -> str:
        return f"<MemoryStore of {len(self._entries)} tokens>"
