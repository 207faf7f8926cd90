"""Which proxy a request goes through."""

from __future__ import annotations

import base64
import urllib.request
from typing import NamedTuple

import httpx


class Proxy(NamedTuple):
    """A proxy, its password apart from the address: that one aiohttp shows in errors."""

    address: str
    authorization: str | None

    @property
    def headers(self) -> dict[str, str] | None:
        return {"Proxy-Authorization": self.authorization} if self.authorization else None

    @classmethod
    def parse(cls, address: str) -> Proxy:
        url = httpx.URL(address if "://" in address else f"http://{address}")
        bare = str(url.copy_with(userinfo=b""))
        if url.scheme.startswith("socks"):
            raise ValueError(
                f"{bare} is a SOCKS proxy, which Pool cannot use: "
                "pass transport=httpx.AsyncHTTPTransport(proxy=...), which needs the package httpx[socks]"
            )
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"not the http:// or https:// address of a proxy: {bare}")
        if not url.userinfo:
            return cls(bare, None)
        return cls(bare, "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode())


def environment_proxy(scheme: str, host: str) -> Proxy | None:
    proxies = urllib.request.getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    return None if not address or urllib.request.proxy_bypass(host) else Proxy.parse(address)
