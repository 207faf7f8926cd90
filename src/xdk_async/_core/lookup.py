"""Any number of ids looked up, in order."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Generic, Self, TypeVar

from xdk_async._core.answer import Response
from xdk_async._core.batches import Batches, Ids, OnMissing, Source
from xdk_async._core.bind import bind
from xdk_async._core.given import check_concurrency, check_hook, check_type
from xdk_async._core.linked import Linked
from xdk_async._core.operation import Operation
from xdk_async._core.price import dollars
from xdk_async._core.sender import Sender
from xdk_async.errors import InvalidArgument

R = TypeVar("R")
T = TypeVar("T")
NUMBER, ALPHANUMERIC, USERNAME = (re.compile(each) for each in (r"[0-9]{1,19}", r"[a-zA-Z0-9]{1,64}", r"\w{1,15}"))


class Found(Generic[R]):
    """An iterator over what a look-up finds.

    An exception does not end it: `anext()` asks for the same batch again. Closing or dropping it ends what is under way.
    """

    __slots__ = ("_batches", "_owner", "_shape")

    def __init__(
        self, batches: Batches[Any], shape: Callable[[Linked[Any]], R], owner: Found[Any] | None = None
    ) -> None:
        self._batches = batches
        self._shape = shape
        self._owner = owner  # whose end would be the end of this one

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> R:
        found = await self._batches.next()
        if found is None:
            raise StopAsyncIteration
        return self._shape(found)

    @property
    def cost(self) -> Decimal:
        """US dollars that the answers it took from have cost so far by the table of prices."""
        return dollars(self._batches.microdollars)

    async def aclose(self) -> None:
        """End what is under way."""
        self._batches.close()

    def __del__(self) -> None:
        if self._owner is None:
            self._batches.close()


class Lookup(Found[T]):
    """What some ids stand for, in their order, asked for a hundred at a time; ids that X cannot show are passed over.

    `async for post in client.posts.lookup(ids)` goes through it; nothing is read or sent before.
    """

    __slots__ = ()

    @property
    def missing(self) -> Mapping[str, str]:
        """The ids passed over so far, each with X's word for why, such as `resource-not-found`; empty with `on_missing=`."""
        return self._batches.missing

    def linked(self) -> Found[Linked[T]]:
        """The same, each with what the includes of its own answer hold for it."""
        return Found(self._batches, lambda found: found, self)

    def __repr__(self) -> str:
        return f"<Lookup, {len(self.missing)} missing>"


def look_up(
    sender: Sender, operation: Operation[Response[list[T]]], name: str, form: re.Pattern[str], ids: Ids, key: str,
    concurrency: int, on_missing: OnMissing | None, fields: Mapping[str, Any],
) -> Lookup[T]:  # fmt: skip
    """A look-up by an operation that takes a hundred ids.

    Args:
        sender: what sends.
        operation: what answers.
        name: its parameter for the ids.
        form: what an id looks like: one that does not would make X refuse all that are asked for with it.
        ids: the ids.
        key: the attribute of the answers that says which of the ids they are for.
        concurrency: batches under way at once.
        on_missing: gets those that X cannot show.
        fields: further parameters.

    Raises:
        InvalidArgument: An argument cannot work.
    """
    if isinstance(ids, str):
        ids = [each for each in ids.split(",") if each.strip()]
    bytes_too = (bytes, bytearray)  # which would be numbers
    check_type(f"{operation.name}: {name}", ids, (Iterable, AsyncIterable), "ids", but=bytes_too)
    check_concurrency(concurrency)
    check_hook("on_missing", on_missing)
    validate = sender.options.validate
    bind(operation, {name: ["1"], **fields}, validate=validate)  # whatever is wrong with the fields is told now

    def checked(given: object) -> str:
        text = str(given).strip().removeprefix("@") if isinstance(given, (str, int)) else ""
        if isinstance(given, bool) or not (form.fullmatch(text) or (text and not validate)):
            raise InvalidArgument(f"{operation.name}: {given!r} is not one of {name} that X has: it is passed over")
        return text

    async def ask(batch: list[str]) -> Response[list[T]]:
        return await sender.send(bind(operation, {name: batch, **fields}, validate=validate))

    folded = str.casefold if key == "username" else str
    source = Source(ids, checked, folded)
    batches = Batches(source, ask, lambda item: folded(str(getattr(item, key))), concurrency, on_missing)
    return Lookup(batches, lambda found: found.item)
