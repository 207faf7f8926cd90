"""OAuth 2.0 tokens. What comes from one sign-in is a family; a refresh token that is used twice ends all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from xdk_async._core.operation import Auth
from xdk_async.sandbox.access import Access
from xdk_async.sandbox.clock import Clock

OFFLINE = "offline.access"  # the scope that brings a refresh token


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens that were handed out."""

    time: float
    """When, by the sandbox's clock."""
    user_id: str
    """Whose tokens they are."""
    family: int
    """Which sign-in they come from."""
    generation: int
    """1 for the tokens of the sign-in itself, one more for each renewal."""
    scope: str
    """What they are good for."""
    access_token: str = field(repr=False)
    """The access token handed out."""
    refresh_token: str | None = field(repr=False)
    """The refresh token handed out."""


@dataclass(slots=True)
class Family:
    """One sign-in and what came of it."""

    id: int
    client_id: str
    user_id: str
    scopes: tuple[str, ...]
    lifetime: float
    grants: list[Grant] = field(default_factory=list[Grant])
    ended: bool = False


class Families:
    """Hands tokens out and takes them back."""

    def __init__(self, clock: Clock, access: Access, mint: Callable[[], str]) -> None:
        self.grants: list[Grant] = []
        self.all: list[Family] = []
        """Every sign-in, oldest first."""
        self._clock = clock
        self._access = access
        self._mint = mint
        self._by_refresh: dict[str, Family] = {}
        self._by_access: dict[str, Family] = {}

    def begin(self, client_id: str, user_id: str, scopes: Iterable[str], lifetime: float) -> dict[str, Any]:
        """The first tokens of a sign-in, as the token endpoint answers them."""
        family = Family(len(self.all) + 1, client_id, user_id, tuple(scopes), lifetime)
        self.all.append(family)
        return self._grant(family)

    def renew(self, client_id: str, refresh_token: str) -> dict[str, Any] | None:
        """The next tokens of a family; None if that refresh token is not good."""
        family = self._by_refresh.get(refresh_token)
        if family is None or family.ended or family.client_id != client_id:
            return None
        if family.grants[-1].refresh_token != refresh_token:
            self.end(family)
            return None
        return self._grant(family)

    def revoke(self, client_id: str, token: str) -> None:
        """Make a token useless; with a refresh token goes all that came from the same sign-in."""
        family = self._by_refresh.get(token)
        if family is not None and family.client_id == client_id:
            self.end(family)
        elif token in self._by_access and self._by_access[token].client_id == client_id:
            self._access.revoke(token)

    def end(self, family: Family) -> None:
        """Make all tokens of a sign-in useless."""
        family.ended = True
        for grant in family.grants:
            self._access.revoke(grant.access_token)

    def take(self, families: Iterable[Family]) -> None:
        """Remember these sign-ins instead; which of their tokens are good is for `Access` to know."""
        self.all = [*families]
        given = [(grant, family) for family in self.all for grant in family.grants]
        self.grants = sorted((grant for grant, _ in given), key=lambda grant: grant.time)
        self._by_access = {grant.access_token: family for grant, family in given}
        self._by_refresh = {grant.refresh_token: family for grant, family in given if grant.refresh_token}

    def _grant(self, family: Family) -> dict[str, Any]:
        now, scope = self._clock.now(), " ".join(family.scopes)
        access, refresh = self._mint(), self._mint() if OFFLINE in family.scopes else None
        grant = Grant(now, family.user_id, family.id, len(family.grants) + 1, scope, access, refresh)
        family.grants.append(grant)
        self.grants.append(grant)
        self._by_access[access] = family
        self._access.grant(
            access, Auth.OAUTH2, family.user_id, scopes=frozenset(family.scopes), expires=now + family.lifetime
        )
        whole = int(family.lifetime)
        lifetime = whole if whole == family.lifetime else family.lifetime
        answer = {"token_type": "bearer", "expires_in": lifetime, "access_token": access, "scope": scope}
        if refresh is not None:
            self._by_refresh[refresh] = family
            answer["refresh_token"] = refresh
        return answer
