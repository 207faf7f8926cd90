"""The base of the 21 groups: binds arguments and hands the call on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from xdk_async._core.answer import Page, Streamed
from xdk_async._core.bind import bind
from xdk_async._core.operation import Operation
from xdk_async._core.pages import Pages
from xdk_async._core.sender import Sender
from xdk_async._core.stream import Stream, StreamConfig
from xdk_async.errors import InvalidArgument

A = TypeVar("A")
T = TypeVar("T")


class Resource:
    """One group of operations, such as `client.posts`."""

    __slots__ = ("_sender",)

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def _send(self, operation: Operation[A], body: object = None, /, **arguments: Any) -> A:
        return await self._sender.send(bind(operation, arguments, body, validate=self._sender.options.validate))

    def _pages(self, operation: Operation[Page[T]], /, **arguments: Any) -> Pages[T]:
        return Pages(self._sender, bind(operation, arguments, validate=self._sender.options.validate))

    def _stream(self, operation: Operation[Streamed[T]], config: StreamConfig | None, /, **arguments: Any) -> Stream[T]:
        call = bind(operation, arguments, validate=self._sender.options.validate)
        return Stream(self._sender, call, config or StreamConfig())

    def _body(self, operation: Operation[Any], body: object, keywords: Mapping[str, object]) -> object:
        """A body from plain keywords: `{"reply.in_reply_to_tweet_id": "7"}` → `{"reply": {"in_reply_to_tweet_id": "7"}}`."""
        given = {where: value for where, value in keywords.items() if value is not None}
        if not given:
            return body
        if body is not None:
            raise InvalidArgument(f"{operation.name}: give a body or plain keywords, not both")
        made: dict[str, Any] = {}
        for where, value in given.items():
            *way, last = where.split(".")
            place = made
            for step in way:
                place = place.setdefault(step, {})
            is_id = last.endswith("_id") and isinstance(value, int) and not isinstance(value, bool)
            place[last] = str(value) if is_id else msgspec.to_builtins(value, builtin_types=(bytes,))
        return made

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._sender!r}>"
