"""OAuth 1.0a signatures (RFC 5849), HMAC-SHA1 over exactly the bytes that are sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, quote

import httpx

from xdk_async._core.limits import Principal
from xdk_async._core.operation import Auth
from xdk_async.auth.credential import Credential, digest

FORM = "application/x-www-form-urlencoded"
DEFAULT_PORTS = {"http": 80, "https": 443}


class OAuth1Signer(Credential):
    """Signs with an app's key and a user's token. JSON and multipart bodies are not part of the signature."""

    kind = Auth.OAUTH1

    def __init__(
        self,
        api_key: str,
        api_secret: str,
        token: str = "",
        token_secret: str = "",
        *,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._api_key = api_key
        self._token = token
        self._key = f"{encoded(api_secret)}&{encoded(token_secret)}".encode()
        self._clock = clock
        self._nonce = nonce
        user = token.partition("-")[0] if "-" in token else digest(token)  # X puts the user's id in front
        self.principal: Principal = Principal(digest(api_key), user)

    async def sign(self, request: httpx.Request) -> None:
        """Set `Authorization: OAuth …`."""
        form = (
            request.content
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
            else b""
        )
        request.headers["Authorization"] = self.header(request.method, request.url, form)

    def header(self, method: str, url: httpx.URL, form: bytes = b"", extra: dict[str, str] | None = None) -> str:
        """The value of the header for a request.

        Args:
            method: the HTTP method.
            url: the address as it is sent.
            form: a form-encoded body, which is signed; empty for any other body.
            extra: further protocol parameters, such as `oauth_callback`.
        """
        oauth = {
            "oauth_consumer_key": self._api_key,
            "oauth_nonce": self._nonce(),
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": str(int(self._clock())),
            "oauth_version": "1.0",
            **({"oauth_token": self._token} if self._token else {}),
            **(extra or {}),
        }
        base = base_string(method, url, [*oauth.items(), *pairs(url.query), *pairs(form)])
        digest = hmac.new(self._key, base.encode(), hashlib.sha1).digest()
        oauth["oauth_signature"] = base64.b64encode(digest).decode()
        return "OAuth " + ", ".join(f'{name}="{encoded(value)}"' for name, value in oauth.items())


def base_string(method: str, url: httpx.URL, parameters: list[tuple[str, str]]) -> str:
    """What is signed: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1"""
    normalized = sorted((encoded(name), encoded(value)) for name, value in parameters)
    text = "&".join(f"{name}={value}" for name, value in normalized)
    return "&".join((method.upper(), encoded(base_url(url)), encoded(text)))


def base_url(url: httpx.URL) -> str:
    """Scheme and host in lower case, without a default port, and the path as it is sent."""
    path = url.raw_path.partition(b"?")[0].decode("ascii")
    host = url.raw_host.decode("ascii").lower()  # httpx leaves the brackets of an IPv6 address off
    netloc = f"[{host}]" if ":" in host else host
    port = "" if url.port in (None, DEFAULT_PORTS.get(url.scheme)) else f":{url.port}"
    return f"{url.scheme}://{netloc}{port}{path or '/'}"


def pairs(form: bytes) -> list[tuple[str, str]]:
    """The parameters of a form-encoded text, in its order."""
    return parse_qsl(form.decode("ascii"), keep_blank_values=True) if form else []


def encoded(text: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc5849#section-3.6"""
    return quote(text, safe="-._~")
