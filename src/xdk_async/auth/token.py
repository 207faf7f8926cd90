"""A user's OAuth 2.0 token, and who it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from xdk_async.errors import CredentialsError, InvalidArgument

LEEWAY = 30.0  # seconds before expiry at which a token is renewed, but never more than a tenth of its lifetime


class TokenKey(NamedTuple):
    """Whose token: X's token answer names no user, so the subject is a name that the caller chooses."""

    client_id: str
    subject: str = "default"


class TokenDict(dict[str, Any]):
    """A token as a dictionary, as X's documentation hands it around. Its `repr` shows no secret."""

    def __repr__(self) -> str:
        return f"<token with {', '.join(sorted(self))}>"


class Token(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What X's token endpoint answers, with the moment it expires."""

    access_token: str
    """Signs requests, for `expires_in` seconds."""
    refresh_token: str | None = None
    """Buys the next token, once; only with the scope `offline.access`."""
    expires_at: float | None = None
    """When the access token expires, in seconds since the epoch; None if X did not say."""
    expires_in: float | None = None
    """Lifetime in seconds when it was issued; X's is 7200."""
    scope: str | None = None
    """What the user allowed, separated by spaces."""
    token_type: str = "bearer"
    """Always `bearer`."""

    @classmethod
    def from_dict(cls, answer: Mapping[str, Any], now: float | None = None) -> Token:
        """A token from a dictionary.

        Args:
            answer: what the token endpoint answered, or a dictionary saved from it; further members are left out.
            now: when it was received; `expires_at` is derived from `expires_in` then, unless it is there already.

        Raises:
            InvalidArgument: It holds no access token, or members of other types.
        """
        known = {name: answer[name] for name in cls.__struct_fields__ if answer.get(name) is not None}
        try:
            token = msgspec.convert(known, cls, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidArgument(f"this is no token of X's token endpoint: {error}") from None
        if token.expires_at is None and token.expires_in is not None and now is not None:
            return msgspec.structs.replace(token, expires_at=now + token.expires_in)
        return token

    def to_dict(self) -> TokenDict:
        """The same as a dictionary; without what is not known."""
        return TokenDict(msgspec.to_builtins(self))

    def is_due(self, now: float) -> bool:
        """Whether to renew it: it expires within 30 seconds, or within a tenth of its lifetime if that is less.

        A token of unknown expiry is never due: it is tried, and renewed when X refuses it.
        """
        if self.expires_at is None:
            return False
        return now >= self.expires_at - min(LEEWAY, (self.expires_in or LEEWAY * 10) / 10)

    def has_expired(self, now: float) -> bool:
        """Whether X will refuse it; False if its expiry is unknown."""
        return self.expires_at is not None and now >= self.expires_at

    def __repr__(self) -> str:
        return (
            f"Token(scope={self.scope!r}, expires_at={self.expires_at!r}, renewable={self.refresh_token is not None})"
        )


class Stored(NamedTuple):
    """A token as a store keeps it."""

    token: Token
    generation: int
    """Counts up with every token saved under a key."""
    user_id: str | None = None
    """X's id of the user, once known."""


class TokenRefused(CredentialsError):
    """X's token endpoint refused a code or a token."""

    def __init__(self, message: str, error: str | None = None) -> None:
        super().__init__(message)
        self.error = error
        """X's word for it, such as `invalid_request` or `invalid_grant`."""
