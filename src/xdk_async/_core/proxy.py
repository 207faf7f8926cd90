"""Which proxy a request goes through."""

from __future__ import annotations

import base64
import ssl
import urllib.request
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx

from xdk_async._core.extra import need
from xdk_async.errors import InvalidArgument

ProxyGiven: TypeAlias = str | httpx.URL | httpx.Proxy
SOCKS = ("socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, its password apart from the address: that one aiohttp shows in errors."""

    address: httpx.URL
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    extra_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What it is sent besides, with each request that it forwards and each tunnel that it opens."""

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS, not HTTP."""
        return self.address.scheme in SOCKS

    @property
    def headers(self) -> dict[str, str]:
        """What it is sent: the user name and password, and what was given besides."""
        if not (self.username or self.password):
            return dict(self.extra_headers)
        user = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return {**dict(self.extra_headers), "Proxy-Authorization": f"Basic {user}"}

    @classmethod
    def parse(cls, given: ProxyGiven) -> Proxy:
        """A proxy from its address, or as httpx has it.

        Raises:
            InvalidArgument: It cannot be used; the password is not shown.
        """
        if isinstance(given, httpx.Proxy):
            return cls._of_httpx(given)
        try:
            url = httpx.URL(given if isinstance(given, httpx.URL) or "://" in given else f"http://{given}")
        except (httpx.InvalidURL, TypeError):
            raise InvalidArgument("proxy= takes an address like http://user:password@host:8080") from None
        return cls._checked(url, url.username, url.password, ())

    @classmethod
    def _of_httpx(cls, given: httpx.Proxy) -> Proxy:
        if given.ssl_context is not None:
            raise InvalidArgument(
                "an https:// proxy is verified as X is, by verify=: leave ssl_context= of the proxy out"
            )
        username, password = given.auth or ("", "")
        headers = tuple((name.decode(), value.decode()) for name, value in given.headers.raw)
        return cls._checked(given.url, username, password, headers)

    @classmethod
    def _checked(cls, url: httpx.URL, username: str, password: str, headers: tuple[tuple[str, str], ...]) -> Proxy:
        bare = url.copy_with(userinfo=b"")
        if url.scheme not in ("http", "https", *SOCKS) or not url.host:
            raise InvalidArgument(f"not the http://, https:// or socks5:// address of a proxy: {bare}")
        if url.scheme in SOCKS:
            need("aiohttp_socks", f"the SOCKS proxy {bare}", "socks")
        return cls(bare, username, password, headers)

    def for_httpx(self, ssl_context: ssl.SSLContext) -> httpx.Proxy:
        """The same, as httpx's transports take it.

        Raises:
            InvalidArgument: It speaks SOCKS, for which httpx writes the password into its log.
        """
        if self.is_socks:
            raise InvalidArgument(f"HTTP/2 does not go through the SOCKS proxy {self.address}: leave http2= out")
        return httpx.Proxy(
            self.address,
            ssl_context=ssl_context if self.address.scheme == "https" else None,
            auth=(self.username, self.password) if self.username or self.password else None,
            headers=list(self.extra_headers),
        )


class Proxies:
    """Which proxy serves which address: the one that was given, or what the environment says.

    Args:
        given: One proxy for everything.
        trust_env: Without one, take it from HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.
    """

    __slots__ = ("_found", "_given", "_trust_env")

    def __init__(self, given: Proxy | None, trust_env: bool) -> None:
        self._given = given
        self._trust_env = trust_env
        self._found: dict[tuple[str, str], Proxy | None] = {}

    def of(self, url: httpx.URL) -> Proxy | None:
        """The proxy for an address; None if the way there is direct.

        Raises:
            InvalidArgument: The environment names one that cannot be used.
        """
        if self._given is not None or not self._trust_env:
            return self._given
        key = (url.scheme, url.netloc.decode())
        if key not in self._found:
            self._found[key] = environment_proxy(*key)
        return self._found[key]


def environment_proxy(scheme: str, host: str) -> Proxy | None:
    proxies = urllib.request.getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    return None if not address or urllib.request.proxy_bypass(host) else Proxy.parse(address)
