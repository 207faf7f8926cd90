"""A Redis that is away, strange, or guarded: calls go on or fail as was asked for, and once it is back all is shared."""

from __future__ import annotations

import asyncio
import logging
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis as SyncRedis
from redis import asyncio as redis_asyncio
from redis.exceptions import ResponseError

from tests.loopback import free_port
from tests.redis_server import RedisServer, connected
from xdk_async import AsyncClient, InvalidArgument, RedisLimits, StoreFailed
from xdk_async._core.redis_limits import shared_limits
from xdk_async.auth.credential import digest


class Counted(httpx.AsyncBaseTransport):
    """An X that allows everything and counts."""

    def __init__(self) -> None:
        self.count = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        return httpx.Response(200, json={"data": {"id": "7", "username": "x"}})


def client(x: httpx.AsyncBaseTransport, limits: RedisLimits | str, **settings: Any) -> AsyncClient:
    credentials: dict[str, Any] = {"bearer_token": "SECRET-app", **settings}
    return AsyncClient(transport=x, limits=limits, **credentials)


def prefix() -> str:
    return f"test:{uuid.uuid4().hex}"


async def me(client: AsyncClient, times: int = 1) -> None:
    for _ in range(times):
        await client.users.get_by_id("7")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        each.getMessage() for each in caplog.records if each.name == "xdk_async" and each.levelno >= logging.WARNING
    ]


