"""Every store behaves alike; those that outlive a process are safe between processes."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from xdk_async import CredentialsError
from xdk_async.auth.redis_store import RedisStore
from xdk_async.auth.sqlite_store import SQLiteStore
from xdk_async.auth.store import TokenStore
from xdk_async.auth.token import Token, TokenKey

KEY = TokenKey("app", "alice")
ONE = Token(access_token="SECRET-1", refresh_token="SECRET-r1", expires_at=5.0, expires_in=7200, scope="tweet.read")
TWO = Token(access_token="SECRET-2", refresh_token="SECRET-r2")


async def test_what_is_saved_is_loaded(store: TokenStore) -> None:
    assert await store.load(KEY) is None
    saved = await store.save(KEY, ONE, "77")
    assert await store.load(KEY) == saved == (ONE, 1, "77")
    assert await store.load(TokenKey("app", "bob")) is None
    assert await store.load(TokenKey("other", "alice")) is None


async def test_keys_that_join_to_the_same_text_are_different(store: TokenStore) -> None:
    await store.save(TokenKey("a:b", "c"), ONE)
    assert await store.load(TokenKey("a", "b:c")) is None


async def test_a_sign_in_counts_the_generation_up_and_ends_a_lease(store: TokenStore) -> None:
    await store.save(KEY, ONE)
    assert await store.acquire(KEY, "me", 60.0)
    assert (await store.save(KEY, TWO)).generation == 2
    lease = await store.acquire(KEY, "you", 60.0)
    assert lease is not None
    assert lease.unresolved is False


async def test_what_is_deleted_is_gone(store: TokenStore) -> None:
    await store.save(KEY, ONE)
    await store.delete(KEY)
    assert await store.load(KEY) is None
    assert await store.acquire(KEY, "me", 60.0) is None


async def test_one_holds_the_lease_until_it_ends(store: TokenStore) -> None:
    await store.save(KEY, ONE)
    first = await store.acquire(KEY, "me", 0.2)
    assert first is not None
    assert (first.stored.token, first.unresolved) == (ONE, False)
    assert await store.acquire(KEY, "you", 60.0) is None
    await asyncio.sleep(0.25)
    second = await store.acquire(KEY, "you", 60.0)
    assert second is not None
    assert second.unresolved is True, "the first holder never told how it ended"


async def test_a_renewal_under_way_does_not_bring_back_what_was_deleted(store: TokenStore) -> None:
    await store.save(KEY, ONE)
    lease = await store.acquire(KEY, "me", 60.0)
    assert lease is not None
    await store.delete(KEY)
    assert await store.replace(KEY, lease.stored.generation, TWO) is None
    await store.save(KEY, TWO)
    assert await store.replace(KEY, lease.stored.generation, ONE) is None
    assert (found := await store.load(KEY)) is not None
    assert found.token == TWO


@pytest.mark.parametrize("resolved", [True, False])
async def test_a_lease_given_back_tells_the_next_holder_whether_it_was_resolved(
    store: TokenStore, resolved: bool
) -> None:
    await store.save(KEY, ONE)
    await store.acquire(KEY, "me", 60.0)
    await store.release(KEY, "you", resolved=True)
    assert await store.acquire(KEY, "you", 60.0) is None, "another's lease was given back"
    await store.release(KEY, "me", resolved=resolved)
    lease = await store.acquire(KEY, "you", 60.0)
    assert lease is not None
    assert lease.unresolved is not resolved


async def test_a_holder_can_hold_on_and_nobody_else_can(store: TokenStore) -> None:
    await store.save(KEY, ONE)
    await store.acquire(KEY, "me", 0.2)
    await store.extend(KEY, "you", 60.0)
    await store.extend(KEY, "me", 0.4)
    await asyncio.sleep(0.25)
    assert await store.acquire(KEY, "you", 60.0) is None
    await asyncio.sleep(0.25)
    assert await store.acquire(KEY, "you", 60.0) is not None


async def test_a_renewed_token_replaces_only_the_generation_it_came_from(store: TokenStore) -> None:
    await store.save(KEY, ONE, "77")
    await store.acquire(KEY, "me", 60.0)
    assert await store.replace(KEY, 1, TWO) == (TWO, 2, "77")
    assert await store.replace(KEY, 1, ONE) is None
    assert await store.load(KEY) == (TWO, 2, "77")
    lease = await store.acquire(KEY, "you", 60.0)
    assert lease is not None
    assert lease.unresolved is False


async def test_of_many_that_want_the_lease_at_once_one_gets_it(store: TokenStore) -> None:
    await store.save(KEY, ONE)
    leases = await asyncio.gather(*(store.acquire(KEY, f"owner {n}", 60.0) for n in range(20)))
    assert sum(lease is not None for lease in leases) == 1


async def test_no_store_shows_a_secret(store: TokenStore) -> None:
    saved = await store.save(KEY, ONE)
    assert "SECRET" not in f"{store!r} {saved!r} {saved.token.to_dict()!r}"


async def test_a_sqlite_file_is_for_its_owner_alone_and_outlives_the_store(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "tokens.sqlite"
    await SQLiteStore(path).save(KEY, ONE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (await SQLiteStore(path).load(KEY)) == (ONE, 1, None)


async def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "tokens.sqlite"
    path.write_text("this is no database, and it is long enough to be read as one" * 20)
    with pytest.raises(CredentialsError, match=r"tokens\.sqlite does not work"):
        await SQLiteStore(path).load(KEY)


async def test_a_redis_that_is_away_is_a_clear_error() -> None:
    store = RedisStore("redis://127.0.0.1:1/0")
    with pytest.raises(CredentialsError, match="Redis does not work"):
        await store.load(KEY)
    await store.aclose()
