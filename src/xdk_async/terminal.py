"""Sign-in for programs without a web server: a browser and a loopback port, or a pasted address."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web

from xdk_async.auth.login import LOOPBACK
from xdk_async.auth.token import TokenDict
from xdk_async.errors import CredentialsError, InvalidArgument
from xdk_async.oauth2_auth import OAuth2PKCEAuth

PAGE = """<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>{title}</title>
<body style="font: 1.1rem/1.5 system-ui; margin: 4rem auto; max-width: 32rem; padding: 0 1rem"><h1>{title}</h1><p>{text}</p>"""


async def sign_in(
    auth: OAuth2PKCEAuth,
    *,
    headless: bool = False,
    timeout: float = 300.0,
    open_browser: Callable[[str], object] = webbrowser.open,
    ask: Callable[[str], str] = input,
    tell: Callable[[str], object] = print,
) -> TokenDict:
    """Sign a user in from a terminal, and save the token.

    Args:
        auth: The flow. Its redirect URI must be on this machine, such as `http://127.0.0.1:8080/callback`, unless `headless`.
        headless: Ask for the address to be pasted instead: for machines without a browser.
        timeout: Seconds to wait for the user.
        open_browser: Shows an address to the user.
        ask: Asks the user a question.
        tell: Tells the user something.

    Raises:
        CredentialsError: The user declined, did not come back in time, or X refused.
    """
    address = auth.get_authorization_url()
    if headless:
        tell(f"Open this address, sign in, and copy the address you are sent to:\n{address}")
        return await auth.fetch_token((await asyncio.to_thread(ask, "Address: ")).strip())
    async with Callback(str(auth.redirect_uri), auth.pending.state if auth.pending else "") as callback:
        tell(f"Waiting for you to sign in. If no browser opens, go to:\n{address}")
        await asyncio.to_thread(open_browser, address)
        try:
            async with asyncio.timeout(timeout):
                came_back = await callback.address
        except TimeoutError:
            raise CredentialsError(f"nobody signed in within {timeout:.0f} s") from None
        return await auth.fetch_token(came_back)


class Callback:
    """A server for one request, on both loopback addresses."""

    def __init__(self, redirect_uri: str, state: str) -> None:
        parts = urlsplit(redirect_uri)
        if parts.scheme != "http" or parts.hostname not in LOOPBACK or not parts.port:
            raise InvalidArgument(
                f"the redirect URI {redirect_uri!r} is not on a port of this machine: use headless=True"
            )
        self._redirect_uri = redirect_uri
        self._state = state
        self._path = parts.path or "/"
        self._port = parts.port
        self.address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Where the user came back to, query included."""
        app = web.Application()
        app.router.add_get(self._path, self._answer)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Callback:
        await self._runner.setup()
        listening = 0
        for host in ("127.0.0.1", "::1"):
            try:
                await web.TCPSite(self._runner, host, self._port).start()
                listening += 1
            except OSError:
                continue  # a machine without IPv6, or the port is taken on one of the two
        if not listening:
            await self._runner.cleanup()
            raise CredentialsError(
                f"port {self._port} is taken: end the program that uses it, or register another redirect URI"
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.address.cancel()
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        query = request.query
        if query.get("state") != self._state:
            return web.Response(status=400, text="This is not the answer to the sign-in that was begun here.")
        if not self.address.done():
            self.address.set_result(f"{self._redirect_uri.partition('?')[0]}?{request.rel_url.raw_query_string}")
        title, text = (
            ("Signed in", "You can close this window.")
            if "code" in query
            else ("Not signed in", "Look at the terminal.")
        )
        return web.Response(text=PAGE.format(title=title, text=text), content_type="text/html")
