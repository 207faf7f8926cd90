"""Starting and stopping."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.sandbox.api import Serve
from xdk_async.sandbox import Clock, Sandbox, serve

ROOT = Path(__file__).parents[2]


async def test_a_sandbox_is_served_on_a_free_port_until_the_block_ends() -> None:
    async with serve() as x, httpx.AsyncClient(base_url=x.url, trust_env=False, verify=False) as client:
        assert x.url.startswith("http://127.0.0.1:")
        answer = await client.get("/2/users/me", headers={"authorization": f"Bearer {x.sandbox.user_token}"})
        assert answer.json()["data"]["username"] == "sandbox"
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(x.url)


async def test_two_sandboxes_share_nothing(served: Serve) -> None:
    async with served(Sandbox()) as one, served(Sandbox()) as two:
        id = await one.say("only here")
        assert "data" in await one.json(f"/2/tweets/{id}")
        assert "data" not in await two.json(f"/2/tweets/{id}")
        assert one.url != two.url


async def test_a_sandbox_keeps_its_state_when_it_is_served_again(served: Serve) -> None:
    sandbox = Sandbox()
    async with served(sandbox) as x:
        id = await x.say("to be kept")
    async with served(sandbox) as x:
        assert "data" in await x.json(f"/2/tweets/{id}")


async def test_signal_handlers_stay_as_they_are() -> None:
    before = signal.getsignal(signal.SIGINT)
    async with serve():
        assert signal.getsignal(signal.SIGINT) is before


async def test_a_taken_port_is_an_os_error() -> None:
    async with serve() as x:
        port = int(x.url.rsplit(":", 1)[1])
        with pytest.raises(OSError):
            async with serve(port=port):
                pass


async def test_open_streams_are_ended_when_the_block_ends() -> None:
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        async with serve() as x:
            request = client.build_request(
                "GET", f"{x.url}/2/tweets/sample/stream", headers={"authorization": "Bearer sandbox-app-token"}
            )
            stream = await client.send(request, stream=True)
            start = time.perf_counter()
        assert time.perf_counter() - start < 1
        assert await stream.aread() == b"", "a clean end, not a broken connection"
        assert not x.sandbox.hub.connections


async def test_a_stream_that_nobody_reads_does_not_hold_up_the_end() -> None:
    async with serve() as x:
        port = int(x.url.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2000)
        writer.write(
            b"GET /2/tweets/sample/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox-app-token\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(300):
            x.sandbox.hub.connections[0].put(b"x" * 100_000)
        await asyncio.sleep(0.05)
        start = time.perf_counter()
    assert time.perf_counter() - start < 3
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def test_an_error_in_the_block_still_stops_the_server() -> None:
    urls: list[str] = []

    async def fail() -> None:
        async with serve() as x:
            urls.append(x.url)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", int(urls[0].rsplit(":", 1)[1]))


async def test_a_fault_of_the_sandbox_itself_is_a_500_problem(served: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async with served(Sandbox()) as x:
        del x.store.users[x.me]
        answer = await x.get("/2/tweets/search/recent", query="from:sandbox", expansions="username")
        assert answer.status_code == 500
        assert answer.json()["type"].endswith("/internal-error")
    assert "GET /2/tweets/search/recent" in caplog.text


async def test_a_client_that_leaves_amid_its_request_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async with serve() as x:
        _, writer = await asyncio.open_connection("127.0.0.1", int(x.url.rsplit(":", 1)[1]))
        token = f"Authorization: Bearer {x.sandbox.user_token}\r\nContent-Length: 100\r\n\r\n"
        writer.write(f"POST /2/tweets HTTP/1.1\r\nHost: x\r\n{token}{{".encode())
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.05)
        assert [each.status for each in x.sandbox.requests] == [400]
    assert not caplog.records


async def test_all_waiting_goes_by_the_clock(served: Serve) -> None:
    class Counting(Clock):
        def __init__(self) -> None:
            super().__init__(lambda: 1_790_000_000.0)
            self.waited: list[float] = []

        async def sleep(self, seconds: float) -> None:
            self.waited.append(seconds)
            await asyncio.sleep(0.01)

    clock = Counting()
    async with served(Sandbox(clock=clock, heartbeat=20, traffic=4)) as x:
        async with x.client.stream("GET", "/2/tweets/sample/stream", headers=x.headers()) as stream:
            await anext(stream.aiter_raw())
        assert (await x.get("/nope")).headers["date"] == "Mon, 21 Sep 2026 14:13:20 GMT"
    assert {20, 0.25} <= set(clock.waited)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
async def test_the_command_serves_until_it_is_interrupted() -> None:
    command = (sys.executable, "-W", "error", "-m", "xdk_async.sandbox", "--port", "0", "--seed", "3")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout
    lines = [(await process.stdout.readline()).decode() for _ in range(10)]
    url = lines[0].split()[-1]
    assert "sandbox-app-token" in lines[2]
    assert "sandbox-user-token" in lines[3]
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        answer = await client.get(f"{url}/2/users/me", headers={"authorization": "Bearer sandbox-user-token"})
    assert answer.status_code == 200
    process.send_signal(signal.SIGINT)
    rest, _ = await process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in rest.decode()
    assert rest.decode().endswith("Stopped.\n")


@pytest.mark.parametrize("host", ["::1", "0.0.0.0"])
async def test_other_addresses_have_a_url_that_works(host: str) -> None:
    try:
        async with serve(host=host) as x, httpx.AsyncClient(trust_env=False, verify=False) as client:
            assert (await client.get(f"{x.url}/2/openapi.json")).status_code == 200
    except OSError:
        pytest.skip(f"this machine has no {host}")