async def test_open_calls_go_on_with_one_line_and_are_shared_again_when_redis_is_back(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    x, redis = Counted(), RedisServer()
    redis.start(tmp_path)
    name = prefix()
    limits = RedisLimits(redis.address, prefix=name)
    try:
        async with client(x, limits) as one:
            await me(one)
            redis.kill()
            await me(one, 50)
            assert x.count == 51
            assert [each.partition(":")[0] for each in lines(caplog)] == [
                "Redis is away, limits are not shared meanwhile"
            ]
            redis.start(tmp_path)
            for _ in range(500):
                await me(one)
                if len(lines(caplog)) == 2:
                    break
                await asyncio.sleep(0.02)
            assert lines(caplog)[1:] == ["Redis is back: limits are shared again"]
            async with connected(redis.address) as plain:
                assert await plain.keys(f"{name}:*")
    finally:
        redis.kill()


async def test_open_from_the_beginning(caplog: pytest.LogCaptureFixture) -> None:
    x = Counted()
    async with client(x, f"redis://127.0.0.1:{free_port()}/0") as one:
        await me(one, 20)
    assert x.count == 20
    assert len(lines(caplog)) == 1


async def test_closed_nothing_is_sent(tmp_path: Path) -> None:
    x, redis = Counted(), RedisServer()
    redis.start(tmp_path)
    try:
        async with client(x, RedisLimits(redis.address, when_away="closed")) as one:
            await me(one)
            redis.kill()
            for _ in range(5):
                with pytest.raises(StoreFailed, match="was not sent: the shared limits in Redis cannot be asked"):
                    await me(one)
            assert x.count == 1
            redis.start(tmp_path)
            for _ in range(500):
                try:
                    await me(one)
                    break
                except StoreFailed:
                    await asyncio.sleep(0.02)
            assert x.count == 2
    finally:
        redis.kill()


async def test_a_redis_that_never_answers_is_waited_for_once(caplog: pytest.LogCaptureFixture) -> None:
    asked = 0

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    x = Counted()
    async with server, client(x, RedisLimits(f"redis://127.0.0.1:{port}/0", timeout=0.2)) as one:
        await asyncio.gather(*(me(one, 10) for _ in range(10)))
        assert x.count == 100
    assert asked < 40  # those that asked at the same time, and a trial now and then
    assert "no answer in time" in lines(caplog)[0]


@pytest.mark.parametrize("when_away", ["open", "closed"])
@pytest.mark.parametrize("password", ["", ":SECRET-wrong@"])
async def test_a_wrong_password_is_an_error_that_does_not_show_it(
    when_away: Any, password: str, tmp_path: Path
) -> None:
    redis, x = RedisServer("--requirepass", "SECRET-right"), Counted()
    redis.start(tmp_path)
    try:
        address = redis.address.replace("redis://", f"redis://{password}")
        async with client(x, RedisLimits(address, when_away=when_away)) as one:
            with pytest.raises(
                StoreFailed,
                match="the shared limits in Redis do not work: .*(assword|Authentication|unauthenticated)",
            ) as raised:
                await me(one)
            assert "SECRET" not in str(raised.value) + repr(one)
        assert x.count == 0
        async with client(x, redis.address.replace("redis://", "redis://:SECRET-right@")) as one:
            await me(one)
        assert x.count == 1
    finally:
        redis.kill()


GUARDED = ["+@all -@scripting", "+@read +@connection +@scripting", "+@all resetkeys ~other:*"]


@pytest.mark.parametrize("when_away", ["open", "closed"])
@pytest.mark.parametrize("rights", GUARDED)
async def test_a_missing_permission_is_no_redis_that_is_away(rights: str, when_away: Any, redis_address: str) -> None:
    x, user = Counted(), f"user-{uuid.uuid4().hex}"
    async with connected(redis_address) as admin:
        await admin.execute_command("ACL", "SETUSER", user, "on", ">pass", "~*", *rights.split())
        address = redis_address.replace("redis://", f"redis://{user}:pass@")
        try:
            async with client(x, RedisLimits(address, prefix=prefix(), when_away=when_away)) as one:
                with pytest.raises(StoreFailed, match="the shared limits in Redis do not work"):
                    await me(one)
        finally:
            await admin.execute_command("ACL", "DELUSER", user)
    assert x.count == 0


async def test_connections_that_a_restart_broke_are_one_failure(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    x, redis = Counted(), RedisServer()
    redis.start(tmp_path)
    try:
        async with client(x, redis.address) as one:
            await asyncio.gather(*(me(one) for _ in range(10)))
            redis.kill()
            redis.start(tmp_path)
            for calls in range(1, 11):  # ever more connections at once
                for _ in range(4):
                    await asyncio.gather(*(me(one) for _ in range(calls)))
                    await asyncio.sleep(0.1)
    finally:
        redis.kill()
    assert [each.split()[2] for each in lines(caplog)] == ["away,", "back:"]


@pytest.mark.parametrize(
    "address",
    ["localhost:6379", "http://localhost", "redis://:SECRET-p@ss:word@h:port/0", "redis://h/x?socket_timeout=SECRET-"],
)
def test_a_wrong_address_is_an_error_that_shows_no_password(address: str) -> None:
    with pytest.raises(
        InvalidArgument, match=r"^limits= takes an address like redis://localhost:6379/0, or a RedisLimits$"
    ):
        AsyncClient(bearer_token="SECRET-app", limits=address)


def test_what_cannot_work_is_refused() -> None:
    wrong: Any = SyncRedis()
    with pytest.raises(InvalidArgument, match=r"a client of redis.asyncio or an address, not one of redis"):
        RedisLimits(wrong)
    wrong = redis_asyncio.Redis()
    with pytest.raises(InvalidArgument, match=r"or a RedisLimits, which RedisLimits\(redis\) makes, not Redis$"):
        shared_limits(wrong)
    wrong = "sometimes"
    with pytest.raises(InvalidArgument, match="when_away takes open or closed, not 'sometimes'"):
        RedisLimits("redis://localhost", when_away=wrong)
    for lease in (0, -1, float("inf"), float("nan")):
        with pytest.raises(InvalidArgument, match="it takes seconds, more than 0"):
            RedisLimits("redis://localhost", lease=lease)


async def test_a_client_that_decodes_and_a_script_that_was_forgotten_make_no_difference(redis_address: str) -> None:
    x = Counted()
    async with connected(redis_address, decode_responses=True) as redis:
        async with client(x, RedisLimits(redis, prefix=prefix(), when_away="closed")) as one:
            await me(one)
            await redis.script_flush()
            await me(one)
        assert x.count == 2
        assert await redis.ping()  # what was given is its owner's to close


async def test_a_cluster_has_all_of_an_app_in_one_slot(tmp_path: Path) -> None:
    bus = ("--cluster-port", str(free_port()))  # by default the port plus 10,000, which there may not be
    server, x = RedisServer("--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", *bus), Counted()
    server.start(tmp_path)
    try:
        async with connected(server.address) as node:
            await node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while b"cluster_state:ok" not in await node.execute_command("CLUSTER", "INFO"):
                await asyncio.sleep(0.02)
        async with redis_asyncio.RedisCluster(host="127.0.0.1", port=server.port) as cluster:
            async with client(x, RedisLimits(cluster, when_away="closed")) as one:
                await me(one, 3)
        assert x.count == 3
    finally:
        server.kill()


class Moved:
    """A node of a cluster, asked by a client that knows none."""

    async def evalsha(self, sha: str, numkeys: int, /, *keys_and_args: Any) -> Any:
        raise ResponseError("MOVED 3999 127.0.0.1:6381")

    eval = evalsha


async def test_a_node_of_a_cluster_says_what_to_give() -> None:
    async with client(Counted(), RedisLimits(Moved())) as one:
        with pytest.raises(StoreFailed, match=r"MOVED 3999.*; give a redis.asyncio.cluster.RedisCluster$"):
            await me(one)


async def test_keys_hold_no_secret_stand_in_one_slot_and_end_by_themselves(redis_address: str) -> None:
    name = prefix()
    limits = RedisLimits(redis_address, prefix=name)
    async with client(Counted(), limits) as one:
        await me(one)
        await one.posts.search_all("cats")
    async with client(Counted(), limits, bearer_token=None, access_token="SECRET-user") as one:
        await one.posts.create(text="hello")
    async with connected(redis_address, decode_responses=True) as redis:
        keys = await redis.keys(f"{name}:*")
        assert f"{name}:{{{digest(digest('SECRET-app'))}}}:users.get_by_id:app:15min" in keys
        assert len(keys) >= 6
        for key in keys:
            assert "SECRET" not in key
            assert key.count("{") == key.count("}") == 1
            assert 0 < await redis.ttl(key) < 26 * 3600


async def test_the_connection_from_an_address_is_closed_with_the_last_client(redis_address: str) -> None:
    limits = RedisLimits(redis_address, prefix=prefix())
    async with connected(redis_address) as redis:
        async with client(Counted(), limits) as one, client(Counted(), limits) as other:
            await me(one)
            before = len(await redis.client_list())
            await one.aclose()
            await me(other)
            assert len(await redis.client_list()) == before
        for _ in range(100):
            if len(await redis.client_list()) == before - 1:
                break
            await asyncio.sleep(0.02)
        assert len(await redis.client_list()) == before - 1


@pytest.mark.parametrize(("app", "expected"), [(None, 2), ("collector", 1)])
async def test_credentials_without_a_name_are_shared_under_one_that_is_given(
    app: str | None, expected: int, redis_address: str
) -> None:
    async def token() -> str:
        return "SECRET-app"

    name = prefix()
    for _ in range(2):
        async with client(Counted(), RedisLimits(redis_address, prefix=name, app=app), bearer_token=token) as one:
            await me(one)
    async with connected(redis_address) as redis:
        assert len(await redis.keys(f"{name}:*:users.get_by_id:app:15min")) == expected
