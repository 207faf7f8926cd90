"""What the samples of a page find around them: a local X, a client of it, and what the page takes for granted."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import trustme
from anyio.from_thread import start_blocking_portal

from tests.docs.sample import Enough
from tests.media.files import png, video
from tests.redis_server import RedisServer
from xdk_async import AsyncClient, RateLimited
from xdk_async.sandbox import Sandbox, serve

EVERYTHING = "a OR the OR de OR is OR to"  # a rule that nearly every post matches


def never(_: object) -> bool:
    return False


@dataclass(slots=True)
class World:
    """The surroundings of a page."""

    url: str
    sandbox: Sandbox
    scope: dict[str, Any]
    words: dict[str, str] = field(default_factory=dict[str, str])
    enough: Enough = never
    before: Callable[[], Awaitable[object]] | None = None
    """Done before each sample."""
    times: int = 1
    """How often the page is read: what it shows may go on where it was."""
    environment: dict[str, str] = field(default_factory=dict[str, str])


Maker = Callable[[Path], AbstractAsyncContextManager[World]]


@asynccontextmanager
async def local(sandbox: Sandbox, **more: Any) -> AsyncGenerator[World]:
    """A local X with a client that has an app's token and a user's."""
    async with (
        serve(sandbox) as x,
        AsyncClient(x.url, bearer_token=sandbox.app_token, access_token=sandbox.user_token) as client,
    ):
        yield World(x.url, sandbox, {"client": client, "asyncio": asyncio, "AsyncClient": AsyncClient, **more})


@asynccontextmanager
async def busy(_: Path) -> AsyncGenerator[World]:
    """With posts and people to be found."""
    async with local(Sandbox(), RateLimited=RateLimited) as world:
        client = world.scope["client"]
        mine = [await client.posts.create(text=f"python {each}") for each in range(12)]
        world.scope |= {"user_ids": [world.sandbox.me.id], "post_ids": [each.data.id for each in mine]}
        world.words = {"1234567890": mine[0].data.id}
        yield world


@asynccontextmanager
async def streaming(_: Path) -> AsyncGenerator[World]:
    """With a stream that always has something to tell; a loop over it ends with its first event."""
    async with local(Sandbox(traffic=50)) as world:
        rules = world.scope["client"].stream
        world.before = lambda: rules.sync_rules({"all": EVERYTHING})
        world.enough = lambda event: hasattr(event, "data")
        yield world


@asynccontextmanager
async def readme(_: Path) -> AsyncGenerator[World]:
    """With somebody who writes what its stream is about."""
    async with local(Sandbox()) as world:
        client = world.scope["client"]
        mine = await client.posts.create(text="of interest")
        world.words = {"1234567890": mine.data.id, "XDevelopers": "sandbox"}
        world.enough = lambda event: hasattr(event, "matching_rules")
        writing = asyncio.create_task(write(client))
        yield world
        writing.cancel()
        await asyncio.wait([writing])
    assert world.scope["me"].data.username == "sandbox"
    assert world.scope["nobody"].data is None
    assert world.scope["event"].includes.author(world.scope["event"].data).username == "sandbox"


async def write(client: AsyncClient, text: str = "and another one, number {}") -> None:
    """Post without end."""
    for number in count():
        await asyncio.sleep(0.05)
        await client.posts.create(text=text.format(number))


@asynccontextmanager
async def media(folder: Path) -> AsyncGenerator[World]:
    """With files, and a message that holds one."""
    files = {
        "front.png": png(), "back.png": png(9, 9), "talk.mp4": video(9_000_000),
        "talk.vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n",
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_bytes(content)
    async with local(Sandbox(media_processing=0)) as world:
        store, me, client = world.sandbox.store, world.sandbox.me, world.scope["client"]
        other = next(id for id in store.users if store.takes_dms(id, me.id))
        photo = await client.media.upload_file("front.png", media_category="dm_image")
        sent = await client.direct_messages.create_by_participant_id(other, attachments=[{"media_id": photo.id}])
        world.words = {'"1234567890", media.id': f'"{sent.data.dm_event_id}", "{photo.id}"'}
        yield world
    assert world.scope["upload"].media.size == 9_000_000
    assert ((folder / "photo.png").read_bytes(), (folder / "talk.upload").exists()) == (png(), False)
    assert len(next(iter(world.sandbox.store.newest_first())).media_keys) == 1


class Later(httpx.AsyncBaseTransport):
    """What the page's own site answers, once there is one."""

    scope: Mapping[str, Any]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await httpx.ASGITransport(self.scope["site"]).handle_async_request(request)


@asynccontextmanager
async def webhooks(_: Path) -> AsyncGenerator[World]:
    """With an X that delivers to the page's own app."""
    later = Later()
    sandbox = Sandbox(webhook_transport=later, api_secret="...")
    async with local(sandbox) as world:
        later.scope = scope = world.scope
        world.words = {"1234567890": sandbox.me.id}
        printed: list[object] = []

        def note(*said: object) -> None:
            printed.extend(said)

        scope["print"] = note
        yield world
        async with scope["lifespan"](scope["site"]):
            await scope["client"].posts.create(text="Seen by the page's own handler")
            await asyncio.wait_for(sandbox.courier.idle(), 5)
        assert "Seen by the page's own handler" in printed
        assert scope["ensured"].created
        assert scope["answer"]["response_token"].startswith("sha256=")
        assert scope["genuine"] is False


