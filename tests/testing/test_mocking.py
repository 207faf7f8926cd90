"""respx in front of Pool: what a user's tests rely on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import respx
from respx.mocks import Mocker
from respx.models import AllMockedAssertionError

from xdk_async._core.pool import Pool
from xdk_async.testing.mocking import register_respx

URL = "https://api.x.com/2/users/me"

register_respx()


async def send(method: str = "GET", content: bytes | AsyncIterator[bytes] = b"") -> httpx.Response:
    async with Pool() as pool:
        response = await pool.handle_async_request(httpx.Request(method, URL, content=content))
        await response.aread()
        return response


@respx.mock
async def test_the_plain_decorator_catches_requests() -> None:
    route = respx.get(URL).mock(return_value=httpx.Response(200, json={"data": {"id": "1"}}))
    response = await send()
    assert response.json() == {"data": {"id": "1"}}
    assert response.request.url == URL
    assert route.call_count == 1


async def test_the_fixture_catches_requests(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post(URL, json={"text": "hello"}).respond(201, headers={"x-rate-limit-remaining": "0"})
    response = await send("POST", b'{"text": "hello"}')
    assert (response.status_code, response.headers["x-rate-limit-remaining"]) == (201, "0")
    assert route.called


@pytest.mark.parametrize("using", [None, "xdk_async"])
async def test_routers_of_ones_own_catch_requests(using: str | None) -> None:
    router = respx.mock(base_url="https://api.x.com") if using is None else respx.mock(using=using)
    with router:
        router.get(path="/2/users/me").respond(text="caught")
        assert (await send()).text == "caught"


async def test_a_streamed_body_is_read_for_the_route(respx_mock: respx.MockRouter) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    route = respx_mock.post(URL, content=b"onetwo")
    await send("POST", body())
    assert route.calls.last.request.content == b"onetwo"


async def test_the_body_of_a_caught_answer_streams(respx_mock: respx.MockRouter) -> None:
    async def lines() -> AsyncIterator[bytes]:
        yield b'{"data":{"id":"1"}}\r\n'
        yield b"\r\n"

    respx_mock.get(URL).mock(return_value=httpx.Response(200, content=lines()))
    async with Pool() as pool:
        response = await pool.handle_async_request(httpx.Request("GET", URL))
        assert isinstance(response.stream, httpx.AsyncByteStream)
        assert [chunk async for chunk in response.stream] == [b'{"data":{"id":"1"}}\r\n', b"\r\n"]


async def test_side_effects_are_raised(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(URL).mock(side_effect=httpx.ReadTimeout)
    with pytest.raises(httpx.ReadTimeout):
        await send()


async def test_an_unmatched_request_raises_as_respx_does_and_reaches_no_network() -> None:
    with respx.mock, pytest.raises(AllMockedAssertionError):
        await send()


async def test_httpx_itself_is_caught_as_before(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(URL).respond(text="caught")
    async with httpx.AsyncClient() as client:
        assert (await client.get(URL)).text == "caught"
    with httpx.Client() as client:
        assert client.get(URL).text == "caught"


async def test_a_route_may_let_requests_pass(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("http://127.0.0.1:9/").pass_through()
    async with Pool(trust_env=False) as pool:
        with pytest.raises(httpx.ConnectError):
            await pool.handle_async_request(httpx.Request("GET", "http://127.0.0.1:9/"))


async def test_outside_a_router_nothing_is_caught() -> None:
    async with Pool(trust_env=False) as pool:
        with pytest.raises(httpx.ConnectError):
            await pool.handle_async_request(httpx.Request("GET", "http://127.0.0.1:9/"))


def test_registering_again_changes_nothing() -> None:
    before = dict(Mocker.registry)
    register_respx()
    assert dict(Mocker.registry) == before


def test_without_respx_registering_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "respx.py").write_text("raise ImportError")
    code = "import sys; sys.path[:0] = sys.argv[1:]; from xdk_async.testing.mocking import register_respx as r; r()"
    subprocess.run([sys.executable, "-c", code, str(tmp_path), *sys.path], check=True)
