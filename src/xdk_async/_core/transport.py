"""The only place that sends: one attempt of a call over an httpx transport, errors of httpx made ours."""

from __future__ import annotations

import contextlib
import random
import time
import weakref
from asyncio import sleep
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import httpx

from xdk_async._core.address import Addresses
from xdk_async._core.breaker import Breakers
from xdk_async._core.connection import TRANSLATED, Connection, ResponseHook, ours
from xdk_async._core.gate import Gate
from xdk_async._core.ledger import Ledger
from xdk_async._core.limiter import Limiter
from xdk_async._core.network import Network
from xdk_async._core.observed import Observed
from xdk_async._core.observer import Observer
from xdk_async._core.operation import Call
from xdk_async._core.options import Options, Timeouts, keyed
from xdk_async._core.price import Prices
from xdk_async.api.prices import PRICES
from xdk_async.auth.credential import Credential
from xdk_async.errors import InvalidArgument

RequestHook: TypeAlias = Callable[[httpx.Request], Awaitable[None]]


class Answered(NamedTuple):
    """What came back."""

    status: int
    headers: httpx.Headers
    body: bytes


class Run(Protocol):
    """What goes on over the transport until it is closed."""

    async def client_closed(self) -> None:
        """End, and wait until all of it is closed."""


class Transport:
    """Everything that a client and its views share: connections, headers, hooks, clock, limits."""

    def __init__(
        self,
        base_url: str,
        *,
        http: httpx.AsyncBaseTransport | None = None,
        network: Network | None = None,
        headers: Mapping[str, str] | None = None,
        request_hooks: Sequence[RequestHook] = (),
        response_hooks: Sequence[ResponseHook] = (),
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = sleep,
        chance: Callable[[], float] = random.random,
        limiter: Limiter | None = None,
        breakers: Breakers | None = None,
        observer: Observer | None = None,
        prices: Prices = PRICES,
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.base_url: httpx.URL = base_url_of(base_url)
        self.is_closed: bool = False
        self.shared: dict[tuple[object, ...], Any] = {}  # what all views of the client have in common, by what it is
        self.runs: weakref.WeakSet[Run] = weakref.WeakSet()
        self.clock: Callable[[], float] = clock
        self.sleep: Callable[[float], Awaitable[None]] = sleep
        self.chance = chance
        self.gate: Gate = Gate(clock, sleep, limiter, breakers)
        self.ledger: Ledger = Ledger(prices, clock, sleep)
        self.observer: Observer | None = observer
        self._network = network or Network(http)
        self._calls, self._streams = self._network.calls, self._network.streams
        if observer is not None:
            self._calls, self._streams = Observed(self._calls, observer), Observed(self._streams, observer)
        self._on_close = on_close
        self._addresses = Addresses(self.base_url)
        self._headers = keyed(headers or {})
        self._request_hooks = tuple(request_hooks)
        self._response_hooks = tuple(response_hooks)

    def keep_time(self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        """Go by another clock from now on, such as one that a test moves."""
        self.clock = clock
        self.sleep = sleep
        self.gate.keep_time(clock, sleep)
        self.ledger.keep_time(clock, sleep)

    async def exchange(self, call: Call[Any], options: Options, auth: httpx.Auth | None) -> Answered:
        """Send a call once, read its whole answer, whatever its status, and show it to the hooks."""
        connection = await self.start(call, options, auth)
        body = await connection.read()
        await connection.show(body)
        return Answered(connection.status, connection.headers, body)

    async def start(self, call: Call[Any], options: Options, auth: httpx.Auth | None, attempt: int = 1) -> Connection:
        """Send a call once, and return as soon as the headers of its answer are there."""
        return await self._answer(self._calls, call, self._request(call, options, options.timeouts, attempt), auth)

    async def connect(
        self, call: Call[Any], options: Options, auth: httpx.Auth | None, silence: float | None
    ) -> Connection:
        """Send a call whose answer goes on, and return as soon as its headers are there.

        Args:
            call: what to send.
            options: settings of the view.
            auth: what signs it.
            silence: seconds without a byte after which reading times out.
        """
        timeouts = Timeouts(options.timeouts.connect, silence, options.timeouts.write, options.timeouts.pool)
        request = self._request(call, options, timeouts)
        return await self._answer(self._streams, call, request, auth)

    def _request(self, call: Call[Any], options: Options, timeouts: Timeouts, attempt: int = 1) -> httpx.Request:
        request = httpx.Request(
            call.method,
            self._addresses.of(call),
            headers=self._headers_of(call, options),
            stream=httpx.ByteStream(call.body or b""),  # `content=` would build all headers twice: 0.4 of the time
            extensions={
                "timeout": {
                    "connect": timeouts.connect,
                    "read": timeouts.read,
                    "write": timeouts.write,
                    "pool": timeouts.pool,
                },
                "attempt": attempt,  # for hooks
                "operation": call.operation,  # for observers
            },
        )
        request.read()
        return request

    def _headers_of(self, call: Call[Any], options: Options) -> list[tuple[bytes, bytes]]:
        """All headers but the signature, as httpx sends them: Host and Content-Length first."""
        headers = {**self._headers, **keyed(options.headers)} if options.headers else self._headers
        if call.content_type:
            headers = {**headers, "content-type": (b"Content-Type", call.content_type.encode())}
        found = list(headers.values())
        if (call.body or call.method in ("POST", "PUT", "PATCH")) and "content-length" not in headers:
            found.insert(0, (b"Content-Length", b"%d" % len(call.body or b"")))
        if "host" not in headers:
            found.insert(0, (b"Host", self.base_url.netloc))
        return found

    async def _answer(
        self, http: httpx.AsyncBaseTransport, call: Call[Any], request: httpx.Request, auth: httpx.Auth | None
    ) -> Connection:
        if self.is_closed:  # a transport that was passed in is still open, and would send it
            raise RuntimeError("this client is closed")
        for hook in self._request_hooks:  # what it raises is the user's, as with a callable token: it stays as it is
            await hook(request)
        if isinstance(auth, Credential) and not auth.renews:
            await auth.sign(request)
            auth = None
        try:
            if auth is None:
                response = await http.handle_async_request(request)
                response.request = request
            else:
                response = await self._flow(http, request, auth)
        except TRANSLATED as error:
            raise ours(call, error) from error
        return Connection(response, call, self._response_hooks)

    async def _flow(self, http: httpx.AsyncBaseTransport, request: httpx.Request, auth: httpx.Auth) -> httpx.Response:
        """Any `httpx.Auth`: it may look at the answer and send again, as httpx lets it."""
        async with contextlib.aclosing(auth.async_auth_flow(request)) as flow:
            current = await anext(flow)
            while True:
                for name in ("timeout", "operation"):
                    current.extensions.setdefault(name, request.extensions[name])
                response = await http.handle_async_request(current)
                response.request = current
                try:
                    current = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                except BaseException:
                    await response.aclose()
                    raise
                await response.aread()
                await response.aclose()

    async def aclose(self) -> None:
        """Close the connections, unless the transport was passed in: that is its owner's to close."""
        self.is_closed = True
        try:
            for run in [*self.runs]:
                await run.client_closed()
        finally:
            await self.ledger.aclose()
            await self._network.aclose()
            if self._on_close is not None:
                await self._on_close()


def base_url_of(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.userinfo:
        raise InvalidArgument("base_url= holds a user name or password: credentials go to their own arguments")
    in_range = url.port is None or 0 < url.port < 65_536
    if url.scheme not in ("http", "https") or not url.host or not in_range or "?" in text or "#" in text:
        shown = repr(text) if "://" in text else "what was given"  # which may be a token, put in the first place
        raise InvalidArgument(
            f"base_url= takes an address like https://api.x.com, not {shown}; tokens go to bearer_token="
        )
    return url.copy_with(raw_path=url.raw_path)  # without the port that is the scheme's own