@asynccontextmanager
async def signing_in(folder: Path) -> AsyncGenerator[World]:
    """With an X in another thread, whose users say yes, and a person who opens addresses and copies what comes back."""
    sandbox = Sandbox(
        client_id="...", redirect_uris=["http://localhost:8080/callback"], api_key="...", api_secret="...",
        auto_approve=True, traffic=50,
    )  # fmt: skip
    for name, content in (("front.png", png()), ("back.png", png(9, 9))):
        (folder / name).write_bytes(content)
    shown: list[str] = []

    def show(said: object, *_: object) -> None:
        shown.append(str(said))

    def ask(question: str) -> str:
        answer = httpx.get(shown[-1], trust_env=False)
        if "PIN" not in question:
            return answer.headers["location"]
        pin = re.search(r'class="pin">(\d+)<', answer.text)
        assert pin is not None
        return pin.group(1)

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(sandbox)) as x:
        scope: dict[str, Any] = {
            "print": show, "input": ask, "AsyncClient": AsyncClient, "serve": serve,
        }  # fmt: skip
        words = {
            'bearer_token="..."': f'bearer_token="{sandbox.app_token}"', "python OR asyncio": EVERYTHING,
            'access_token="..."': f'access_token="{sandbox.user_token}"', 'return "..."': f'return "{sandbox.app_token}"',
        }  # fmt: skip
        yield World(x.url, sandbox, scope, words, lambda event: hasattr(event, "matching_rules"))
        for client in [each for each in scope.values() if isinstance(each, AsyncClient)]:
            await client.aclose()


@asynccontextmanager
async def many_users(folder: Path) -> AsyncGenerator[World]:
    """The same, with a Redis."""
    with redis_server() as address:
        async with signing_in(folder) as world:
            world.words |= {"redis://127.0.0.1:6379": address, "redis://localhost:6379/0": address}
            yield world
            if "store" in world.scope:
                await world.scope["store"].aclose()


@contextmanager
def redis_server() -> Generator[str]:
    """One for a page."""
    redis = RedisServer()
    redis.start()
    try:
        yield redis.address
    finally:
        redis.kill()


@asynccontextmanager
async def backfills(_: Path) -> AsyncGenerator[World]:
    """With what is made now found at once."""
    async with local(Sandbox(clock=lambda: time.time() - 60)) as world:
        client = world.scope["client"]
        for each in range(12):
            await client.posts.create(text=f"python {each}")
        week_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(days=6)
        world.scope |= {"user_id": world.sandbox.me.id, "sqlite3": sqlite3, "week_ago": week_ago}
        world.times = 2
        yield world
        every = [post.id async for post in client.posts.search_recent("python", start_time=week_ago).items()]
    db = sqlite3.connect("posts.db")
    assert [row[0] for row in db.execute("SELECT id FROM posts ORDER BY id DESC")] == every
    db.close()


@asynccontextmanager
async def costs(_: Path) -> AsyncGenerator[World]:
    """With an account, a Redis, and a first page whose price the page tells."""
    sandbox = Sandbox(limits={"*": 1000})
    with redis_server() as address:
        async with local(sandbox) as world:
            world.scope |= {"base_url": world.url, "bearer_token": sandbox.app_token, "redis_address": address}
            yield world
            scope = world.scope
            assert scope["page"].cost == Decimal("0.14"), "as the page says"
            spent = await scope["shared"].status()
            assert spent.spent == scope["worker"].costs.total == Decimal("0.05")
            for other in ("mine", "daily", "shared"):
                await scope[other].aclose()


@asynccontextmanager
async def files(_: Path) -> AsyncGenerator[World]:
    """With enough posts, and somebody who goes on writing."""
    async with local(Sandbox()) as world:
        client = world.scope["client"]
        for each in range(45):
            await client.posts.create(text=f"python {each}")
        await client.stream.sync_rules({"all": "python"})
        world.scope["user_id"] = world.sandbox.me.id
        writing = asyncio.create_task(write(client, "python, live: {}"))
        yield world
        writing.cancel()
        await asyncio.wait([writing])
    assert (world.scope["summary"].total, world.scope["summary"].done) == (30, True)
    assert world.scope["row"][0] == "sandbox"
    assert "python, live" in Path("live.jsonl").read_text(encoding="utf-8")
    written = ("posts.jsonl", "people.db", "posts.duckdb", "posts.parquet", "more.jsonl")
    assert all(Path(name).stat().st_size for name in written)


@asynccontextmanager
async def observed(_: Path) -> AsyncGenerator[World]:
    """With an app's token in the environment."""
    async with local(Sandbox()) as world:
        world.environment = {"X_BEARER_TOKEN": world.sandbox.app_token}
        yield world


@asynccontextmanager
async def connections(folder: Path) -> AsyncGenerator[World]:
    """With certificates."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path("company-authorities.pem")
    shown = authority.issue_cert("client@example.com")
    shown.cert_chain_pems[0].write_to_path(folder / "client.pem")
    shown.private_key_pem.write_to_path(folder / "client.key")
    async with local(Sandbox()) as world:
        world.environment = {"X_BEARER_TOKEN": world.sandbox.app_token}
        yield world


WORLDS: dict[str, Maker] = {
    "README.md": readme,
    "docs/app.md": signing_in,
    "docs/backfill.md": backfills,
    "docs/cost.md": costs,
    "docs/files.md": files,
    "docs/many-machines.md": many_users,
    "docs/observe.md": observed,
    "docs/transport.md": connections,
    "docs/index.md": signing_in,
    "docs/media.md": media,
    "docs/moving-from-tweepy.md": signing_in,
    "docs/moving-from-xdk.md": signing_in,
    "docs/server.md": many_users,
    "docs/start.md": signing_in,
    "docs/streams.md": streaming,
    "docs/user.md": signing_in,
    "docs/webhooks.md": webhooks,
}
