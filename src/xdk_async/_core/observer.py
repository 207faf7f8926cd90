"""What somebody outside is told of, so that they can measure: the one seam for tracing and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from xdk_async._core.limits import RateLimit


class Outset(NamedTuple):
    """A request as it goes out. Holds no credential."""

    operation: str
    """Name of the operation, such as `posts.create`; `request` for paths without one."""
    template: str
    """Its path with names for what varies, such as `/2/users/{id}`; empty for paths without an operation."""
    method: str
    url: str
    """With its query, whose values may be private."""
    host: str
    port: int


class Sent(Protocol):
    """One request that is on its way."""

    def headers(self) -> Mapping[str, str]:
        """Headers to send besides."""
        ...

    def answered(self, status: int, version: str, limits: Sequence[RateLimit]) -> None:
        """The headers of its answer came."""
        ...

    def failed(self, error: BaseException) -> None:
        """No answer came."""
        ...


class Observer(Protocol):
    """Whoever is told. Its methods take no time and raise nothing."""

    def call(self, operation: str) -> AbstractContextManager[object]:
        """A call goes on while the block runs: all its attempts and waits."""
        ...

    def request(self, outset: Outset) -> Sent:
        """A request goes out."""
        ...

    def waits(self, operation: str, why: str, seconds: float) -> None:
        """A call is going to wait: for a `window`, for `spacing`, or before a `retry`."""
        ...

    def stream_opened(self, stream: str, *, again: bool) -> None:
        """A stream's connection is open; `again` if it is not the first of its partition."""
        ...

    def stream_closed(self, stream: str) -> None:
        """A stream's connection is gone."""
        ...

    def stream_event(self, stream: str, lag: float | None) -> None:
        """An event came, so many seconds after it was made, if it says when."""
        ...
