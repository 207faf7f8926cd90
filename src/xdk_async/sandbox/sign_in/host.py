"""The part of a sandbox that signs people and apps in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from xdk_async._core.operation import Auth
from xdk_async.sandbox.access import Access, Caller
from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.presented import Presented
from xdk_async.sandbox.record import User
from xdk_async.sandbox.sign_in.app_only import AppToken
from xdk_async.sandbox.sign_in.code import Codes
from xdk_async.sandbox.sign_in.family import Families, Grant
from xdk_async.sandbox.sign_in.pair import Pairs, UserPair
from xdk_async.sandbox.sign_in.scope import SCOPES
from xdk_async.sandbox.sign_in.signature import Signatures
from xdk_async.sandbox.store import Store


class Host:
    """Whom the sandbox knows, and which tokens it has handed out."""

    store: Store
    clock: Clock
    app_name: str = "Your app"
    client_id: str
    client_secret: str
    api_key: str
    api_secret: str
    oauth1_token: str
    oauth1_token_secret: str
    redirect_uris: Sequence[str]
    token_lifetime: float
    auto_approve: bool

    def open_doors(self, mark: str) -> None:
        """Set up the state of signing in; credentials, users and clock are there already."""
        self._mark = mark
        self.signatures: Signatures = Signatures(self.clock, self.api_key, self.api_secret)
        self.pairs: Pairs = Pairs(self._mint)
        self.pairs.users[self.oauth1_token] = UserPair(self.me.id, self.oauth1_token_secret)
        self.access: Access = Access(self.clock, self._signer)
        self.codes: Codes = Codes(self.clock, self._mint)
        self.families: Families = Families(self.clock, self.access, self._mint)
        self.bought: AppToken = AppToken(self.access, self._mint)

    @property
    def me(self) -> User:
        """The signed-in user: the first one."""
        return next(iter(self.store.users.values()))

    @property
    def grants(self) -> list[Grant]:
        """Every OAuth 2.0 grant that was carried out, oldest first: sign-ins and renewals."""
        return self.families.grants

    def find_user(self, name: str) -> User | None:
        """The user with that id or handle."""
        return self.store.users.get(name) or self.store.user_named(name)

    def sign_in(
        self,
        user: User | str | None = None,
        *,
        scopes: str | Sequence[str] | None = None,
        lifetime: float | None = None,
    ) -> dict[str, Any]:
        """What the token endpoint answers at the end of a sign-in, without the way there.

        Args:
            user: Who signs in, by id or handle; `me` if left out.
            scopes: What is allowed, as a list or separated by spaces; everything if left out.
            lifetime: Seconds until access tokens of this sign-in expire, the renewed ones too; `token_lifetime` if left out.
        """
        who = self.find_user(user) if isinstance(user, str) else user or self.me
        if who is None:
            raise ValueError(f"nobody here is called {user}")
        wanted = tuple(scopes.split() if isinstance(scopes, str) else scopes or SCOPES)
        if unknown := [scope for scope in wanted if scope not in SCOPES]:
            raise ValueError(f"no scope is called {', '.join(unknown)}")
        return self.families.begin(
            self.client_id, who.id, wanted, self.token_lifetime if lifetime is None else lifetime
        )

    def _signer(self, shown: Presented) -> Caller:
        signed = self.signatures.check(shown, self.pairs.user_secret)
        pair = self.pairs.users[signed.token]
        return Caller(signed.token, Auth.OAUTH1, pair.user_id, level=pair.level)

    def _mint(self) -> str:
        return self._mark + secrets.token_urlsafe(24)
