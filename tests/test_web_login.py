"""The web-app example in a real browser: two workers, a real Redis, the local X's page to say yes on."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, async_playwright

from tests.loopback import free_port, wait_for
from xdk_async.sandbox import Sandbox, Served, serve

ROOT = Path(__file__).parents[1]
# Nothing but what is asked for: no look-ups of the browser maker's hosts.
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture
async def x() -> AsyncGenerator[Served]:
    async with serve(Sandbox()) as served:
        yield served


@pytest.fixture
async def site(x: Served, redis_address: str) -> AsyncGenerator[str]:
    """The example, served by two workers."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {
        "X_BASE_URL": x.url,
        "X_CLIENT_ID": x.sandbox.client_id,
        "PUBLIC_URL": address,
        "REDIS_URL": redis_address,
    }
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "--app-dir",
        "examples",
        "web_login:app",
        "--workers",
        "2",
        "--port",
        str(port),
    ]
    server = subprocess.Popen(
        [*command, "--log-level", "warning"], cwd=ROOT, env={**os.environ, **settings}, start_new_session=True
    )
    try:
        wait_for(port)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)


@pytest.fixture
async def page() -> AsyncGenerator[Page]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=QUIET)
        yield await browser.new_page()
        await browser.close()


async def served_by(site: str, cookies: dict[str, str]) -> str:
    """Which worker answers on a new connection."""
    async with httpx.AsyncClient(cookies=cookies) as client:
        found = re.search(r"worker (\d+)", (await client.get(site)).text)
    assert found, "not signed in there"
    return found.group(1)


async def test_a_person_logs_in_and_out(site: str, page: Page, x: Served) -> None:
    await page.goto(site)
    await page.click("#login")
    assert page.url.startswith(f"{x.url}/i/oauth2/authorize")
    await page.get_by_role("button", name="Authorize").click()
    await page.wait_for_url(f"{site}/")
    assert await page.inner_text("h1") == f"Hello, {x.sandbox.me.name}"
    cookies = {str(cookie.get("name")): str(cookie.get("value")) for cookie in await page.context.cookies()}
    workers = {await served_by(site, cookies) for _ in range(40)}
    assert len(workers) == 2, "both workers know the session"
    await page.click("#logout")
    await page.wait_for_url(f"{site}/")
    assert await page.inner_text("h1") == "Welcome"


async def test_a_person_who_cancels_is_told_so(site: str, page: Page) -> None:
    await page.goto(f"{site}/login")
    await page.get_by_role("button", name="Cancel").click()
    await page.wait_for_selector("h1")
    assert "the user declined" in await page.inner_text("p")
