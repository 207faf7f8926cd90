"""Which streams are open, and closing them by the API."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from tests.sandbox.api import Api
from tests.sandbox.test_streams import Lines, stream

SAMPLE = "/2/tweets/sample/stream"
LIKES = "/2/likes/compliance/stream"
PATH = "/2/connections"


async def ended(lines: Lines) -> None:
    """The stream is over: nothing comes any more, and the connection is closed without an error."""
    await lines.rest()


async def listed(x: Api, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await x.json(PATH, **query)).get("data", [])
    return found


async def test_what_is_open_is_listed_and_what_was_too(x: Api) -> None:
    async with stream(x, SAMPLE), stream(x, LIKES):
        both = await listed(x, connection_fields="client_ip,connected_at,disconnected_at")
        assert [each["endpoint_name"] for each in both] == ["likes_compliance_stream", "sample_stream"]
        assert {each["client_ip"] for each in both} == {"127.0.0.1"}
        assert not any("disconnected_at" in each for each in both)
        assert len({each["id"] for each in both}) == 2
        only = await listed(x, endpoints="sample_stream")
        assert [each["endpoint_name"] for each in only] == ["sample_stream"]
    async with asyncio.timeout(5):
        while await listed(x):
            await asyncio.sleep(0.005)
    over = await listed(x, status="inactive", connection_fields="disconnect_reason,disconnected_at")
    assert len(over) == len(await listed(x, status="all")) == 2
    assert all(each["disconnect_reason"] and each["disconnected_at"] for each in over)


async def test_one_is_closed_by_its_id(x: Api) -> None:
    async with stream(x, SAMPLE) as first, stream(x, SAMPLE) as second:
        newest, oldest = await listed(x)
        answer = await x.call("DELETE", PATH, {"uuids": [oldest["id"], "nobody"]})
        told = answer.json()["data"]
        assert (told["successful_kills"], told["failed_kills"]) == (1, 1)
        assert told["results"][0] == {"uuid": oldest["id"], "success": True}
        assert told["results"][1]["error_message"]
        await ended(first)
        assert [each["id"] for each in await listed(x)] == [newest["id"]]
        id = await x.say("still here?")
        assert (await second.post())["data"]["id"] == id
    again = await x.call("DELETE", PATH, {"uuids": [oldest["id"]]})
    assert again.json()["data"]["successful_kills"] == 0


async def test_those_of_an_endpoint_are_closed_and_the_place_is_free_at_once(x: Api) -> None:
    await x.rules("python")
    async with stream(x) as taken, stream(x, SAMPLE) as other:
        assert (await x.get("/2/tweets/search/stream")).status_code == 429
        told = (await x.call("DELETE", f"{PATH}/filtered_stream")).json()["data"]
        assert told["successful_kills"] == 1
        async with stream(x):
            await ended(taken)
            id = await x.say("hello")
            assert (await other.post())["data"]["id"] == id
    assert (await x.call("DELETE", f"{PATH}/no_such_stream")).status_code == 400


async def test_all_are_closed(x: Api) -> None:
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(stream(x, SAMPLE)) for _ in range(5)]
        told = (await x.call("DELETE", f"{PATH}/all")).json()["data"]
        assert told["successful_kills"] == len(told["results"]) == 5
        for each in streams:
            await ended(each)
    assert await listed(x) == []
    reasons = {
        each["disconnect_reason"] for each in await listed(x, status="all", connection_fields="disconnect_reason")
    }
    assert len(reasons) == 1
    assert "connections API" in reasons.pop()
