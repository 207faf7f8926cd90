"""Authorization codes of OAuth 2.0: good once, for 30 seconds, and only together with what began the sign-in."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from xdk_async.sandbox.clock import Clock

LIFETIME = 30  # seconds


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app asks of a user."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str = field(repr=False)
    challenge: str = field(repr=False)
    method: str = "S256"


@dataclass(frozen=True, slots=True)
class Code:
    """A wish that a user granted."""

    wish: Wish
    user_id: str
    expires: float


class Codes:
    """The codes that are on their way."""

    def __init__(self, clock: Clock, mint: Callable[[], str]) -> None:
        self._clock = clock
        self._mint = mint
        self._codes: dict[str, Code] = {}

    def issue(self, wish: Wish, user_id: str) -> str:
        """A code for a granted wish."""
        code = self._mint()
        self._codes[code] = Code(wish, user_id, self._clock.now() + LIFETIME)
        return code

    def take(self, code: str, client_id: str, redirect_uri: str, verifier: str) -> Code | str:
        """Use a code up: what it stands for, or what is wrong. One that came with something wrong is used up too."""
        found = self._codes.pop(code, None)
        if found is None or self._clock.now() >= found.expires:
            return f"The code is unknown, was used before, or is older than {LIFETIME} seconds."
        if found.wish.client_id != client_id:
            return "The code was given to another client."
        if found.wish.redirect_uri != redirect_uri:
            return "The redirect_uri is not the one that the sign-in began with."
        if not fits(verifier, found.wish):
            return "The code_verifier does not fit the code_challenge."
        return found


def fits(verifier: str, wish: Wish) -> bool:
    """Whether a verifier belongs to the challenge (RFC 7636 §4.6)."""
    derived = verifier
    if wish.method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        derived = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(derived.encode(), wish.challenge.encode())
