"""What X offers, as data: an operation, its parameters, and a call of it with everything filled in."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeAlias, TypeVar

A = TypeVar("A")

Kind: TypeAlias = Literal["str", "int", "bool", "datetime"]


class Auth(enum.Flag):
    """The ways to sign in that an operation accepts."""

    NONE = 0
    APP = 1  # app-only bearer token
    OAUTH2 = 2  # user token of OAuth 2.0 with PKCE
    OAUTH1 = 4  # user token of OAuth 1.0a
    USER = OAUTH2 | OAUTH1
    ANY = APP | USER


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: its Python keyword, its name on the wire, and what it takes."""

    name: str
    wire: str = ""  # the name on the wire where it differs
    kind: Kind = "str"
    many: bool = False  # a list, comma-joined into one value (`style=form, explode=false`)
    required: bool = False
    choices: tuple[str, ...] = ()
    low: int | None = None  # smallest number, or fewest entries of a list
    high: int | None = None
    path: bool = False
    older: Mapping[str, str] = field(default_factory=dict[str, str])  # newer name → how this path spells it
    elsewhere: Mapping[str, str] = field(
        default_factory=dict[str, str]
    )  # an expansion here → a field of `tweet_fields`


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Generic[A]):
    """One operation of X's API; `A` is what a call of it answers."""

    name: str  # group and method: "posts.search_recent"
    method: str
    path: str
    answer: Callable[[], type[A]]  # called on first use, so that the table loads no model
    auth: Auth
    scopes: str = ""  # OAuth 2.0 scopes a user token needs, separated by spaces
    params: tuple[Param, ...] = ()
    fields: tuple[Param, ...] = ()  # those of a bundle that many operations share
    exclusive: tuple[tuple[str, str], ...] = ()  # pairs of parameters of which X takes one
    body: str = ""  # the struct of the request body, by its name in `xdk_async.models`
    multipart: bool = False
    streams: bool = False
    whole: bool = False  # the answer is a document of its own, without the envelope {data, includes, meta, errors}


@dataclass(frozen=True, slots=True)
class Call(Generic[A]):
    """An operation with its arguments: what is sent, before it is signed."""

    operation: Operation[A]
    path: str  # percent-encoded
    query: tuple[tuple[str, str], ...] = ()  # percent-encoded names and values, in the order they are sent
    body: bytes | None = field(default=None, repr=False)  # may hold a token
    content_type: str = ""
    expansions: frozenset[str] = field(default=frozenset())

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.operation.method

    @property
    def endpoint(self) -> str:
        """What X counts it under: the operation's name, or method and path of one that the table does not list."""
        return self.operation.name if self.operation.path else f"{self.operation.method} {self.path}"

    @property
    def sends_once(self) -> bool:
        """Whether repeating it could do the thing twice."""
        return self.operation.method in ("POST", "PATCH")

    @property
    def target(self) -> str:
        """Path and query as they stand in the request line."""
        if not self.query:
            return self.path
        return self.path + "?" + "&".join(f"{name}={value}" for name, value in self.query)

    def with_query(self, changes: Mapping[str, str | None]) -> Call[A]:
        """The same call with query parameters set (percent-encoded) or, by None, left out."""
        kept = [(name, value) for name, value in self.query if name not in changes]
        added = [(name, value) for name, value in changes.items() if value is not None]
        return replace(self, query=(*kept, *added))
