"""What a request shows for itself: its `Authorization` header, and what a signature covers."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Scope

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, repr=False)
class Presented:
    """The parts of a request, as they were received."""

    method: str
    url: str  # without the query
    query: str
    form: str  # the body, if it is form-encoded
    authorization: str

    @property
    def scheme(self) -> str:
        """`basic`, `bearer`, `oauth`, or nothing."""
        return self.authorization.partition(" ")[0].lower()

    @property
    def value(self) -> str:
        """What stands behind the scheme."""
        return self.authorization.partition(" ")[2].strip()


async def presented(request: Request) -> Presented:
    """The parts of a request."""
    scope = request.scope
    url = f"{scope['scheme']}://{request.headers.get('host', '')}{raw_path(scope)}"
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = (await request.body()).decode("latin-1") if kind == FORM else ""
    query: bytes = scope["query_string"]
    return Presented(request.method, url, query.decode("latin-1"), form, request.headers.get("authorization", ""))


def raw_path(scope: Scope) -> str:
    """The path as it was sent, percent-encoded: an encoded slash is part of a parameter."""
    raw: bytes | None = scope.get("raw_path")
    return raw.decode("latin-1") if raw else scope["path"]
