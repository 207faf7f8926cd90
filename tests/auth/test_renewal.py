"""A session is renewed once for everyone, saved before it is used, and lost at one moment only."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx
import pytest

from tests.auth.token_server import Clock, TokenServer
from xdk_async import AsyncClient, AuthenticationError, CredentialsError, Disconnected, SessionLost
from xdk_async._core.transport import Transport
from xdk_async.auth.endpoint import TokenEndpoint
from xdk_async.auth.renewal import Renewing, RenewingToken
from xdk_async.auth.store import Lease, MemoryStore, TokenStore
from xdk_async.auth.token import Stored, Token, TokenKey

T = TypeVar("T")
KEY = TokenKey("app", "alice")


def session(server: TokenServer, store: TokenStore, **settings: Any) -> RenewingToken:
    transport = Transport("https://x.test", http=server, clock=server.clock, sleep=server.clock.sleep)
    how = Renewing(store, TokenEndpoint(transport, "app"), server.clock, server.clock.sleep, **settings)
    return RenewingToken(KEY, how)


async def signed_in(server: TokenServer) -> MemoryStore:
    store = MemoryStore(server.clock)
    await store.save(KEY, server.issue())
    return store


async def test_a_token_is_renewed_shortly_before_it_expires() -> None:
    server = TokenServer(Clock())
    user = session(server, await signed_in(server))
    server.clock.now += 7200 - 31
    assert (await user.current()).generation == 1
    server.clock.now += 1
    assert (await user.current()).generation == 2
    assert server.grants == 1


async def test_the_leeway_of_a_short_token_is_a_tenth_of_its_lifetime() -> None:
    server = TokenServer(Clock(), lifetime=10)
    user = session(server, await signed_in(server))
    server.clock.now += 8.9
    assert (await user.current()).generation == 1
    server.clock.now += 0.1
    assert (await user.current()).generation == 2


async def test_a_token_of_unknown_expiry_is_tried_and_renewed_when_x_refuses_it() -> None:
    server = TokenServer(Clock())
    token = server.issue()
    server.clock.now += 8000
    old = {"access_token": token.access_token, "refresh_token": token.refresh_token}
    async with AsyncClient(token=old, client_id="app", transport=server) as client:
        assert (await client.users.get_me()).status == 200
    assert server.grants == 1
    assert [request.url.path for request in server.requests] == ["/2/users/me", "/2/oauth2/token", "/2/users/me"]


async def test_five_hundred_requests_at_the_moment_of_expiry_renew_once() -> None:
    server = TokenServer(Clock())

    async def slow() -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    server.before = slow
    token = server.issue()
    server.clock.now += 7300
    expired = {**token.to_dict(), "expires_at": 1.0}
    async with AsyncClient(token=expired, client_id="app", transport=server) as client:
        answers = await asyncio.gather(*(client.users.get_me() for _ in range(500)))
    assert {answer.status for answer in answers} == {200}
    assert server.grants == 1


async def test_the_new_token_is_saved_before_it_is_used_and_handed_on() -> None:
    server = TokenServer(Clock())
    order: list[str] = []

    class Watched(MemoryStore):
        async def replace(self, key: TokenKey, generation: int, token: Token) -> Stored | None:
            order.append("saved")
            return await super().replace(key, generation, token)

    async def on_token(token: Token) -> None:
        order.append("told")

    store = Watched()
    await store.save(TokenKey("app", "default"), Token.from_dict({**server.issue().to_dict(), "expires_at": 1.0}))

    async def on_request(request: httpx.Request) -> None:
        if request.url.path != "/2/oauth2/token":
            order.append("asked")

    settings: dict[str, Any] = {"on_token": on_token, "on_request": [on_request], "transport": server}
    async with AsyncClient(client_id="app", token_store=store, **settings) as client:
        await client.users.get_me()
    assert order == ["asked", "saved", "told"], "hooks run before signing"
    assert server.requests[-1].headers["authorization"] == "Bearer SECRET-access-2"


async def test_the_callback_may_be_a_plain_function() -> None:
    server = TokenServer(Clock())
    told = list[Token]()
    expired = {**server.issue().to_dict(), "expires_at": 1.0}
    async with AsyncClient(client_id="app", token=expired, on_token=told.append, transport=server) as client:
        await client.users.get_me()
    assert [token.access_token for token in told] == ["SECRET-access-2"]


async def test_a_failing_callback_loses_nothing() -> None:
    server = TokenServer(Clock())
    store = await signed_in(server)

    async def fails(token: Token) -> None:
        raise RuntimeError("the callback's own")

    server.clock.now += 7300
    with pytest.raises(RuntimeError, match="own"):
        await session(server, store, on_token=fails).current()
    assert (await session(server, store).current()).generation == 2
    assert server.grants == 1


async def test_another_process_that_was_faster_wins() -> None:
    server = TokenServer(Clock())
    store = await signed_in(server)
    here, there = session(server, store), session(server, store)
    first = await here.current()
    server.clock.now += 7300
    await there.current()
    assert (await here.renewed(first)).generation == 2
    assert server.grants == 1


async def test_a_store_that_fails_for_a_while_costs_no_session() -> None:
    server = TokenServer(Clock())

    class Flaky(MemoryStore):
        failures = 9

        async def replace(self, key: TokenKey, generation: int, token: Token) -> Stored | None:
            if self.failures:
                self.failures -= 1
                raise CredentialsError("the disk is full")
            return await super().replace(key, generation, token)

    store = Flaky()
    await store.save(KEY, server.issue())
    user = session(server, store)
    server.clock.now += 7300
    for _ in range(2):
        with pytest.raises(CredentialsError, match="disk"):
            await user.current()
    assert (await user.current()).generation == 2
    assert server.grants == 1


async def test_while_the_old_token_is_good_a_failed_renewal_is_no_failure() -> None:
    server = TokenServer(Clock())
    user = session(server, await signed_in(server))

    async def drop() -> None:
        raise httpx.ConnectError("refused")

    server.before = drop
    server.clock.now += 7180
    assert (await user.current()).generation == 1
    server.clock.now += 30
    with pytest.raises(Exception, match="could not be reached"):
        await user.current()
    server.before = None
    assert (await user.current()).generation == 2


async def test_cancelling_one_waiter_cancels_no_other() -> None:
    server = TokenServer(Clock())
    user = session(server, await signed_in(server))
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    server.before = wait
    server.clock.now += 7300
    first, second = (asyncio.create_task(user.current()) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0)
    gate.set()
    assert (await second).generation == 2
    assert first.cancelled()
    assert server.grants == 1


async def test_without_a_client_id_it_works_until_expiry_and_then_names_the_argument() -> None:
    server = TokenServer(Clock())
    token = server.issue()
    async with AsyncClient(token=token.to_dict(), transport=server) as client:
        assert (await client.users.get_me()).status == 200
    async with AsyncClient(token={**token.to_dict(), "expires_at": 1.0}, transport=server) as client:
        with pytest.raises(CredentialsError, match="client_id="):
            await client.users.get_me()


async def test_without_a_refresh_token_the_error_names_the_scope() -> None:
    server = TokenServer(Clock())
    token = {"access_token": server.issue().access_token, "expires_at": 1.0}
    async with AsyncClient(token=token, client_id="app", transport=server) as client:
        with pytest.raises(CredentialsError, match=r"offline\.access"):
            await client.users.get_me()


async def test_a_session_that_x_ended_is_no_lost_session() -> None:
    server = TokenServer(Clock())
    store = MemoryStore()
    await store.save(KEY, Token(access_token="SECRET-a", refresh_token="SECRET-unknown", expires_at=1.0))
    with pytest.raises(CredentialsError, match="has ended") as caught:
        await session(server, store).current()
    assert not isinstance(caught.value, SessionLost)


async def test_a_401_that_a_renewal_does_not_mend_is_raised_and_not_repeated() -> None:
    server = TokenServer(Clock())
    server.refuses_all = True
    token = {**server.issue().to_dict(), "expires_at": 99_999_999_999.0}
    async with AsyncClient(token=token, client_id="app", transport=server) as client:
        with pytest.raises(AuthenticationError):
            await client.users.get_me()
    assert server.grants == 1


async def test_a_lost_answer_of_the_token_endpoint_tells_that_the_call_was_not_sent() -> None:
    server = TokenServer(Clock())
    user = session(server, await signed_in(server))

    async def drop() -> None:
        raise httpx.ReadError("reset")

    server.before = drop
    server.clock.now += 7300
    with pytest.raises(Disconnected) as caught:
        await user.current()
    assert caught.value.sent is False


class Killed(BaseException):
    """What `kill -9` looks like from inside: nothing after it runs."""


class Fuse:
    """Burns through at the nth step."""

    def __init__(self, step: int) -> None:
        self.left = step
        self.blown = False

    def burn(self) -> None:
        if self.blown:
            raise Killed
        self.left -= 1
        if self.left == 0:
            self.blown = True
            raise Killed


class Mortal:
    """A store in a process that may be killed before and after each of its steps."""

    def __init__(self, store: MemoryStore, fuse: Fuse) -> None:
        self._store = store
        self._fuse = fuse

    async def _step(self, step: Coroutine[Any, Any, T]) -> T:
        try:
            self._fuse.burn()
        except Killed:
            step.close()
            raise
        result = await step
        self._fuse.burn()
        return result

    async def load(self, key: TokenKey) -> Stored | None:
        return await self._step(self._store.load(key))

    async def save(self, key: TokenKey, token: Token, user_id: str | None = None) -> Stored:
        return await self._step(self._store.save(key, token, user_id))

    async def delete(self, key: TokenKey) -> None:
        await self._step(self._store.delete(key))

    async def acquire(self, key: TokenKey, owner: str, seconds: float) -> Lease | None:
        return await self._step(self._store.acquire(key, owner, seconds))

    async def extend(self, key: TokenKey, owner: str, seconds: float) -> None:
        await self._step(self._store.extend(key, owner, seconds))

    async def release(self, key: TokenKey, owner: str, *, resolved: bool) -> None:
        await self._step(self._store.release(key, owner, resolved=resolved))

    async def replace(self, key: TokenKey, generation: int, token: Token) -> Stored | None:
        return await self._step(self._store.replace(key, generation, token))


async def test_of_all_crash_points_only_the_one_between_answer_and_save_loses_the_session() -> None:
    outcomes: list[str] = []
    for step in itertools.count(1):
        server = TokenServer(Clock())
        store, fuse = await signed_in(server), Fuse(step)

        async def burn(fuse: Fuse = fuse) -> None:
            fuse.burn()

        server.before = server.after = burn
        server.clock.now += 7300
        try:
            await session(server, Mortal(store, fuse)).current()
        except Killed:
            pass
        else:
            break
        server.before = server.after = None
        saved, granted = await store.load(KEY), server.grants
        assert saved is not None
        try:
            outcomes.append(f"lives, {(await session(server, store).current()).generation}")
        except SessionLost as lost:
            assert (lost.client_id, lost.subject) == ("app", "alice")
            assert (granted, saved.generation) == (1, 1), "reported lost, and the grant had not been carried out"
            outcomes.append("lost")
        else:
            assert granted == 0 or saved.generation == 2, "reported alive, and the grant was lost"
        assert server.grants <= 1, "one grant for a generation"
    assert "lost" in outcomes
    assert len(outcomes) >= 8
    assert {outcome for outcome in outcomes if outcome != "lost"} == {"lives, 2"}
