"""An app behind a real server, and what X would send it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import uvicorn

SECRET = "SECRET-consumer"
HEADER = "x-twitter-webhooks-signature"


def sign(body: bytes, secret: str = SECRET) -> str:
    """The signature, computed apart from the library."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def message(number: int = 1, event_type: str = "post.create", payload: Any = None, **more: Any) -> dict[str, Any]:
    """An activity event."""
    post = {"id": str(1000 + number), "text": f"post {number}", "author_id": "7"}
    data = {"event_uuid": str(1000 + number), "event_type": event_type, "filter": {"user_id": "7"}, **more}
    return {"data": {**data, "payload": post if payload is None else payload}}


class Poster:
    """Sends as X does."""

    def __init__(self, client: httpx.AsyncClient, path: str = "/") -> None:
        self.client = client
        self.path = path

    async def post(self, body: Any, *, secret: str = SECRET, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        sent = {"content-type": "application/json", HEADER: sign(content, secret)}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(self.path, content=content, headers=sent)


@asynccontextmanager
async def served(app: Any) -> AsyncGenerator[str, None]:
    """The address of an app behind uvicorn, which runs its lifespan."""
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="on", access_log=False)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        await server.shutdown()


@asynccontextmanager
async def delivering(app: Any, path: str = "/") -> AsyncGenerator[Poster, None]:
    """The app behind a real server, and somebody who sends to it."""
    async with served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield Poster(client, path)
