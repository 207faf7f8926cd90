"""What every peer can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Site(NamedTuple):
    """Where the server is."""

    scheme: str
    port: int
    h2_port: int = 0
    """Where it speaks HTTP/2."""

    @property
    def address(self) -> str:
        """As a base URL; the certificate is for this name."""
        return f"{self.scheme}://localhost:{self.port}"


class Peer:
    """A client of the server, in one process and event loop. What a peer cannot do it does not override."""

    def __init__(self, site: Site, token: str) -> None:
        self.site = site
        self.token = token

    async def begin(self) -> None:
        """Make what lasts."""

    async def aclose(self) -> None:
        """Close it."""

    async def small(self) -> object:
        """`GET /2/users/me`, as the client's struct, model or object."""
        raise NotImplementedError

    async def page(self) -> object:
        """One page of recent search: 100 posts, 80 users, 30 media, all fields typed as far as the client does that."""
        raise NotImplementedError

    async def create(self) -> object:
        """`POST /2/tweets`."""
        raise NotImplementedError

    async def signed(self) -> object:
        """`GET /2/users/me` signed with OAuth 1.0a."""
        raise NotImplementedError

    def decode(self, body: bytes) -> object:
        """A page's body as the client gives it to its users."""
        raise NotImplementedError

    async def collect(self, pages: int, work: float, ahead: bool) -> list[Any]:
        """So many pages, kept; after each the consumer sleeps for `work` seconds."""
        raise NotImplementedError

    async def follow(self, count: int, seen: Callable[[str], None]) -> None:
        """So many posts of the filtered stream; `seen` gets each one's text."""
        raise NotImplementedError

    def another_user(self) -> object:
        """What a program keeps for one more user."""
        raise NotImplementedError

    def sign(self, url: str) -> object:
        """An OAuth 1.0a signature of a GET."""
        raise NotImplementedError
