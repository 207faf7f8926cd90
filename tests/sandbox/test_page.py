"""The page for people, in a real browser."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.sandbox.api import Api, opened
from tests.sandbox.test_streams import SAMPLE, stream
from tests.test_web_login import QUIET
from xdk_async.sandbox import Sandbox

SIZES = {"phone": (390, 844), "desk": (1280, 900)}
SHOTS = os.environ.get("SANDBOX_SHOTS")  # a directory for pictures of the page


@pytest.fixture
async def x() -> AsyncGenerator[Api]:
    async with opened(Sandbox()) as api:
        yield api


THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ALL: list[tuple[str, Literal["light", "dark"]]] = [(size, theme) for size in SIZES for theme in THEMES]
EVERYWHERE = pytest.mark.parametrize("page", ALL, indirect=True, ids=lambda each: "-".join(each))
IN_BOTH_THEMES = pytest.mark.parametrize("page", ALL[:2], indirect=True, ids=lambda each: "-".join(each))


def found(request: pytest.FixtureRequest) -> tuple[str, Literal["light", "dark"]]:
    chosen: tuple[str, Literal["light", "dark"]] = getattr(request, "param", ALL[0])
    return chosen


@pytest.fixture
async def page(request: pytest.FixtureRequest) -> AsyncGenerator[Page]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    size, theme = found(request)
    width, height = SIZES[size]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=QUIET)
        yield await browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
        await browser.close()


async def use(x: Api) -> None:
    """Something to look at."""
    await x.rules("python has:links", "from:sandbox")
    await x.json("/2/users/me", user=True)
    await x.say("Hello <b>there</b>")
    await x.json("/2/tweets/search/recent", query="python -is:retweet", post_fields="created_at,public_metrics")
    x.sandbox.faults.add("status", operation="posts.delete", problem="over-capacity", nth=1)
    await x.call("DELETE", "/2/tweets/1234567890", user=True)
    await x.get("/nowhere")


@EVERYWHERE
async def test_the_page_shows_what_goes_on(x: Api, page: Page, request: pytest.FixtureRequest) -> None:
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url))
    await use(x)
    async with stream(x, SAMPLE):
        await page.goto(x.url)
        await expect(page.locator("#requests li")).to_have_count(7)
        await expect(page.locator("#streams li")).to_contain_text("stream.posts_sample")
        await expect(page.locator("#rules li")).to_have_count(2)
        await expect(page.locator("#faults li")).to_contain_text("happened 1 of 1 times")
        await expect(page.locator("#who")).to_have_text("signed in: @sandbox")
        await expect(page.locator("#state")).to_contain_text("posts")
        await expect(page.locator("#h-operations")).to_have_text("Operations (178 of 178)")
        await x.say("while it is open")
        newest = page.locator("#requests li").first
        await expect(newest).to_contain_text("posts.create")
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out"
        await newest.locator("summary").click()
        await expect(newest.locator("pre").first).to_contain_text("while it is open")
        hello = page.locator("#requests li", has_text="posts.create").nth(1)
        await hello.locator("summary").click()
        await expect(hello.locator("pre").first).to_contain_text("Hello <b>there</b>")
        assert await hello.locator("b").count() == 0, "what was sent is text, never part of the page"
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        if SHOTS:
            name = re.sub(r"\W", "-", request.node.callspec.id)
            await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
        await page.fill("#operations input", "delete")
        await expect(page.locator("#operations li").first).to_contain_text("DELETE")
    await expect(page.locator("#streams .none")).to_be_visible()
    assert {url.removeprefix(x.url).partition("?")[0] for url in asked if not url.startswith("data:")} == {
        "/", "/_sandbox", "/_sandbox/requests", "/_sandbox/operations",
    }  # fmt: skip
    assert wrong == [], "no error, and nothing that its policy forbids"
    assert "SECRET" not in await page.content()


@IN_BOTH_THEMES
async def test_text_can_be_read_in_both_themes(x: Api, page: Page) -> None:
    """Contrast of at least 4.5 : 1 (WCAG 2.2, 1.4.3), for every colour of text on its background."""
    await use(x)
    await page.goto(x.url)
    await expect(page.locator("#requests li")).to_have_count(6)
    ratios: list[list[object]] = await page.evaluate(
        """() => {
            const rgb = (css) => css.match(/[\\d.]+/g).map(Number);
            const lum = (c) => c.slice(0, 3).map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3]) return c; } return [255, 255, 255]; };
            return [...document.querySelectorAll("h1, h2, code, .fine, .method, .status, .tag, dt, dd, .none, .more")]
                .filter((e) => e.offsetParent)
                .map((e) => { const [a, b] = [lum(rgb(getComputedStyle(e).color)), lum(behind(e))].sort((x, y) => y - x); return [e.className || e.tagName, (a + 0.05) / (b + 0.05)]; });
        }"""
    )
    assert len(ratios) > 100
    assert [each for each in ratios if float(str(each[1])) < 4.5] == []


async def test_the_page_says_when_the_sandbox_has_gone(page: Page) -> None:
    async with opened(Sandbox()) as x:
        await page.goto(x.url)
        await expect(page.locator("#who")).to_have_text("signed in: @sandbox")
    await expect(page.locator(".gone")).to_be_visible()


async def test_the_page_allows_nothing_from_elsewhere(x: Api) -> None:
    answer = await x.client.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; connect-src 'self'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"https?://", answer.text.replace(x.url, "")), "no asset of anybody else's"
    assert isinstance(answer, httpx.Response)
