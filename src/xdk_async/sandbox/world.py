"""A small X: its state, its clock and its doors."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from typing import Any
from uuid import UUID

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from xdk_async._core.operation import Auth
from xdk_async.sandbox import compliance, notice
from xdk_async.sandbox.activity import Activity
from xdk_async.sandbox.attic import Attic
from xdk_async.sandbox.author import Author
from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.courier import Courier
from xdk_async.sandbox.desk.control import Desk
from xdk_async.sandbox.desk.journal import Journal, Requests
from xdk_async.sandbox.fault.faulty import Faulty
from xdk_async.sandbox.fault.registry import Faults
from xdk_async.sandbox.front import Front
from xdk_async.sandbox.hub import Hub
from xdk_async.sandbox.meter import Meter
from xdk_async.sandbox.name import DOOR_NAMES, Names, is_door
from xdk_async.sandbox.rate import RateLimits
from xdk_async.sandbox.record import Happening, Like, Post, User
from xdk_async.sandbox.seed import empty, seeded
from xdk_async.sandbox.sign_in.host import Host
from xdk_async.sandbox.sign_in.pair import UserPair
from xdk_async.sandbox.sign_in.route import routes
from xdk_async.sandbox.state.keeper import Keeper
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.vocabulary import Vocabulary


class Sandbox(Host, Keeper):
    """An X of your own: forty people, five hundred posts, and what you do with them. Every one has its own state.

    Args:
        seed: Decides who lives here and what they say; the same seed gives the same world, up to the current time. With
            None nobody does but the signed-in user.
        app_token: The bearer token that stands for an app.
        user_token: The bearer token that stands for the signed-in user, `me`.
        vocabulary: The words of answers to requests that use neither version's own words.
        limits: Operation name, or `*` for all others → calls per 15 minutes, instead of X's published limits.
        post_cap: Posts that may be read in a calendar month; None for any number.
        credits: US dollars that the app has paid in; None if there is no end to them. `me` owns the app.
        heartbeat: Seconds between the heartbeats of a stream.
        traffic: Posts per second that other people write while a stream is open; about as many are liked.
        path: An SQLite file for the state, so that it survives; made if it is not there. Memory if left out.
        fixtures: People, posts and what is between them, as a mapping or a JSON file; for a new state only.
        clock: Seconds since 1970; whatever the sandbox stamps or limits goes by it.
        client_id: The app's OAuth 2.0 client id.
        client_secret: Its OAuth 2.0 secret, for a confidential client; a public one sends none.
        api_key: The app's OAuth 1.0a key.
        api_secret: Its OAuth 1.0a secret.
        oauth1_token: The OAuth 1.0a token of `me`; begins with the user's id and a `-`.
        oauth1_token_secret: Its secret.
        redirect_uris: Where users may be sent back to, besides this machine.
        token_lifetime: Seconds until an OAuth 2.0 access token expires.
        auto_approve: Whether sign-ins are granted at once, without a page; in a query, `auto_approve=1` does it.
        media_processing: Seconds that X takes to process a video or a GIF.
        webhook_transport: Carries what the sandbox sends to webhooks, such as `httpx.ASGITransport(app)`; the network if
            left out.
        mark: Stands in every token, code and secret that is issued, to find them again where they should not be.
    """

    app_token: str = "sandbox-app-token"
    user_token: str = "sandbox-user-token"
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-client-secret"
    api_key: str = "sandbox-api-key"
    api_secret: str = "sandbox-api-secret"
    oauth1_token_secret: str = "sandbox-oauth1-token-secret"

    def __init__(
        self,
        *,
        seed: int | None = 0,
        app_token: str | None = None,
        user_token: str | None = None,
        vocabulary: Vocabulary = "2.167",
        limits: Mapping[str, int] | None = None,
        post_cap: int | None = 2_000_000,
        credits: float | None = None,
        heartbeat: float = 20.0,
        traffic: float = 0.0,
        path: str | os.PathLike[str] | None = None,
        fixtures: Mapping[str, Any] | str | os.PathLike[str] | None = None,
        clock: Clock | Callable[[], float] = time.time,
        client_id: str | None = None,
        client_secret: str | None = None,
        api_key: str | None = None,
        api_secret: str | None = None,
        oauth1_token: str | None = None,
        oauth1_token_secret: str | None = None,
        redirect_uris: Sequence[str] = (),
        token_lifetime: float = 7200.0,
        auto_approve: bool = False,
        media_processing: float = 2.0,
        webhook_transport: httpx.AsyncBaseTransport | None = None,
        mark: str = "",
    ) -> None:
        self.seed = seed
        self.app_token = app_token or self.app_token
        self.user_token = user_token or self.user_token
        self.client_id = client_id or self.client_id
        self.client_secret = client_secret or self.client_secret
        self.api_key = api_key or self.api_key
        self.api_secret = api_secret or self.api_secret
        self.oauth1_token_secret = oauth1_token_secret or self.oauth1_token_secret
        self.redirect_uris = redirect_uris
        self.token_lifetime = token_lifetime
        self.auto_approve = auto_approve
        self.vocabulary: Vocabulary = vocabulary
        self.clock: Clock = clock if isinstance(clock, Clock) else Clock(clock)
        self.store: Store = empty() if seed is None else seeded(seed, self.clock)
        self.oauth1_token: str = oauth1_token or f"{self.me.id}-{mark}sandbox-oauth1-token"
        self.open_doors(mark)
        self.rate: RateLimits = RateLimits(self.clock, limits or {})
        self.meter: Meter = Meter(self.store, self.clock, post_cap, credits)
        self.hub: Hub = Hub(self.clock, heartbeat, self._busy if traffic > 0 else None)
        self.media_processing: float = media_processing
        self.attic: Attic = Attic()
        self.courier: Courier = Courier(self, webhook_transport)
        self.activity: Activity = Activity(self)
        self.faults: Faults = Faults(DOOR_NAMES)
        inner = Starlette(
            routes=[*routes(self), *compliance.routes(self), Route("/{path:path}", Front(self))],
            lifespan=self._lifespan,
        )
        named = Names().of
        self.journal: Journal = Journal(Faulty(inner, self.faults, self.clock, named), self.clock, named, is_door)
        self.app: ASGIApp = Desk(self, self.journal)
        self._traffic = traffic
        self.begin_again()
        self.open_state(path, fixtures)

    @property
    def requests(self) -> Requests:
        """What was asked, oldest first."""
        return self.journal.requests

    def publish(self, happening: Happening) -> None:
        """Store a post, a like or a notice, and show it to the open streams."""
        if isinstance(happening, Post):
            self.store.add_post(happening)
        elif isinstance(happening, Like):
            self.store.add_like(happening)
        else:
            self.store.notices.append(happening)
        self.hub.publish(happening)
        if isinstance(happening, Post):
            self.activity.posted(happening)
        elif isinstance(happening, Like):
            self.activity.liked(happening)

    def update_user(self, user_id: str, **changes: str | bool | None) -> None:
        """Change an account: any attribute of a `User`, such as `name`, `description` or `protected`.

        No operation of the API does this; the stream of changed users tells of it.

        Raises:
            ValueError: There is no such user, or a user has no such attribute.
        """
        found = self.store.users.get(user_id)
        unknown = changes.keys() - {each.name for each in fields(User)} | ({"id"} & changes.keys())
        if found is None or unknown:
            raise ValueError(f"there is no user {user_id}" if found is None else f"cannot change {sorted(unknown)}")
        for name, value in changes.items():
            if name == "username":
                self.store.rename_user(found, str(value))
            setattr(found, name, value)
            if name == "protected":
                self.publish(notice.user("user_protect" if value else "user_unprotect", user_id, self.clock.ms()))
            else:
                told = {"profile_field": name, "new_value": str(value or "")}
                self.publish(notice.user("user_profile_modification", user_id, self.clock.ms(), **told))

    def label_post(self, post_id: str, title: str, details: str) -> None:
        """Put a label on a post, which the stream of labels tells.

        Raises:
            ValueError: There is no such post.
        """
        post = self.store.posts.get(post_id)
        if post is None:
            raise ValueError(f"there is no post {post_id}")
        self.publish(notice.labelled(post, title, details, self.clock.ms()))

    def uuid(self) -> str:
        """A new id of the kind that connections have; the seed and the ids given out so far decide which."""
        numbers = random.Random(f"{self.seed} {self.store.ids.next(self.clock.ms())}")
        return str(UUID(int=numbers.getrandbits(128), version=4))

    def begin_again(self) -> None:
        """Go on from the state there is: the configured tokens are good in any."""
        self.access.grant(self.app_token, Auth.APP)
        self.access.grant(self.user_token, Auth.OAUTH2, self.me.id)
        self.pairs.users.setdefault(self.oauth1_token, UserPair(self.me.id, self.oauth1_token_secret))
        self._author = Author(self.store, random.Random((self.seed or 0) + 1))

    def end(self) -> None:
        """End what goes on: streams, and connections on which nothing more comes."""
        self.faults.end()
        self.hub.end()

    def _busy(self) -> asyncio.Task[None]:
        return asyncio.create_task(self._chatter(), name="sandbox traffic")

    async def _chatter(self) -> None:
        while True:
            await self.clock.sleep(1 / self._traffic)
            self.publish(self._author.post(self.clock.ms()))
            if like := self._author.like(self.clock.ms()):
                self.publish(like)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None, None]:
        self.courier.resume()
        yield
        self.end()
        await self.courier.aclose()
        self.attic.clear()
