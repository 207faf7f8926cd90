"""A sandbox for tests: no socket unless one is asked for, people and posts on demand, and a memory of what was called."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import httpx

from xdk_async.client import AsyncClient
from xdk_async.sandbox import Received, Sandbox
from xdk_async.sandbox.fixture import PostFixture, new_post, new_user
from xdk_async.sandbox.record import Post, User
from xdk_async.sandbox.server import serve
from xdk_async.testing.asgi import ASGITransport
from xdk_async.testing.called import assert_called, assert_not_called, calls

T = TypeVar("T")
ADDRESS = "http://x.sandbox"  # of what has no socket


class LocalClient(AsyncClient):
    """A client that shares the sandbox's clock: what it would wait for passes at once while time stands still."""

    def __init__(self, sandbox: Sandbox, **settings: Any) -> None:
        super().__init__(**settings)
        clock = sandbox.clock

        async def sleep(seconds: float) -> None:
            if clock.is_frozen:
                clock.advance(seconds)
            else:
                await clock.sleep(seconds)

        self._sender.transport.keep_time(clock.now, sleep)


class LocalX(Sandbox):
    """A sandbox with what tests need besides. Takes the same settings."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.transport: httpx.AsyncBaseTransport = ASGITransport(self.app)
        """Reaches this sandbox without a socket; for `AsyncClient(transport=…)` and `httpx.AsyncClient(transport=…)`."""
        self._server: Server | None = None

    def client(self, **settings: Any) -> AsyncClient:
        """A client of this sandbox, signed in as the app and as `me`, that needs no closing and shares its clock.

        Args:
            settings: What `AsyncClient` takes. With credentials of your own, none are set besides.
        """
        tokens = {"bearer_token": self.app_token, "access_token": self.user_token}
        given = settings.keys() & {"bearer_token", "access_token", "auth", "token", "api_key", "client_id"}
        defaults: dict[str, Any] = {"base_url": ADDRESS, "transport": self.transport, **({} if given else tokens)}
        return LocalClient(self, **{**defaults, **settings})

    @property
    def url(self) -> str:
        """Where it can be reached over a socket: it is served from a thread of its own from now on."""
        if self._server is None:
            self._server = Server(self)
        return self._server.url

    def stop(self) -> None:
        """Serve no more, and let go of the state's file. The fixture does it."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        self.close()

    def user(self, username: str | None = None, **attributes: Any) -> User:
        """An account more.

        Args:
            username: The handle; made up if left out.
            attributes: `name`, `description`, `protected`, `verified_type`, … (those of `xdk_async.sandbox.record.User`).

        Raises:
            FixtureError: The handle is taken, or a user has no such attribute.
        """
        return self._in_loop(lambda: new_user(self, username, **attributes))

    def post(
        self,
        text: str = "Hello",
        *,
        author: User | str | None = None,
        reply_to: Post | str | None = None,
        quote: Post | str | None = None,
        likes: list[str] | None = None,
        created_at: datetime | None = None,
        lang: str = "en",
    ) -> Post:
        """A post more, which open streams see.

        Args:
            text: What it says; links, mentions and hashtags are found in it.
            author: Who writes it: a user, a handle or an id; `me` if left out.
            reply_to: The post that it answers.
            quote: The post that it quotes.
            likes: Who likes it, by handle or id.
            created_at: When; now if left out.
            lang: Its language.

        Raises:
            FixtureError: There is no such user or post.
        """
        by = author.id if isinstance(author, User) else author
        ids = [each.id if isinstance(each, Post) else each for each in (reply_to, quote)]
        given = PostFixture(text, by, None, created_at, reply_to=ids[0], quote=ids[1], likes=likes or [], lang=lang)

        def write() -> Post:
            post = new_post(self, given)
            self.hub.publish(post)
            return post

        return self._in_loop(write)

    def calls(self, operation: str) -> list[Received]:
        """The calls of an operation (or of those that a pattern such as `posts.*` means), oldest first."""
        return calls(self.requests, operation)

    def assert_called(
        self,
        operation: str,
        *,
        times: int | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        status: int | None = None,
    ) -> list[Received]:
        """The calls of an operation that are as described; fails if there are none, or not so many.

        Args:
            operation: Its name, or a pattern such as `posts.*`.
            times: How many; any number from one if left out.
            query: Query parameters that were among those sent, by their names on the wire.
            json: The body; of an object, the members that were among those sent.
            status: What was answered.
        """
        __tracebackhide__ = True
        return assert_called(self.requests, operation, times=times, query=query, json=json, status=status)

    def assert_not_called(self, operation: str) -> None:
        """Fails if an operation was called (or one that a pattern such as `posts.*` means)."""
        __tracebackhide__ = True
        assert_not_called(self.requests, operation)

    def _in_loop(self, make: Callable[[], T]) -> T:
        """Do something where the open streams live."""
        return make() if self._server is None else self._server.call(make)


class Server:
    """Serves a sandbox from a thread."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.url: str = ""
        self._sandbox = sandbox
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="x sandbox", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(self._serve())
            except BaseException as error:
                self._error = error
            finally:
                self._ready.set()

    async def _serve(self) -> None:
        async with serve(self._sandbox) as served:
            self.url = served.url
            self._ready.set()
            await self._stopping.wait()

    def call(self, make: Callable[[], T]) -> T:
        """Do something in the server's thread; what comes of it."""

        async def made() -> T:
            return make()

        return asyncio.run_coroutine_threadsafe(made(), self._loop).result()

    def stop(self) -> None:
        """Serve no more."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
