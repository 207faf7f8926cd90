"""What the tests of the sandbox call it with, and how they judge its answers."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import httpx
import msgspec

from xdk_async.api import models
from xdk_async.sandbox import Sandbox, Served, serve
from xdk_async.sandbox.vocabulary import is_list, is_object

T = TypeVar("T")
NEWER = {"rest_id": "id", "last_updated_at_ms": "updated_at", "message_ttl_msec": "message_ttl_ms"}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class Api:
    """A served sandbox with a client; calls are made as the app unless `user=True`."""

    def __init__(self, served: Served, client: httpx.AsyncClient) -> None:
        self.sandbox: Sandbox = served.sandbox
        self.store = served.sandbox.store
        self.url = served.url
        self.me = served.sandbox.me.id
        self.client = client

    def headers(self, *, user: bool = False) -> dict[str, str]:
        token = self.sandbox.user_token if user else self.sandbox.app_token
        return {"authorization": f"Bearer {token}"}

    async def call(
        self, method: str, path: str, json: Any = None, *, user: bool = False, **query: Any
    ) -> httpx.Response:
        """`post_fields="a"` is sent as `post.fields=a`."""
        params = {name.replace("_fields", ".fields"): value for name, value in query.items()}
        headers = self.headers(user=user)
        return await self.client.request(method, path, params=params, headers=headers, json=json)

    async def get(self, path: str, *, user: bool = False, **query: Any) -> httpx.Response:
        return await self.call("GET", path, user=user, **query)

    async def json(self, path: str, *, user: bool = False, **query: Any) -> dict[str, Any]:
        """The body of an answer that must be good."""
        answer = await self.get(path, user=user, **query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def do(self, method: str, path: str, json: Any = None, **query: Any) -> Any:
        """The data of something that the signed-in user does."""
        answer = await self.call(method, path, json, user=True, **query)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]

    async def rules(self, *values: str, **query: Any) -> dict[str, Any]:
        """Add rules to the filtered stream."""
        body = {"add": [{"value": value} for value in values]}
        answer = await self.call("POST", "/2/tweets/search/stream/rules", body, **query)
        told: dict[str, Any] = answer.json()
        return told

    async def say(self, text: str, **more: Any) -> str:
        """Post something; its id."""
        made = await self.do("POST", "/2/tweets", {"text": text, **more})
        id: str = made["id"]
        return id


@asynccontextmanager
async def opened(sandbox: Sandbox) -> AsyncGenerator[Api, None]:
    """Serve it, with a client."""
    async with (
        serve(sandbox) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, verify=False) as client,
    ):
        yield Api(served, client)


def whole(answer: httpx.Response | bytes, kind: type[T]) -> T:
    """An answer decoded as that model, after a check that the model has a place for everything in it."""
    content = answer.content if isinstance(answer, httpx.Response) else answer
    decoded = msgspec.json.decode(content, type=kind)
    assert comparable(msgspec.to_builtins(decoded)) == comparable(msgspec.json.decode(content))
    return decoded


def comparable(value: Any) -> Any:
    """The same with newer names, and times as times."""
    if is_object(value):
        return {NEWER.get(name, name.replace("tweet", "post")): comparable(each) for name, each in value.items()}
    if is_list(value):
        return [comparable(each) for each in value]
    if isinstance(value, str) and DATE.match(value):
        return datetime.fromisoformat(value)
    return value


def names(value: Any) -> set[str]:
    """Every member name in an answer."""
    if is_object(value):
        return set(value).union(*(names(each) for each in value.values()))
    return set[str]().union(*(names(each) for each in value)) if is_list(value) else set()


Serve: TypeAlias = Callable[[Sandbox], AbstractAsyncContextManager[Api]]
Posts = models.Envelope[list[models.Post]]
Users = models.Envelope[list[models.User]]
