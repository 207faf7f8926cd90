"""Bearer tokens: an app's, or a user's of OAuth 2.0."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import httpx

from xdk_async._core.hook import called
from xdk_async._core.limits import Principal
from xdk_async._core.operation import Auth
from xdk_async.auth.credential import Credential, digest, name_of_callable
from xdk_async.errors import CredentialsError, InvalidArgument

BearerToken: TypeAlias = str | Callable[[], Awaitable[str] | str]


class Bearer(Credential):
    """A token, or a callable that gives the one to use now. Sent verbatim: X's app tokens contain `%2F` and `%3D`."""

    def __init__(self, token: BearerToken, kind: Auth = Auth.APP | Auth.OAUTH2) -> None:
        if isinstance(token, str):
            check(token)
        self._token = token
        self.kind = kind
        name = digest(token) if isinstance(token, str) else name_of_callable(token)
        self.principal: Principal = Principal(name) if Auth.APP in kind else Principal("", name)
        self.is_asked_for: bool = not isinstance(token, str)
        """Whether a callable gives the token, so that the next one may be another."""

    async def sign(self, request: httpx.Request) -> None:
        """Set `Authorization: Bearer …`."""
        token = self._token
        if not isinstance(token, str):
            given = await called(token)
            if not isinstance(given, str) or not given:
                raise CredentialsError("the callable given as bearer_token returned no token")
            check(given)
            token = given
        request.headers["Authorization"] = f"Bearer {token}"


def check(token: str) -> None:
    """Refuse what cannot stand in a header, without showing it."""
    if not token or not token.isascii() or any(each.isspace() or not each.isprintable() for each in token):
        raise InvalidArgument("the token is empty, or holds white space or other characters that no header can carry")
