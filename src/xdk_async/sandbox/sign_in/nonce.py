"""Remembers which signatures were used."""

from __future__ import annotations

MANY = 10_000  # nonces that are kept before old ones are looked for and forgotten


class Nonces:
    """Nonces by token. One is forgotten when its timestamp has become too old to be accepted."""

    def __init__(self, good_for: float) -> None:
        self._good_for = good_for
        self._seen: dict[tuple[str, str], float] = {}  # token and nonce → timestamp
        self._limit = MANY

    def __len__(self) -> int:
        return len(self._seen)

    def use(self, token: str, nonce: str, timestamp: float) -> bool:
        """Use a nonce; False if it was used before."""
        if (token, nonce) in self._seen:
            return False
        if len(self._seen) >= self._limit:
            self._seen = {key: when for key, when in self._seen.items() if when > timestamp - self._good_for}
            self._limit = max(MANY, 2 * len(self._seen))
        self._seen[token, nonce] = timestamp
        return True
