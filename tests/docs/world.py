"""What the samples of a page find around them: a local X, a client of it, and what the page takes for granted."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import start_blocking_portal

from tests.docs.sample import Enough
from tests.loopback import free_port, wait_for
from tests.media.files import png, video
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


async def write(client: AsyncClient) -> None:
    """Post without end."""
    for number in count():
        await asyncio.sleep(0.05)
        await client.posts.create(text=f"and another one, number {number}")


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
    port = free_port()
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder)]
    redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        async with signing_in(folder) as world:
            world.words["127.0.0.1:6379"] = f"127.0.0.1:{port}"
            yield world
            await world.scope["store"].aclose()
    finally:
        redis.terminate()
        redis.wait()


WORLDS: dict[str, Maker] = {
    "README.md": readme,
    "docs/app.md": signing_in,
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
