"""Webhooks: an ASGI app that X delivers events to, and its two sums alone for people with another framework.

    from xdk_async.events import PostEvent
    from xdk_async.webhooks import WebhookApp

    app = WebhookApp(consumer_secret="…")

    @app.on("post.create")
    async def posted(event: PostEvent) -> None:
        print(event.post.text)

`answer_challenge` and `is_genuine` are pure functions. Types of events: `xdk_async.events`.
"""

from __future__ import annotations

from xdk_async.webhooks.app import WebhookApp
from xdk_async.webhooks.inbox import Failure
from xdk_async.webhooks.seen import MemorySeen, RedisSeen, Seen
from xdk_async.webhooks.signature import answer_challenge, is_genuine

__all__ = ["Failure", "MemorySeen", "RedisSeen", "Seen", "WebhookApp", "answer_challenge", "is_genuine"]
