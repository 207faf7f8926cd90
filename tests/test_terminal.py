"""Signing in from a terminal: a real server of one request on loopback, or a pasted address."""

from __future__ import annotations

import asyncio
import threading
import urllib.request
from collections.abc import Callable
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.loopback import free_port
from xdk_async import CredentialsError, InvalidArgument
from xdk_async.oauth2_auth import OAuth2PKCEAuth
from xdk_async.terminal import sign_in


class Endpoint(httpx.AsyncBaseTransport):
    """Sells a token for any code."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"access_token": f"SECRET-{parse_qs(request.content.decode())['code'][0]}"})


class Browser:
    """Goes where it is sent, then back to the redirect URI with an answer, as a person would."""

    def __init__(self, **answer: str) -> None:
        self.answer = answer
        self.pages: list[str] = []
        self.visiting = threading.Thread()

    def open(self, address: str) -> None:
        self.visiting = threading.Thread(target=self.visit, args=(address,))
        self.visiting.start()

    async def seen(self) -> list[str]:
        """The pages it was shown, once it has them all."""
        await asyncio.to_thread(self.visiting.join)
        return self.pages

    def visit(self, address: str) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        for state in ("another's", query["state"]):
            back = f"{query['redirect_uri']}?{urlencode({'state': state, **self.answer})}"
            try:
                with urllib.request.urlopen(back, timeout=5) as page:
                    self.pages.append(page.read().decode())
            except HTTPError as error:
                error.close()
                self.pages.append(str(error.code))


def flow(host: str = "127.0.0.1", path: str = "/callback") -> OAuth2PKCEAuth:
    return OAuth2PKCEAuth(client_id="app", redirect_uri=f"http://{host}:{free_port()}{path}", transport=Endpoint())


def quiet(_: str) -> None:
    """Tell nobody."""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_the_browser_comes_back_and_is_told_that_it_is_done(host: str) -> None:
    browser = Browser(code="c")
    token = await sign_in(flow(host), open_browser=browser.open, tell=quiet, timeout=5)
    assert token["access_token"] == "SECRET-c"
    refused, done = await browser.seen()
    assert refused == "400", "a request with another's state is no answer"
    assert "<title>Signed in</title>" in done
    assert "You can close this window" in done


async def test_one_who_declines_is_told_to_look_at_the_terminal() -> None:
    browser = Browser(error="access_denied")
    with pytest.raises(CredentialsError, match="the user declined"):
        await sign_in(flow(), open_browser=browser.open, tell=quiet, timeout=5)
    page = (await browser.seen())[1]
    assert "<title>Not signed in</title>" in page
    assert "Look at the terminal" in page


async def test_nobody_coming_back_ends_the_wait_and_frees_the_port() -> None:
    auth = flow()
    with pytest.raises(CredentialsError, match="nobody signed in"):
        await sign_in(auth, open_browser=quiet, tell=quiet, timeout=0.05)
    browser = Browser(code="c")
    assert await sign_in(auth, open_browser=browser.open, tell=quiet, timeout=5)
    await browser.seen()


async def test_a_machine_without_a_browser_pastes_the_address() -> None:
    auth, told = flow(), list[str]()

    def pasted(_: str) -> str:
        assert auth.pending
        return f"  {auth.redirect_uri}?{urlencode({'code': 'c', 'state': auth.pending.state})}\n"

    token = await sign_in(auth, headless=True, ask=pasted, tell=told.append)
    assert token["access_token"] == "SECRET-c"
    assert "/i/oauth2/authorize?" in told[0]


@pytest.mark.parametrize("redirect_uri", ["https://example.com/callback", "http://127.0.0.1/callback", "myapp://x"])
async def test_a_redirect_uri_that_is_not_on_this_machine_needs_the_headless_way(redirect_uri: str) -> None:
    opened: Callable[[str], object] = pytest.fail
    auth = OAuth2PKCEAuth(client_id="app", redirect_uri=redirect_uri, transport=Endpoint())
    with pytest.raises(InvalidArgument, match="headless=True"):
        await sign_in(auth, open_browser=opened, tell=quiet)
