"""What calls return: plain objects around the decoded structs. Nothing on the wire can fill `status` or `raw`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from xdk_async._core.includes import Includes
from xdk_async._core.limits import RateLimit, rate_limit
from xdk_async._core.linked import Linked
from xdk_async._core.price import dollars
from xdk_async.api import models

T = TypeVar("T")
WHOLE = "$"  # the path in `undecoded` of an answer in which no JSON could be read


class Answer:
    """What every answer tells beside its data."""

    __slots__ = ("_headers", "errors", "includes", "meta", "microdollars", "raw", "status", "undecoded")

    includes: Includes
    """Objects that the expansions brought, with methods that join them to what refers to them."""
    meta: models.Meta
    """Counts and tokens of a page; empty where X sends none."""
    errors: list[models.Problem]
    """What could not be answered beside what could, each of the class of its problem type; often empty."""
    status: int
    """The HTTP status, 200 to 299."""
    undecoded: tuple[str, ...]
    """Paths like `data[0].public_metrics` of what came in a shape that does not fit: it is None, or left out of its list.

    A lone `$` if no JSON could be read at all.
    """
    raw: bytes | None
    """The body as it came, after decompression; None for pages, unless something is undecoded or `keep_raw=True`."""
    microdollars: int
    """`cost` in millionths of a dollar, as a whole number."""

    def __init__(
        self,
        *,
        includes: Includes,
        meta: models.Meta,
        errors: list[models.Problem],
        status: int,
        headers: Mapping[str, str],
        undecoded: tuple[str, ...],
        raw: bytes | None,
    ) -> None:
        self.includes = includes
        self.meta = meta
        self.errors = errors
        self.status = status
        self.undecoded = undecoded
        self.raw = raw
        self._headers = headers
        self.microdollars = 0

    @property
    def cost(self) -> Decimal:
        """US dollars that it cost by the table of prices: what it brought, less what was read before on the same day of UTC."""
        return dollars(self.microdollars)

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's HTTP headers, names in any case."""
        return self._headers

    @property
    def request_id(self) -> str | None:
        """X's `x-transaction-id`, which its support asks for."""
        return self._headers.get("x-transaction-id")

    @property
    def rate_limit(self) -> RateLimit | None:
        """What the headers say of the window this call was counted in; None if they say nothing."""

        return rate_limit(self._headers)

    def json(self) -> Any:
        """The body decoded without types, as X sent it.

        Raises:
            ValueError: The body was not kept (pages keep it with `keep_raw=True` only) or holds no JSON.
        """
        if self.raw is None:
            raise ValueError("the body was not kept: use client.with_options(keep_raw=True)")
        try:
            return msgspec.json.decode(self.raw)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ValueError("the body holds no JSON") from error

    def _parts(self) -> tuple[Any, ...]:
        return (self._data(), self.includes, self.errors, self.meta)

    def _data(self) -> Any:
        return getattr(self, "data", None)

    def __eq__(self, other: object) -> bool:
        return self._parts() == other._parts() if isinstance(other, Answer) else NotImplemented

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries and lists: data, includes, meta and errors, without what X did not send."""
        parts = {"data": self._data(), "includes": self.includes.struct, "meta": self.meta, "errors": self.errors}
        plain: dict[str, Any] = msgspec.to_builtins(parts)
        return {name: value for name, value in plain.items() if value}

    if not TYPE_CHECKING:  # type checkers go on to tell of names that are not there

        def __getattr__(self, name):
            from xdk_async._core.stray_part import StrayPart

            raise StrayPart(self, name)

        def __getitem__(self, key):
            from xdk_async._core.stray_part import no_item

            raise no_item(self, key)


class Response(Answer, Generic[T]):
    """The answer of a call that is made once."""

    __slots__ = ("assumed", "data")

    data: T | None
    """What was asked for; None if X sent none (a look-up without a hit says why in `errors`)."""
    assumed: bool
    """Whether it was most likely carried out, though X did not say so; nearly always False.

    True of a post that was sent again because no answer came, and refused as a duplicate then: `data` is None, `status` 403.
    """

    def __init__(self, data: T | None, *, assumed: bool = False, **parts: Any) -> None:
        super().__init__(**parts)
        self.data = data
        self.assumed = assumed

    def __repr__(self) -> str:
        return f"Response(data={self.data!r}, errors={self.errors!r}, status={self.status})"


class Page(Answer, Generic[T]):
    """One page of an answer that goes on. Iterating it gives its data."""

    __slots__ = ("data",)

    data: list[T]
    """What was asked for; empty if X sent none, which does not mean that no page follows."""

    def __init__(self, data: list[T], **parts: Any) -> None:
        super().__init__(**parts)
        self.data = data

    def __iter__(self) -> Iterator[T]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return True

    def linked(self) -> list[Linked[T]]:
        """The data, each with what this page's includes hold for it."""
        return [Linked(item, self.includes) for item in self.data]

    def __repr__(self) -> str:
        return f"Page({len(self.data)} items, meta={self.meta!r}, errors={self.errors!r})"


class Streamed(Generic[T]):
    """One event of a stream."""

    __slots__ = ("data", "errors", "includes", "matching_rules", "microdollars", "raw", "undecoded")

    data: T
    """What happened: a post, a like, a compliance event, …"""
    includes: Includes
    """Objects that the expansions brought."""
    matching_rules: list[models.MatchingRule]
    """The filtered stream's rules that the post matched; empty on other streams."""
    errors: list[models.Problem]
    """What X could not tell about the event."""
    undecoded: tuple[str, ...]
    """Paths of what came in a shape that does not fit."""
    microdollars: int
    """`cost` in millionths of a dollar, as a whole number."""
    raw: bytes | None
    """The line as it came; None unless `keep_raw=True`."""

    def __init__(
        self,
        data: T,
        includes: Includes,
        matching_rules: list[models.MatchingRule],
        errors: list[models.Problem],
        undecoded: tuple[str, ...] = (),
        raw: bytes | None = None,
    ) -> None:
        self.data = data
        self.includes = includes
        self.matching_rules = matching_rules
        self.errors = errors
        self.undecoded = undecoded
        self.raw = raw
        self.microdollars = 0

    @property
    def cost(self) -> Decimal:
        """US dollars that it cost by the table of prices; 0 for what was read before on the same day of UTC."""
        return dollars(self.microdollars)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Streamed):
            return NotImplemented
        return self._parts() == other._parts()

    def _parts(self) -> tuple[object, ...]:
        return (self.data, self.includes, self.matching_rules, self.errors)

    def __repr__(self) -> str:
        return f"Streamed(data={self.data!r}, matching_rules={self.matching_rules!r})"
