"""Webhooks end to end on this machine: a local X, an app under uvicorn, a post that arrives as a typed event.

No credentials, no tunnel: the local X really calls the app, with a challenge first and then with signed events.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator

import uvicorn

from xdk_async import AsyncClient
from xdk_async.events import LikeEvent, PostEvent
from xdk_async.sandbox import Sandbox, serve
from xdk_async.webhooks import WebhookApp

sandbox = Sandbox()
app = WebhookApp(consumer_secret=sandbox.api_secret)
arrived: asyncio.Queue[str] = asyncio.Queue()


@app.on("post.create")
async def posted(event: PostEvent) -> None:
    name = event.author.username if event.author else "somebody"
    await arrived.put(f"@{name} posted: {event.post.text}")


@app.on("like.create")
async def liked(event: LikeEvent) -> None:
    await arrived.put(f"Post {event.like.liked_tweet_id} was liked")


@contextlib.asynccontextmanager
async def serving(application: WebhookApp) -> AsyncGenerator[str, None]:
    """The app under uvicorn on a free port; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            await task


async def main() -> None:
    async with (
        serve(sandbox) as x,
        serving(app) as address,
        AsyncClient(x.url, bearer_token=sandbox.app_token, access_token=sandbox.user_token) as client,
    ):
        me = sandbox.me.id
        ensured = await client.webhooks.ensure(
            address,
            [
                {"event_type": "post.create", "filter": {"user_id": me}},
                {"event_type": "like.create", "filter": {"user_id": me}},
            ],
        )
        print("Registered, challenged and subscribed: webhook is", "valid" if ensured.webhook.valid else "invalid")
        post = await client.posts.create(text="Hello, webhook")
        assert post.data is not None
        print(await arrived.get())
        await client.users.like_post(me, tweet_id=str(post.data.id))
        print(await arrived.get())
    print("Closed: nothing is left over," if not app.held else "Events are left over:", app.held, "held")


if __name__ == "__main__":
    asyncio.run(main())
