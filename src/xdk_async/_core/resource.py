"""The base of the 21 groups: binds arguments and hands the call on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from xdk_async._core.answer import Page, Streamed
from xdk_async._core.bind import bind, parameters
from xdk_async._core.given import check_count, check_type
from xdk_async._core.operation import Operation
from xdk_async._core.pages import Pages
from xdk_async._core.sender import Sender
from xdk_async._core.stray import group_name, stray_attribute
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

    def _stream(
        self,
        operation: Operation[Streamed[T]],
        config: StreamConfig | None,
        /,
        redundant: int = 1,
        partitions: Literal["all"] | Iterable[int] | None = None,
        **arguments: Any,
    ) -> Stream[T]:
        check_count(f"{operation.name}: redundant", redundant, 1, "how many connections, 1 or more")
        if config is not None:
            check_type(f"{operation.name}: stream_config=", config, StreamConfig, "a StreamConfig")
        validate = self._sender.options.validate
        calls = {
            number: bind(
                operation, {**arguments, **({} if number is None else {"partition": number})}, validate=validate
            )
            for number in numbers(operation, arguments.get("partition"), partitions)
        }
        return Stream(self._sender, calls, config or StreamConfig(), redundant)

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

    if not TYPE_CHECKING:  # type checkers go on to tell of names that are not there

        def __getattr__(self, name):
            raise stray_attribute(self, name, group_name(type(self)))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._sender!r}>"


def numbers(
    operation: Operation[Any], one: int | None, several: Literal["all"] | Iterable[int] | None
) -> list[int] | list[None]:
    """The partitions to connect to; None for a stream that has none."""
    param = parameters(operation).get("partition")
    if several is None:
        return [None] if one is None else [one]
    if one is not None or param is None:
        raise InvalidArgument(f"{operation.name}: give either partition= or partitions=")
    if isinstance(several, str):
        if several != "all":
            raise InvalidArgument(f"{operation.name}: partitions={several!r}: 'all', or a list of numbers")
        return list(range(param.low or 1, (param.high or 1) + 1))
    found = list(dict.fromkeys(several))
    if not found:
        raise InvalidArgument(f"{operation.name}: partitions= names none")
    return found
