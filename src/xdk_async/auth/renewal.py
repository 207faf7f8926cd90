"""A user's token that renews itself: one renewal for any number of waiting requests, tasks, processes and machines.

X's refresh tokens are good for one use. So whoever renews holds a lease in the store, saves the new token before anyone
uses it, and gives way to what the store says: the loser of a race takes the winner's token. The one moment that can lose a
session is a kill between X's answer and the save. The lease then ends by itself without a result; the next holder sees
that, tries the same refresh token, and if X refuses it reports `SessionLost`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import msgspec

from xdk_async._core.hook import called
from xdk_async._core.limits import Principal
from xdk_async._core.operation import Auth
from xdk_async.auth.credential import Credential
from xdk_async.auth.endpoint import TokenEndpoint
from xdk_async.auth.store import Lease, TokenStore
from xdk_async.auth.token import Stored, Token, TokenKey, TokenRefused
from xdk_async.errors import AnswerError, CredentialsError, ServerError, SessionLost, TimedOut, TransportError

OnToken: TypeAlias = Callable[[Token], Awaitable[None] | None]
log: logging.Logger = logging.getLogger("xdk_async")


@dataclass(frozen=True, slots=True)
class Renewing:
    """How renewals are done; shared by all users of a client."""

    store: TokenStore
    endpoint: TokenEndpoint | None  # None without a client id: then nothing can be renewed
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    on_token: OnToken | None = None
    prepare: Callable[[], Awaitable[None]] | None = None  # run before the store is first read
    on_load: Callable[[Token], None] | None = None  # sees each token that the store gives
    lease: float = 10.0  # seconds that others wait after a crash; extended as long as a renewal runs
    deadline: float = 60.0  # seconds that a renewal may take; giving up early could lose what X answers late
    poll: float = 0.1  # seconds between looks at the store while another process renews


class RenewingToken(Credential):
    """The OAuth 2.0 token of one user."""

    kind = Auth.OAUTH2
    renews = True

    def __init__(self, key: TokenKey, how: Renewing, has_token: Callable[[], bool] | None = None) -> None:
        self._key = key
        self._how = how
        self._has_token = has_token
        self.principal: Principal = Principal(key.client_id, key.subject)
        self._stored: Stored | None = None
        self._renewal: asyncio.Task[Stored] | None = None
        self._unsaved: tuple[Stored, Token] | None = None

    def is_ready(self) -> bool:
        """Whether a user has signed in, as far as can be told without asking the store."""
        return self._has_token is None or self._has_token()

    async def sign(self, request: httpx.Request) -> None:
        """Set `Authorization: Bearer …` with a token that is good for a while."""
        put(request, await self.current())

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign; on a 401, renew once and send again."""
        stored = await self.current()
        put(request, stored)
        response = yield request
        if response.status_code == 401:
            put(request, await self.renewed(stored))
            yield request

    async def current(self) -> Stored:
        """The token to use now, renewed if it is about to expire.

        Raises:
            CredentialsError: Nothing is stored, or it cannot be renewed.
            SessionLost: The user has to sign in again.
        """
        stored = self._stored
        if stored is None or stored.token.is_due(self._how.clock()):
            stored = self._stored = await self._load()
        if not stored.token.is_due(self._how.clock()):
            return stored
        try:
            return await self.renewed(stored)
        except (CredentialsError, TransportError, AnswerError) as error:
            if isinstance(error, SessionLost) or stored.token.has_expired(self._how.clock()):
                raise
            log.warning("the token of %s could not be renewed yet, and is still good: %s", self._key.subject, error)
            return stored

    async def renewed(self, used: Stored) -> Stored:
        """A newer token than `used`: another's if somebody was faster, else one that is bought now."""
        if self._stored is not None and self._stored.generation > used.generation:
            return self._stored
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(used))
            self._renewal.add_done_callback(look_at)
        # Shielded: a request that is cancelled must not take the renewal of all others with it.
        try:
            stored = await asyncio.shield(self._renewal)
        except TransportError as error:
            error.sent = False  # the request for a token was, the call that waits for it was not
            raise
        self._stored = stored
        return stored

    async def _renew(self, used: Stored) -> Stored:
        owner = secrets.token_hex(16)
        if self._unsaved is not None:
            return await self._save(*self._unsaved)
        while True:
            stored = await self._load()
            if stored.generation != used.generation:
                return stored
            endpoint, refresh_token = self._means(stored)
            lease = await self._how.store.acquire(self._key, owner, self._how.lease)
            if lease is not None:
                return await self._under(lease, owner, used, endpoint, refresh_token)
            await self._how.sleep(self._how.poll)

    def _means(self, stored: Stored) -> tuple[TokenEndpoint, str]:
        if self._how.endpoint is None:
            raise CredentialsError(
                "the access token is wrong, revoked or has expired, and renewing it needs the app's client id (client_id=)"
            )
        if stored.token.refresh_token is None:
            raise CredentialsError(
                "the access token has expired, and there is no refresh token: sign in with the scope offline.access"
            )
        return self._how.endpoint, stored.token.refresh_token

    async def _under(
        self, lease: Lease, owner: str, used: Stored, endpoint: TokenEndpoint, refresh_token: str
    ) -> Stored:
        store = self._how.store
        if lease.stored.generation != used.generation:
            await store.release(self._key, owner, resolved=True)
            return lease.stored
        try:
            async with self._holding(owner):
                token = await self._bought(endpoint, refresh_token)
        except TokenRefused as error:
            return await self._after_refusal(lease, owner, error)
        except BaseException as error:
            await store.release(self._key, owner, resolved=unused(error) and not lease.unresolved)
            raise
        if token.refresh_token is None:  # X rotates them; an answer without one leaves the old one good
            token = msgspec.structs.replace(token, refresh_token=refresh_token)
        return await self._save(lease.stored, token)

    @contextlib.asynccontextmanager
    async def _holding(self, owner: str) -> AsyncGenerator[None, None]:
        """Extend the lease while X takes its time: a lease that ended would let another use the same refresh token."""

        async def extend() -> None:
            while True:
                await asyncio.sleep(self._how.lease / 4)
                try:
                    await self._how.store.extend(self._key, owner, self._how.lease)
                except CredentialsError as error:  # a store that fails for a moment gets another chance, and another
                    log.warning("the lease on renewing the token of %s was not extended: %s", self._key.subject, error)

        holding = asyncio.create_task(extend())
        holding.add_done_callback(look_at)
        try:
            yield
        finally:
            holding.cancel()

    async def _bought(self, endpoint: TokenEndpoint, refresh_token: str) -> Token:
        limit = asyncio.timeout(self._how.deadline)
        try:
            async with limit:
                return await endpoint.renew(refresh_token)
        except TimeoutError:
            raise TimedOut("renewing the token took too long", sent=True, phase="deadline") from None

    async def _save(self, before: Stored, token: Token) -> Stored:
        """Saved before it is used. A store that fails gets more chances: until then the token is kept here alone."""
        self._unsaved = (before, token)
        for wait in (0.1, 0.5, 2.0):
            try:
                stored = await self._how.store.replace(self._key, before.generation, token)
                break
            except CredentialsError:
                await self._how.sleep(wait)
        else:
            stored = await self._how.store.replace(self._key, before.generation, token)
        self._unsaved = None
        if stored is None:
            return await self._load()
        log.info("renewed the token of %s, generation %d", self._key.subject, stored.generation)
        await called(self._how.on_token, token)
        return stored

    async def _after_refusal(self, lease: Lease, owner: str, error: TokenRefused) -> Stored:
        """X refuses a refresh token that was used. Whoever used it may have saved what it bought: look before giving up."""
        now = await self._how.store.load(self._key)
        if now is not None and now.generation != lease.stored.generation:
            return now
        await self._how.store.release(self._key, owner, resolved=not lease.unresolved)
        if lease.unresolved:
            raise SessionLost(self._key.client_id, self._key.subject) from error
        raise CredentialsError(f"the session of {self._key.subject!r} has ended, sign in again: {error}") from error

    async def _load(self) -> Stored:
        if self._how.prepare is not None:
            await self._how.prepare()
        stored = await self._how.store.load(self._key)
        if stored is None:
            raise CredentialsError(f"no token is stored for {self._key.subject!r}: sign in first")
        if self._how.on_load is not None:
            self._how.on_load(stored.token)
        return stored

    def forget(self) -> None:
        """Look into the store again before the next call: somebody has signed in or out."""
        self._stored = None

    def __repr__(self) -> str:
        return f"<RenewingToken of {self._key.subject!r}>"


def unused(error: BaseException) -> bool:
    """Whether it is certain that X did not use the refresh token up."""
    if isinstance(error, TransportError):
        return not error.sent
    return isinstance(error, AnswerError) and not isinstance(error, ServerError)


def look_at(task: asyncio.Task[Any]) -> None:
    """An error that nobody waits for any more is not worth asyncio's complaint."""
    if not task.cancelled():
        task.exception()


def put(request: httpx.Request, stored: Stored) -> None:
    """Sign a request with a token."""
    request.headers["Authorization"] = f"Bearer {stored.token.access_token}"
