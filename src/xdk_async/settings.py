"""What a client is told: credentials from arguments or the environment, and options."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args
from weakref import WeakValueDictionary

import httpx

from xdk_async._core.budget import budget_of
from xdk_async._core.given import check_count, check_headers, check_hook, check_text, check_type
from xdk_async._core.operation import Auth
from xdk_async._core.options import CredentialName, Options, Timeouts, keyed
from xdk_async._core.transport import Transport
from xdk_async.auth.app import AppToken
from xdk_async.auth.bearer import Bearer, BearerToken, check
from xdk_async.auth.choice import Credentials
from xdk_async.auth.credential import Credential
from xdk_async.auth.endpoint import TokenEndpoint
from xdk_async.auth.oauth1 import OAuth1Signer
from xdk_async.auth.renewal import OnToken, Renewing, RenewingToken
from xdk_async.auth.store import TokenStore
from xdk_async.auth.token import Token, TokenKey
from xdk_async.errors import InvalidArgument
from xdk_async.oauth1_auth import OAuth1
from xdk_async.oauth2_auth import OAuth2PKCEAuth, scopes


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """The credentials a client was given."""

    bearer_token: BearerToken | None = None
    access_token: str | None = None
    access_token_secret: str | None = None
    token: Mapping[str, Any] | Token | None = None
    auth: httpx.Auth | OAuth1 | OAuth2PKCEAuth | None = None
    api_key: str | None = None
    api_secret: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    token_store: TokenStore | None = None


FROM_ENVIRONMENT = (
    "bearer_token", "access_token", "access_token_secret", "api_key", "api_secret", "client_id", "client_secret",
)  # fmt: skip


def environment(variables: Mapping[str, str], **arguments: Any) -> Given:
    """The arguments if one of them is given, else what `X_BEARER_TOKEN` and its kin say: never a mixture."""
    if any(value is not None for name, value in arguments.items() if name != "token_store"):
        return Given(**arguments)
    found: dict[str, Any] = {name: variables.get(f"X_{name.upper()}") or None for name in FROM_ENVIRONMENT}
    return Given(**found, token_store=arguments.get("token_store"))


def check_credentials(given: Given) -> None:
    """Refuse credentials of kinds that no client takes, without showing them."""
    for name in FROM_ENVIRONMENT:
        value = getattr(given, name)
        if value is not None and not (name == "bearer_token" and callable(value)):
            check_text(f"{name}=", value)
    if given.auth is not None:
        check_type(
            "auth=", given.auth, (httpx.Auth, OAuth1, OAuth2PKCEAuth), "an OAuth2PKCEAuth, an OAuth1 or an httpx.Auth"
        )
    if given.token_store is not None and not hasattr(given.token_store, "acquire"):
        raise InvalidArgument(
            f"token_store= takes a store such as SQLiteStore(path), not {type(given.token_store).__name__}"
        )


def sign_in(
    given: Given, base_url: str, authorization_base_url: str, redirect_uri: str | None, scope: str | Sequence[str] | None,
    subject: str, on_token: OnToken | None,
) -> OAuth2PKCEAuth | None:  # fmt: skip
    """The OAuth 2.0 flow of a client, if it was told enough for one: the one passed in, or one from its arguments."""
    check_credentials(given)
    if isinstance(given.auth, OAuth2PKCEAuth):
        spoken = None if scope is None else scopes(scope)
        given.auth.fill(
            client_id=given.client_id, client_secret=given.client_secret, redirect_uri=redirect_uri, on_token=on_token,
            scope=spoken,
        )  # fmt: skip
        if given.token_store is not None and given.token_store is not given.auth.store:
            raise InvalidArgument("the flow given as auth= has a store of its own: give token_store= to it, as store=")
        return given.auth
    if given.client_id is None and given.token is None and given.token_store is None:
        return None
    if given.token is not None:
        a_dict = "what X's token endpoint answers, a dict (a bare token is bearer_token=, of an app, or access_token=, of a user)"
        check_type("token=", given.token, (Mapping, Token), a_dict)
    token = given.token
    if token is None and given.access_token and not given.access_token_secret:
        token = {"access_token": given.access_token}
    return OAuth2PKCEAuth(
        base_url, authorization_base_url, given.client_id, given.client_secret, redirect_uri, token, scope,
        store=given.token_store, subject=subject, on_token=on_token,
    )  # fmt: skip


def credentials_from(
    given: Given, flow: OAuth2PKCEAuth | None, sessions: Sessions | None, transport: Transport
) -> Credentials:
    """The credential of each kind.

    Raises:
        InvalidArgument: Parts of a credential are missing or broken.
    """
    for name in FROM_ENVIRONMENT:
        value = getattr(given, name)
        if isinstance(value, str) and not (
            value and value.isascii() and value.isprintable() and value == value.strip()
        ):
            raise InvalidArgument(f"{name} is empty, or holds a line break or other characters that X never issues")
    if given.token is not None:
        check(
            Token.from_dict(given.token).access_token if isinstance(given.token, Mapping) else given.token.access_token
        )
    if given.access_token_secret and not (given.access_token and given.api_key and given.api_secret):
        raise InvalidArgument("OAuth 1.0a needs all of api_key, api_secret, access_token and access_token_secret")
    oauth2: Credential | None = sessions.of(flow.key.subject) if flow is not None and sessions is not None else None
    if oauth2 is None and given.access_token and not given.access_token_secret:
        oauth2 = Bearer(given.access_token, Auth.OAUTH2)
    custom = given.auth if isinstance(given.auth, httpx.Auth) else None
    return Credentials(app_credential(given, transport), oauth2, oauth1_credential(given, transport), custom)


def app_credential(given: Given, transport: Transport) -> Credential | None:
    """A bearer token, or the app's key and secret, which buy one, if no user's token came with them."""
    if given.bearer_token:
        return Bearer(given.bearer_token)
    if given.api_key and given.api_secret and not given.access_token:
        return AppToken(TokenEndpoint(transport, given.api_key, given.api_secret))
    return None


def oauth1_credential(given: Given, transport: Transport) -> Credential | None:
    """A user of OAuth 1.0a: from a flow, or from tokens."""
    if isinstance(given.auth, OAuth1):
        given.auth.share(transport)
        return given.auth.credential()
    if given.access_token and given.access_token_secret:
        return OAuth1Signer(given.api_key or "", given.api_secret or "", given.access_token, given.access_token_secret)
    return None


class Sessions:
    """The users of a client: one object for each that is in use, however many views ask for it."""

    def __init__(self, flow: OAuth2PKCEAuth, transport: Transport) -> None:
        self._flow = flow
        flow.share(transport, self.forget)
        endpoint = flow.endpoint(transport) if flow.client_id else None
        self._own = Renewing(
            flow.store, endpoint, transport.clock, transport.sleep, flow.remember, flow.prepare, flow.see
        )
        self._others = dataclasses.replace(self._own, on_token=flow.on_token, prepare=None, on_load=None)
        self._users: WeakValueDictionary[str, RenewingToken] = WeakValueDictionary()

    def forget(self, subject: str) -> None:
        """Look into the store again before the subject's next call."""
        if subject in self._users:
            self._users[subject].forget()

    def flow(self, subject: str) -> OAuth2PKCEAuth:
        """The sign-in of a subject."""
        return self._flow if subject == self._flow.key.subject else self._flow.for_subject(subject)

    def of(self, subject: str) -> RenewingToken:
        """The session of a subject."""
        found = self._users.get(subject)
        if found is None:
            own = subject == self._flow.key.subject
            ready = self._flow.may_have_token if own else None
            found = RenewingToken(
                TokenKey(self._flow.key.client_id, subject), self._own if own else self._others, ready
            )
            self._users[subject] = found
        return found


