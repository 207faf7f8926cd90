"""The client of the command line: it also calls operations by method and path, as `request` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xdk_async._core.answer import Response
from xdk_async._core.operation import Auth, Call
from xdk_async._core.stream import Stream
from xdk_async._core.stream_config import StreamConfig
from xdk_async._core.unlisted import matching, unlisted
from xdk_async.client import AsyncClient
from xdk_async.errors import InvalidArgument


class Caller(AsyncClient):
    """An `AsyncClient` that sends what people type."""

    def act_as_user(self) -> None:
        """Make reads as the user too, where there is one: somebody chose the account."""
        self._sender = replace(self._sender, credentials=replace(self._sender.credentials, prefer_user=True))

    async def send(self, method: str, path: str, params: Mapping[str, object], body: object) -> Response[Any]:
        """The answer, untyped. Of a listed operation the table says which credentials fit; nothing else is checked."""
        return await self._sender.send(unlisted(method, path, params, body))

    async def without_credentials(self, path: str) -> Response[Any]:
        """The answer to a GET that is not signed."""
        call = unlisted("GET", path, {}, None)
        return await self._sender.send(replace(call, operation=replace(call.operation, auth=Auth.NONE)))

    def listen(self, path: str, params: Mapping[str, object]) -> Stream[Any]:
        """A stream of the table, with the parameters as X names them."""
        operation = matching("GET", path)
        if operation is None or not operation.streams:
            raise InvalidArgument(f"GET {path} is no stream")
        call: Call[Any] = replace(unlisted("GET", path, params, None), operation=operation)
        return Stream(self._sender, {None: call}, StreamConfig())
