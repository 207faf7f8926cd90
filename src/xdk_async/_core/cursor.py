"""The official SDK's `Cursor`, over our pages."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

from xdk_async._core.answer import Page
from xdk_async._core.pages import Pages, Walk
from xdk_async.errors import PaginationError

P = ParamSpec("P")
T = TypeVar("T")


class Cursor(Generic[T]):
    """A paged method with its arguments: each `pages()` or `items()` begins anew.

    `Cursor(client.posts.search_recent, "python").items(250)` is the same as
    `client.posts.search_recent("python").items(250)`.

    Args:
        method: A method that gives pages, such as `client.posts.search_recent`.
        *args: Its arguments.
        **kwargs: Its keyword arguments.

    Raises:
        PaginationError: The method has no pages.
    """

    def __init__(self, method: Callable[P, Pages[T]], *args: P.args, **kwargs: P.kwargs) -> None:
        if not is_paged(method):
            name = getattr(method, "__qualname__", repr(method))
            raise PaginationError(f"{name} has no pages: a Cursor takes a method such as client.posts.search_recent")
        self.method: Callable[..., Pages[T]] = method
        """The method."""
        self.args: tuple[Any, ...] = args
        """Its arguments."""
        self.params: dict[str, Any] = dict(kwargs)
        """Its keyword arguments."""

    def pages(self, limit: int | None = None) -> Walk[Page[T]]:
        """The pages from the first on, `limit` of them at the most; for `async for`."""
        return self._begin().pages(limit)

    def items(self, limit: int | None = None) -> Walk[T]:
        """What the pages hold from the first on, `limit` of them at the most; for `async for`."""
        return self._begin().items(limit)

    def _begin(self) -> Pages[T]:
        return self.method(*self.args, **self.params)

    def __repr__(self) -> str:
        return f"<Cursor of {getattr(self.method, '__qualname__', repr(self.method))}>"


def cursor(method: Callable[P, Pages[T]], *args: P.args, **kwargs: P.kwargs) -> Cursor[T]:
    """A `Cursor` over a paged method, with the type of what its pages hold.

    Raises:
        PaginationError: The method has no pages.
    """
    return Cursor(method, *args, **kwargs)


def is_paged(method: object) -> bool:
    """Whether a call of it gives pages, by what it takes: the official SDK goes by the same."""
    if not callable(method) or inspect.iscoroutinefunction(method):
        return False
    return bool({"pagination_token", "next_token"} & set(inspect.signature(method).parameters))
