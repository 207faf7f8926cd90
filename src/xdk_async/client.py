"""`AsyncClient`: settings and credentials in, one transport out."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from xdk_async._core.answer import Response
from xdk_async._core.budget import Budget
from xdk_async._core.connection import ResponseHook
from xdk_async._core.costly import OnCostly
from xdk_async._core.given import check_client
from xdk_async._core.network import Network
from xdk_async._core.options import CredentialName, Options, Timeouts
from xdk_async._core.price import Dollars, Prices
from xdk_async._core.proxy import ProxyGiven
from xdk_async._core.redis_limits import RedisLimits, shared_limits
from xdk_async._core.retry import OnLimit
from xdk_async._core.sender import Sender
from xdk_async._core.spending import Costs
from xdk_async._core.stray import stray_attribute
from xdk_async._core.tls import Cert, Verify
from xdk_async._core.transport import RequestHook, Transport
from xdk_async._core.wait import OnWait
from xdk_async._version import __version__
from xdk_async.api.groups import Groups
from xdk_async.api.prices import PRICES
from xdk_async.auth.bearer import BearerToken
from xdk_async.auth.renewal import OnToken
from xdk_async.auth.store import TokenStore
from xdk_async.auth.token import Token
from xdk_async.oauth1_auth import OAuth1
from xdk_async.oauth2_auth import OAuth2PKCEAuth
from xdk_async.sessions import SignsIn
from xdk_async.settings import Sessions, changed, credentials_from, environment, sign_in
from xdk_async.telemetry import Telemetry, observer_of

BASE_URL = "https://api.x.com"
AUTHORIZATION_BASE_URL = "https://x.com/i"
USER_AGENT = f"xdk-async/{__version__} python/{platform.python_version()}"


class AsyncClient(SignsIn, Groups):
    """A client of the X API v2.

    Use it in `async with`, or call `aclose()`. One client serves any number of tasks of one event loop; its groups
    (`client.posts`, `client.users`, …) hold the operations under X's own names.

    Args:
        base_url: Where X answers; everything (API, tokens, uploads) goes there. `X_BASE_URL` if left out.
        bearer_token: An app-only bearer token, a user's OAuth 2.0 token, or a callable, sync or async, that returns one.
        access_token: A user's OAuth 2.0 access token; with `access_token_secret`, one of OAuth 1.0a.
        client_id: The app's OAuth 2.0 client id.
        client_secret: The app's OAuth 2.0 client secret, if it is a confidential client.
        redirect_uri: Where X sends users back to after signing in.
        token: A user's token as X's token endpoint answers it. With `client_id` it renews itself.
        scope: The OAuth 2.0 scopes to ask for, as a string or a list.
        authorization_base_url: Where users sign in. Follows `base_url` if that is set and this is not.
        auth: An `OAuth2PKCEAuth` or `OAuth1` flow, or any `httpx.Auth`, which then signs everything.
        api_key: The app's OAuth 1.0a key.
        api_secret: The app's OAuth 1.0a secret.
        access_token_secret: The secret of an OAuth 1.0a access token.
        token_store: Where users' tokens are kept: `MemoryStore`, `SQLiteStore`, `RedisStore`, or your own.
        subject: Whose token is meant where nothing else is said; `as_user` gives views for others.
        on_token: Gets each renewed token after it is saved and before it is used; sync or async.
        transport: Any `httpx.AsyncBaseTransport` in place of the default one; it is not closed with the client.
        timeout: Seconds for connecting, reading and writing each, an `httpx.Timeout`, or `Timeouts`.
        max_connections: Connections for calls; further calls wait for one. Streams have their own.
        proxy: Address of a proxy, such as `http://user:password@host:3128`, `https://…` or `socks5://…` (extra `socks`), or
            an `httpx.Proxy`.
        verify: False to trust any server; or a file or directory of the certificates to trust; or an `ssl.SSLContext`.
        cert: What this client shows servers that ask: a PEM file, or a pair of certificate and key, or these and the key's
            password.
        http2: Whether calls go over HTTP/2 (extra `http2`); streams stay on HTTP/1.1, which X serves them in.
        trust_env: Whether `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, `SSL_CERT_FILE` and `SSL_CERT_DIR` count.
        headers: Headers for every request.
        on_request: Async callables that get each `httpx.Request` before it is signed; `request.extensions["attempt"]`
            says which attempt of its call it is.
        on_response: Async callables that get each `httpx.Response`, read.
        prices: What things cost: `PRICES` with changes (`PRICES.replace(...)`), or just the changes, such as
            `{"Post": "0.004"}` in US dollars. X's published prices if left out.
        limits: Where rate limits are kept if not in this client: a `RedisLimits`, or the address of a Redis such as
            `redis://localhost:6379/0`. All clients with the same one share their windows, in whatever process.
        telemetry: Whether OpenTelemetry gets spans and metrics: by default if the program has imported its SDK; True if it is
            installed; False never; or a `Telemetry` that says where they go.

    `deadline`, `retries`, `retry_posts`, `on_limit`, `max_wait`, `on_wait`, `budget` and `on_costly` are settings of all
    calls, as in `with_options`.

    Credentials come from the environment (`X_BEARER_TOKEN`, `X_ACCESS_TOKEN`, `X_ACCESS_TOKEN_SECRET`, `X_API_KEY`,
    `X_API_SECRET`, `X_CLIENT_ID`, `X_CLIENT_SECRET`) only if no credential is given as an argument.

    Raises:
        InvalidArgument: An argument cannot work.
    """

    def __init__(
        self,
        base_url: str | None = None,
        bearer_token: BearerToken | None = None,
        access_token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        redirect_uri: str | None = None,
        token: Mapping[str, Any] | Token | None = None,
        scope: str | Sequence[str] | None = None,
        authorization_base_url: str | None = None,
        auth: httpx.Auth | OAuth1 | OAuth2PKCEAuth | None = None,
        *,
        api_key: str | None = None,
        api_secret: str | None = None,
        access_token_secret: str | None = None,
        token_store: TokenStore | None = None,
        subject: str = "default",
        on_token: OnToken | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float | httpx.Timeout | Timeouts | None = None,
        max_connections: int = 100,
        proxy: ProxyGiven | None = None,
        verify: Verify = True,
        cert: Cert | None = None,
        http2: bool = False,
        trust_env: bool = True,
        headers: Mapping[str, str] | None = None,
        on_request: Sequence[RequestHook] = (),
        on_response: Sequence[ResponseHook] = (),
        limits: RedisLimits | str | None = None,
        deadline: float | None = None,
        retries: int | None = None,
        retry_posts: bool | None = None,
        on_limit: OnLimit | None = None,
        max_wait: float | None = None,
        on_wait: OnWait | None = None,
        telemetry: bool | Telemetry | None = None,
        budget: Budget | Dollars | None = None,
        on_costly: OnCostly | None = None,
        prices: Prices | Mapping[str, Dollars] | None = None,
    ) -> None:
        given = environment(
            os.environ,
            bearer_token=bearer_token, access_token=access_token, access_token_secret=access_token_secret, token=token, auth=auth,
            api_key=api_key, api_secret=api_secret, client_id=client_id, client_secret=client_secret, token_store=token_store,
        )  # fmt: skip
        check_client(
            transport, headers, {"on_request": on_request, "on_response": on_response}, on_token,
            base_url=base_url, authorization_base_url=authorization_base_url, redirect_uri=redirect_uri, subject=subject,
        )  # fmt: skip
        self.base_url: str = base_url or os.environ.get("X_BASE_URL") or BASE_URL
        own_site = AUTHORIZATION_BASE_URL if self.base_url.rstrip("/") == BASE_URL else f"{self.base_url.rstrip('/')}/i"
        self.authorization_base_url: str = authorization_base_url or own_site
        sent = {
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            **(headers or {}),
        }
        network = Network(
            transport,
            max_connections=max_connections,
            proxy=proxy,
            verify=verify,
            cert=cert,
            http2=http2,
            trust_env=trust_env,
        )
        sharing = None if limits is None else shared_limits(limits)
        shared = Transport(
            self.base_url, network=network, headers=sent,
            request_hooks=on_request, response_hooks=on_response, observer=observer_of(telemetry),
            prices=prices if isinstance(prices, Prices) else PRICES.replace(prices),
            limiter=sharing, breakers=sharing, on_close=None if sharing is None else sharing.closed,
        )  # fmt: skip
        options = changed(
            Options(), timeout=timeout, deadline=deadline, retries=retries, retry_posts=retry_posts, on_limit=on_limit,
            max_wait=max_wait, on_wait=on_wait, budget=budget, on_costly=on_costly,
        )  # fmt: skip
        self._oauth2_auth = sign_in(
            given, self.base_url, self.authorization_base_url, redirect_uri, scope, subject, on_token
        )
        self._sessions = Sessions(self._oauth2_auth, shared) if self._oauth2_auth else None
        self._sender = Sender(shared, credentials_from(given, self._oauth2_auth, self._sessions, shared), options)
        self._is_view = False

    def with_options(
        self,
        *,
        timeout: float | httpx.Timeout | Timeouts | None = None,
        deadline: float | None = None,
        retries: int | None = None,
        retry_posts: bool | None = None,
        on_limit: OnLimit | None = None,
        max_wait: float | None = None,
        on_wait: OnWait | None = None,
        credential: CredentialName | None = None,
        headers: Mapping[str, str] | None = None,
        validate: bool | None = None,
        keep_raw: bool | None = None,
        stale_pages: int | None = None,
        budget: Budget | Dollars | None = None,
        on_costly: OnCostly | None = None,
    ) -> Self:
        """A view of this client with other settings: same connections, same credentials, nothing to close.

        Args:
            timeout: Seconds for each phase of a request, an `httpx.Timeout`, or `Timeouts`.
            deadline: Seconds for a whole call, repetitions and waits included.
            retries: Repetitions of one call at the most; 0 for none.
            retry_posts: Whether to repeat a POST that X may have carried out already.
            on_limit: `wait` until a used-up window opens; `raise` at once; or `spread` calls evenly over each window,
                so that it lasts. Waiting for an even distance is bounded by `deadline` alone.
            max_wait: Seconds that a call waits for used-up windows at the most; if it would take longer, `RateLimited`
                is raised at once.
            on_wait: Gets a `Wait` before each wait for a window, for a distance, or before a repetition; sync or async.
                What it raises ends the call.
            credential: `app`, `user`, `oauth1` or `oauth2`, for operations that take several.
            headers: Headers to send besides.
            validate: Whether to check names, ranges and bodies before sending.
            keep_raw: Whether pages keep the bytes they came as, in `raw`.
            stale_pages: Pages one after the other without a new id, after which pages end with a warning; 0 for no end.
            budget: US dollars that calls may cost, or a `Budget`; besides the budgets that hold here already. A call that
                may cost more than one of them leaves raises `BudgetExceeded` and is not sent.
            on_costly: Gets a `Costly` before a post with a URL, which costs many times as much as others, is sent; sync or
                async. What it raises ends the call. Without it, Python warns with a `CostWarning`.
        """
        options = changed(
            self._sender.options, timeout=timeout, deadline=deadline, retries=retries, retry_posts=retry_posts, on_limit=on_limit,
            max_wait=max_wait, on_wait=on_wait, credential=credential, headers=headers, validate=validate, keep_raw=keep_raw,
            stale_pages=stale_pages, budget=budget, on_costly=on_costly,
        )  # fmt: skip
        return self._view(replace(self._sender, options=options))

    @property
    def costs(self) -> Costs:
        """What calls have cost so far, of this client and all its views: `costs.total`, `costs.by_operation`, …"""
        return self._sender.transport.ledger.costs

    async def request(
        self, method: str, path: str, *, params: Mapping[str, object] | None = None, json: object = None
    ) -> Response[Any]:
        """A call by method and path, of what the groups do not have yet, or do.

        Of an operation that they have, credentials, limits and prices are known. Else a client that has both reads as the
        app and writes as the user, unless it is `client.with_options(credential="user")`.

        Args:
            method: The HTTP method.
            path: The path, percent-encoded where it must be, such as `/2/users/me`.
            params: Query parameters; lists are comma-joined, booleans lower-case, None left out.
            json: The body.

        Returns:
            The answer, its `data` as dictionaries and lists.
        """
        from xdk_async._core.unlisted import unlisted

        return await self._sender.send(unlisted(method, path, params or {}, json))

    async def aclose(self) -> None:
        """Close what the client opened. A view has nothing to close."""
        if not self._is_view:
            await self._sender.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    if not TYPE_CHECKING:  # type checkers go on to tell of names that are not there

        def __getattr__(self, name):
            if hasattr(type(self), name):  # a property that failed inside: its own error tells more
                return object.__getattribute__(self, name)
            raise stray_attribute(self, name)

    def __repr__(self) -> str:
        return f"<AsyncClient of {self.base_url}>"