CHOICES: dict[str, tuple[str, ...]] = {
    "on_limit": ("wait", "raise", "spread"),
    "credential": get_args(CredentialName),
}
NUMBERS = {"deadline": "seconds", "max_wait": "seconds"}
COUNTS = ("retries", "stale_pages")
HOOKS = ("on_wait", "on_costly")


def changed(options: Options, **changes: Any) -> Options:
    """`options` with what is not None set; policy and timeouts are taken apart."""
    given = {name: value for name, value in changes.items() if value is not None}
    if "budget" in given:  # besides those there are: a view's budget does not open the client's
        budgets = {*options.budgets, budget_of(given.pop("budget"))}
        given["budgets"] = tuple(sorted(budgets, key=lambda each: each.place))  # or two calls could wait for each other
    policy_names = {each.name for each in dataclasses.fields(options.policy)}
    policy = {name: given.pop(name) for name in list(given) if name in policy_names}
    if "timeout" in given:
        given["timeouts"] = timeouts_of(given.pop("timeout"))
    for name in HOOKS:
        check_hook(name, given.get(name))
    if "headers" in given:
        check_headers(given["headers"])
        replaced = keyed(given["headers"])
        kept = {name: value for name, value in options.headers.items() if name.lower() not in replaced}
        given["headers"] = {**kept, **given["headers"]}
    for name, unit in NUMBERS.items():
        if (number := given.get(name, policy.get(name))) is not None:
            check_number(name, number, unit)
    for name in COUNTS:
        if (number := given.get(name, policy.get(name))) is not None:
            check_count(name, number, 0)
    for name, choices in CHOICES.items():
        if (chosen := given.get(name, policy.get(name))) is not None and chosen not in choices:
            raise InvalidArgument(f"{name} takes {', '.join(choices)}, not {chosen!r}")
    return dataclasses.replace(options, policy=dataclasses.replace(options.policy, **policy), **given)


def timeouts_of(timeout: float | httpx.Timeout | Timeouts) -> Timeouts:
    """One number is for connecting, reading and writing each; waiting for a connection stays without limit."""
    if isinstance(timeout, Timeouts):
        return timeout
    if isinstance(timeout, httpx.Timeout):
        return Timeouts(timeout.connect, timeout.read, timeout.write, timeout.pool)
    check_number("timeout", timeout, "seconds, an httpx.Timeout, or Timeouts")
    return Timeouts(timeout, timeout, timeout)


def check_number(name: str, number: object, takes: str) -> None:
    """Refuse what is no number, and what is less than nothing."""
    if not isinstance(number, (int, float)) or isinstance(number, bool):
        raise InvalidArgument(f"{name}={number!r} is no number: it takes {takes}")
    if not number >= 0:
        raise InvalidArgument(f"{name}={number} is negative: it takes {takes}")
