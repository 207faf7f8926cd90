"""An address that is not ours, which the sandbox calls."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import httpx
import msgspec


class Hook(httpx.AsyncBaseTransport):
    """The other side: answers challenges, and deliveries with the statuses it was told, then 200."""

    def __init__(self, secret: str = "sandbox-api-secret") -> None:
        self.secret = secret
        self.statuses: list[int] = []
        self.challenge: Callable[[httpx.Request], httpx.Response] = self.good
        self.received: list[dict[str, Any]] = []

    def signature(self, message: bytes) -> str:
        return "sha256=" + base64.b64encode(hmac.new(self.secret.encode(), message, hashlib.sha256).digest()).decode()

    def good(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"response_token": self.signature(request.url.params["crc_token"].encode())})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return self.challenge(request)
        assert request.headers["x-twitter-webhooks-signature"] == self.signature(request.content)
        self.received.append(msgspec.json.decode(request.content))
        return httpx.Response(self.statuses.pop(0) if self.statuses else 200)
