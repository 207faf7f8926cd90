"""A request that passed all checks, and the answer to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from xdk_async._core.operation import Operation
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.access import Caller
from xdk_async.sandbox.clock import iso, parsed
from xdk_async.sandbox.member import Scene
from xdk_async.sandbox.selection import Selection
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.view import View

if TYPE_CHECKING:
    from xdk_async.sandbox.hub import Flow
    from xdk_async.sandbox.world import Sandbox

B = TypeVar("B")


@dataclass(slots=True)
class Reply:
    """What is answered; empty parts are not sent."""

    data: Any = None
    includes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    errors: Sequence[Mapping[str, Any]] = ()
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])
    status: int = 200
    whole: Mapping[str, Any] | None = None  # a document of its own, without the envelope

    def body(self) -> dict[str, Any]:
        """The answer as one object."""
        if self.whole is not None:
            return dict(self.whole)
        parts = {"data": self.data, "includes": self.includes, "errors": self.errors, "meta": self.meta}
        return {name: part for name, part in parts.items() if part not in (None, [], {}, ())}


@dataclass(frozen=True, slots=True)
class File:
    """Bytes that are answered as they are."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked, by whom, of which sandbox."""

    sandbox: Sandbox
    operation: Operation[Any]
    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, str]
    selection: Selection
    content: Any  # the decoded body
    client_ip: str = "127.0.0.1"
    base_url: str = ""  # by which the client reaches the sandbox

    @property
    def store(self) -> Store:
        """The state."""
        return self.sandbox.store

    @property
    def now_ms(self) -> int:
        """The time, in milliseconds since 1970."""
        return self.sandbox.clock.ms()

    @property
    def me(self) -> str:
        """The id of the signed-in user; empty for an app."""
        return self.caller.user_id or ""

    def body(self, kind: type[B]) -> B:
        """The request body, which the table says is of that kind."""
        assert isinstance(self.content, kind)
        return self.content

    def count_reads(self, posts: int) -> None:
        """Put delivered posts on the account."""
        day = iso(self.now_ms)[:10]
        self.store.reads[day] = self.store.reads.get(day, 0) + posts

    def scene(self) -> Scene:
        """What surrounds the objects of the answer."""
        return Scene(self.store, self.now_ms, self.caller.user_id, self.base_url)

    def view(self) -> View:
        """What the answer is made with."""
        return View(self.scene(), self.selection)

    def number(self, name: str, default: int) -> int:
        """A parameter that is a number."""
        return int(self.query.get(name, default))

    def names(self, name: str) -> list[str]:
        """A parameter that is a list, each entry once."""
        return [*dict.fromkeys(self.query[name].split(","))] if name in self.query else []

    def time_ms(self, name: str) -> int | None:
        """A parameter that is a time."""
        return parsed(self.query[name]) if name in self.query else None

    def flag(self, name: str) -> bool:
        """A parameter that is true or false."""
        return self.query.get(name) == "true"

    @property
    def token(self) -> str | None:
        """The page that is asked for, by either name."""
        return self.query.get("pagination_token", self.query.get("next_token"))


Answer: TypeAlias = "Reply | Flow | File"
Handler: TypeAlias = "Callable[[Ask], Answer | Awaitable[Answer]]"
HANDLERS: dict[str, Handler] = {}
"""What the sandbox can do, by the names of operations."""


def handles(name: str) -> Callable[[Handler], Handler]:
    """Register the decorated function for the operation of that name."""
    if name not in OPERATIONS:
        raise ValueError(f"no operation is called {name}")

    def register(handler: Handler) -> Handler:
        if name in HANDLERS:
            raise ValueError(f"{name} has two handlers")
        HANDLERS[name] = handler
        return handler

    return register
