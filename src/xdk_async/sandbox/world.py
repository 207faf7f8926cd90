"""A small X: its state, its clock and its doors."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from xdk_async._core.operation import Auth
from xdk_async.sandbox.access import Access
from xdk_async.sandbox.author import Author
from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.front import Front, Received
from xdk_async.sandbox.hub import Hub
from xdk_async.sandbox.rate import RateLimits
from xdk_async.sandbox.record import Post, User
from xdk_async.sandbox.seed import seeded
from xdk_async.sandbox.vocabulary import Vocabulary


class Sandbox:
    """An X of your own: forty people, five hundred posts, and what you do with them. Every one has its own state.

    Args:
        seed: Decides who lives here and what they say; the same seed gives the same world, up to the current time.
        app_token: The bearer token that stands for an app.
        user_token: The bearer token that stands for the signed-in user, `me`.
        vocabulary: The words of answers to requests that use neither version's own words.
        limits: Operation name → calls per 15 minutes with one token, instead of 450 (app) or 900 (user).
        heartbeat: Seconds between the heartbeats of a stream.
        traffic: Posts per second that other people write while a stream is open.
        clock: Seconds since 1970; whatever the sandbox stamps or limits goes by it.
    """

    app_token: str = "sandbox-app-token"
    user_token: str = "sandbox-user-token"

    def __init__(
        self,
        *,
        seed: int = 0,
        app_token: str | None = None,
        user_token: str | None = None,
        vocabulary: Vocabulary = "2.167",
        limits: Mapping[str, int] | None = None,
        heartbeat: float = 20.0,
        traffic: float = 0.0,
        clock: Clock | Callable[[], float] = time.time,
    ) -> None:
        self.app_token = app_token or self.app_token
        self.user_token = user_token or self.user_token
        self.vocabulary: Vocabulary = vocabulary
        self.clock = clock if isinstance(clock, Clock) else Clock(clock)
        self.store = seeded(seed, self.clock)
        self.access = Access()
        self.access.grant(self.app_token, Auth.APP)
        self.access.grant(self.user_token, Auth.OAUTH2, self.me.id)
        self.rate = RateLimits(self.clock, limits or {})
        self.hub = Hub(self.clock, heartbeat, self._busy if traffic > 0 else None)
        self.requests: list[Received] = []
        self.app: ASGIApp = Starlette(routes=[Route("/{path:path}", Front(self))], lifespan=self._lifespan)
        self._traffic = traffic
        self._author = Author(self.store, random.Random(seed + 1))

    @property
    def me(self) -> User:
        """The signed-in user: the first one."""
        return next(iter(self.store.users.values()))

    def publish(self, post: Post) -> None:
        """Store a post and show it to the open streams."""
        self.store.add_post(post)
        self.hub.publish(post)

    def _busy(self) -> asyncio.Task[None]:
        return asyncio.create_task(self._chatter(), name="sandbox traffic")

    async def _chatter(self) -> None:
        while True:
            await self.clock.sleep(1 / self._traffic)
            self.publish(self._author.post(self.clock.ms()))

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None, None]:
        yield
        self.hub.end()
