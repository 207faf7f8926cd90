"""What a client is told: credentials from arguments or the environment, and options."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx

from xdk_async._core.operation import Auth
from xdk_async._core.options import Options, Timeouts
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.auth.oauth1 import OAuth1Signer
from xdk_async.errors import InvalidArgument

Token: TypeAlias = str | Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """The credentials a client was given."""

    bearer_token: Token | None = None
    access_token: str | None = None
    access_token_secret: str | None = None
    token: Mapping[str, Any] | None = None
    auth: httpx.Auth | None = None
    api_key: str | None = None
    api_secret: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


FROM_ENVIRONMENT = (
    "bearer_token", "access_token", "access_token_secret", "api_key", "api_secret", "client_id", "client_secret",
)  # fmt: skip


def environment(variables: Mapping[str, str], **arguments: Any) -> Given:
    """The arguments if one of them is given, else what `X_BEARER_TOKEN` and its kin say: never a mixture."""
    if any(value is not None for value in arguments.values()):
        return Given(**arguments)
    found: dict[str, Any] = {name: variables.get(f"X_{name.upper()}") or None for name in FROM_ENVIRONMENT}
    return Given(**found)


def credentials_from(given: Given) -> Credentials:
    """The credential of each kind.

    Raises:
        InvalidArgument: Parts of a credential are missing.
    """
    user = given.access_token
    if given.token is not None:
        user = given.token.get("access_token") or user
        if not isinstance(user, str):
            raise InvalidArgument("token= holds no access_token: pass what X's token endpoint answered")
    if given.access_token_secret and not (user and given.api_key and given.api_secret):
        raise InvalidArgument("OAuth 1.0a needs all of api_key, api_secret, access_token and access_token_secret")
    return Credentials(
        app=Bearer(given.bearer_token) if given.bearer_token else None,
        oauth2=Bearer(user, Auth.OAUTH2) if user and not given.access_token_secret else None,
        oauth1=OAuth1Signer(given.api_key or "", given.api_secret or "", user, given.access_token_secret)
        if user and given.access_token_secret
        else None,
        custom=given.auth,
    )


def changed(options: Options, **changes: Any) -> Options:
    """`options` with what is not None set; policy and timeouts are taken apart."""
    given = {name: value for name, value in changes.items() if value is not None}
    policy_names = {each.name for each in dataclasses.fields(options.policy)}
    policy = {name: given.pop(name) for name in list(given) if name in policy_names}
    if "timeout" in given:
        given["timeouts"] = timeouts_of(given.pop("timeout"))
    if "headers" in given:
        given["headers"] = {**options.headers, **given["headers"]}
    for name in ("deadline", "max_wait"):
        if (number := given.get(name, policy.get(name))) is not None and number < 0:
            raise InvalidArgument(f"{name}={number} is negative: it takes seconds")
    return dataclasses.replace(options, policy=dataclasses.replace(options.policy, **policy), **given)


def timeouts_of(timeout: float | httpx.Timeout | Timeouts) -> Timeouts:
    """One number is for connecting, reading and writing each; waiting for a connection stays without limit."""
    if isinstance(timeout, Timeouts):
        return timeout
    if isinstance(timeout, httpx.Timeout):
        return Timeouts(timeout.connect, timeout.read, timeout.write, timeout.pool)
    return Timeouts(timeout, timeout, timeout)
