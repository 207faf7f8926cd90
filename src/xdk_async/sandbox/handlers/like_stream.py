"""Streams of likes."""

from __future__ import annotations

from typing import Any

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.stream import flow, in_partition
from xdk_async.sandbox.hub import Flow
from xdk_async.sandbox.record import Happening, Like
from xdk_async.sandbox.vocabulary import older


@handles("stream.likes_firehose")
def likes_firehose(ask: Ask) -> Flow:
    """Every like, a twentieth of them in each partition."""
    return _likes(ask, 20)


@handles("stream.likes_sample10")
def likes_sample10(ask: Ask) -> Flow:
    """Every like too, half of them in each partition."""
    return _likes(ask, 2)


def _likes(ask: Ask, partitions: int) -> Flow:
    def line(happening: Happening) -> dict[str, Any] | None:
        if not isinstance(happening, Like) or not in_partition(ask, partitions, happening.post_id):
            return None
        view = ask.view()
        body = Reply(view.show("like", happening), view.includes(), view.errors).body()
        return older(body) if ask.selection.vocabulary == "2.166" else body

    return flow(ask, line, ask.store.liked.values())
