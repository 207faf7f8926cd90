"""`WebhookApp`: answers X's challenges, takes its events in, and has them handled in the background."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, overload
from urllib.parse import unquote

import msgspec

from xdk_async._core import activity_type
from xdk_async._core.event_reader import read_message
from xdk_async._core.given import check_count, check_hook, check_seconds
from xdk_async.errors import InvalidArgument
from xdk_async.events import Event
from xdk_async.webhooks.inbox import Failure, Handler, Inbox, OnFailure, Settings
from xdk_async.webhooks.message import Receive, Refused, Scope, Send, answer, header, read_body
from xdk_async.webhooks.seen import MemorySeen, Seen
from xdk_async.webhooks.signature import answer_challenge, is_genuine

E = TypeVar("E", bound=Event)
R = TypeVar("R")
H = TypeVar("H", bound=Callable[..., object])
SIGNATURE = "x-twitter-webhooks-signature"
log: logging.Logger = logging.getLogger("xdk_async")


class WebhookApp:
    """An ASGI app that X delivers events to: serve it alone, or mount it in Starlette or FastAPI.

    An event is acknowledged (200) once it is in the queue, well within a second; handlers run afterwards. If there is no
    room, or repeats cannot be recognized because the store is down, the answer is 503, and X sends the event again. A
    mounted app gets no lifespan events: run it in that of its parent, with `async with app: yield`.

    Args:
        consumer_secret: The app's consumer secret (API secret); several while it is being changed: all of them verify, the
            first answers challenges. `X_API_SECRET` if left out.
        seen: Where ids of events are kept, to drop repeats: `MemorySeen` for one process, `RedisSeen` for several.
        queue_size: Events that may wait, be handled or have failed, before the answer is 503.
        workers: Events handled at once.
        attempts: How often a handler that raises is called, with growing pauses, until the event counts as failed.
        on_failure: Gets each `Failure`. Without it failures stay in `failed`, and take up room.
        max_body: Bytes of a message at the most; beyond, the answer is 413.
        body_timeout: Seconds that a body may take to arrive; beyond, the answer is 408.
        drain_timeout: Seconds that closing waits for handlers.

    Raises:
        InvalidArgument: There is no secret.
    """

    def __init__(
        self,
        consumer_secret: str | Sequence[str] | None = None,
        *,
        seen: Seen | None = None,
        queue_size: int = 10_000,
        workers: int = 16,
        attempts: int = 5,
        on_failure: OnFailure | None = None,
        max_body: int = 2 * 1024 * 1024,
        body_timeout: float = 5.0,
        drain_timeout: float = 30.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._secrets = secrets_from(consumer_secret)
        counts = {"queue_size": queue_size, "workers": workers, "attempts": attempts, "max_body": max_body}
        for name, count in counts.items():
            check_count(f"WebhookApp: {name}", count, 1)
        for name, seconds in (("body_timeout", body_timeout), ("drain_timeout", drain_timeout)):
            check_seconds(f"WebhookApp: {name}", seconds, zero=True, endless=True)
        check_hook("WebhookApp: on_failure", on_failure)
        self._handlers: list[tuple[str | type[Event], Handler]] = []
        self._max_body = max_body
        self._body_timeout = body_timeout
        self._drain_timeout = drain_timeout
        self._inbox = Inbox(
            seen or MemorySeen(), self._chosen, Settings(queue_size, workers, attempts, on_failure, sleep)
        )
        self._iterated = False

    @overload
    def on(self, wanted: type[E], /) -> Callable[[Callable[[E], R]], Callable[[E], R]]: ...
    @overload
    def on(self, *wanted: str) -> Callable[[H], H]: ...
    def on(self, *wanted: Any) -> Any:
        """Have the decorated function called for events of these types.

        Args:
            *wanted: Names such as `post.create` (those of before 2026-03-18 too), families such as `dm.*`, `*` for
                everything; or one class of `xdk_async.events`.

        Raises:
            InvalidArgument: No event is called so.
        """
        if self._iterated:
            raise InvalidArgument("events() has been called: an app has handlers or is iterated, not both")
        patterns = [each if isinstance(each, type) else activity_type.pattern(each) for each in wanted]
        if not patterns:
            raise InvalidArgument("on() needs a name: @app.on('post.create')")

        def register(handler: H) -> H:
            self._handlers += [(each, handler) for each in patterns]
            return handler

        return register

    async def events(self) -> AsyncGenerator[Event, None]:
        """Events as they come, in place of handlers. One counts as handled when the next is asked for, or the loop left.

        Raises:
            InvalidArgument: The app has handlers.
        """
        if self._handlers:
            raise InvalidArgument("this app has handlers: an app has handlers or is iterated, not both")
        self._iterated = True
        while (event := await self._inbox.take()) is not None:
            try:
                yield event
            finally:
                await self._inbox.finish(event)  # also when the loop is left

    @property
    def failed(self) -> Sequence[Failure]:
        """Events whose handlers have failed for good, if there is no `on_failure`."""
        return tuple(self._inbox.failed)

    @property
    def held(self) -> int:
        """Events that wait, are being handled or have failed; at `queue_size` the app answers 503."""
        return self._inbox.held

    async def retry_failed(self) -> int:
        """Have what has failed tried again; how many that were. What fails again is in `failed` again."""
        return await self._inbox.retry()

    async def __aenter__(self) -> Self:
        self._inbox.open()
        if self._handlers:
            self._inbox.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Take nothing more in, and wait for the handlers, `drain_timeout` seconds at the most."""
        left = await self._inbox.close(self._drain_timeout)
        if left:
            names = ", ".join(f"{event.type} {event.id}" for event in left[:20])
            log.error("closed with %d events not handled; a replay brings them again: %s", len(left), names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI wants it."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._exchange(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise RuntimeError(f"this app does not know the ASGI scope {scope['type']!r}")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            kind = (await receive())["type"]
            if kind == "lifespan.startup":
                await self.__aenter__()
            else:
                await self.aclose()
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] == "GET":
                body = self._challenge(scope)
            elif scope["method"] == "POST":
                body = await self._delivery(scope, receive)
            else:
                raise Refused(405, "GET or POST", {"allow": "GET, POST"})
        except Refused as refused:
            log.info("webhook: %d, %s", refused.status, refused.reason)
            await answer(send, refused.status, {"error": refused.reason}, refused.headers)
        else:
            await answer(send, 200, body)

    def _challenge(self, scope: Scope) -> dict[str, str]:
        query: bytes = scope["query_string"]
        pairs = (each.partition("=") for each in query.decode("latin-1").split("&"))
        given = [value for name, _, value in pairs if name == "crc_token"]
        if len(given) != 1:
            raise Refused(400, "one crc_token is needed")
        try:
            return answer_challenge(unquote(given[0]), self._secrets[0])
        except InvalidArgument:
            raise Refused(400, "the crc_token is malformed") from None

    async def _delivery(self, scope: Scope, receive: Receive) -> dict[str, str]:
        kind = (header(scope, "content-type") or "").partition(";")[0].strip().lower()
        if kind and kind != "application/json":  # the signature says who sends it, and the body what it is
            raise Refused(415, "application/json is needed", {"connection": "close"})
        if header(scope, SIGNATURE) is None:
            raise Refused(401, f"{SIGNATURE} is needed", {"connection": "close"})
        body = await read_body(scope, receive, self._max_body, self._body_timeout)
        if not is_genuine(body, header(scope, SIGNATURE), self._secrets):
            raise Refused(401, "the signature is wrong")
        try:
            message = msgspec.json.decode(body, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Refused(400, "the body is not JSON") from None
        await self._accept(read_message(message))
        return {}

    async def _accept(self, found: Sequence[Event]) -> None:
        if self._handlers:
            self._inbox.start()
        try:
            accepted = await self._inbox.accept(found)
        except Exception:
            log.exception("webhook: events could not be looked up among those seen")
            raise Refused(503, "not now", {"retry-after": "5"}) from None
        if not accepted:
            log.warning("webhook: no room, %d events are held", self._inbox.held)
            raise Refused(503, "no room now", {"retry-after": "5"})

    def _chosen(self, event: Event) -> list[Handler]:
        """The handlers of an event, each once, in the order they were registered."""
        fitting = (
            handler
            for wanted, handler in self._handlers
            if (isinstance(event, wanted) if isinstance(wanted, type) else activity_type.matches(wanted, event.type))
        )
        return [*dict.fromkeys(fitting)]

    def __repr__(self) -> str:
        return f"<WebhookApp with {len(self._handlers)} handlers, {self.held} events held>"


def secrets_from(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """The consumer secrets to check with: those given, else `X_API_SECRET`."""
    found = given if given is not None else os.environ.get("X_API_SECRET", "")
    secrets = (found,) if isinstance(found, str) else tuple(found)
    if not secrets or not all(secrets):
        raise InvalidArgument(
            "WebhookApp needs the app's consumer secret: consumer_secret= or X_API_SECRET; an empty one protects nothing"
        )
    return secrets
