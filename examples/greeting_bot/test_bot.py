"""The bot's tests, on nothing but the plugin's fixtures."""

from __future__ import annotations

import pytest
from bot import greet

from xdk_async import AsyncClient
from xdk_async.errors import ServerError
from xdk_async.testing import LocalX

pytestmark = [pytest.mark.asyncio, pytest.mark.x_sandbox(seed=None)]


async def test_everybody_is_greeted_once(x_sandbox: LocalX, x_client: AsyncClient) -> None:
    x_sandbox.post("Hi @sandbox", author=x_sandbox.user("ada"))
    x_sandbox.post("@sandbox, are you there?", author="ada")
    greeted: set[str] = set()
    assert await greet(x_client, greeted) == 1
    assert await greet(x_client, greeted) == 0
    x_sandbox.assert_called("posts.create", times=1, json={"text": "Hello @ada!"})


async def test_who_may_not_be_answered_is_left_alone(x_sandbox: LocalX, x_client: AsyncClient) -> None:
    x_sandbox.post("@sandbox!", author=x_sandbox.user("ada"))
    x_sandbox.faults.add("status", operation="posts.create", problem="forbidden")
    assert await greet(x_client, set()) == 0


async def test_nothing_is_lost_when_x_fails(x_sandbox: LocalX, x_client: AsyncClient) -> None:
    x_sandbox.clock.freeze()  # so that the client's pauses take no time
    x_sandbox.post("@sandbox!", author=x_sandbox.user("ada"))
    x_sandbox.faults.add("status", operation="posts.create", problem="over-capacity", times=1)
    greeted: set[str] = set()
    with pytest.raises(ServerError):
        await greet(x_client, greeted)
    assert await greet(x_client, greeted) == 1
