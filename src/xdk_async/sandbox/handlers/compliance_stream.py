"""Streams that tell what must no longer be shown, or be shown otherwise."""

from __future__ import annotations

from typing import Any

from xdk_async.sandbox.ask import Ask, handles
from xdk_async.sandbox.handlers.stream import flow, in_partition
from xdk_async.sandbox.hub import Flow
from xdk_async.sandbox.record import Happening, Notice


@handles("stream.posts_compliance")
def posts_compliance(ask: Ask) -> Flow:
    """Posts that were deleted, edited, withheld or dropped."""
    return _notices(ask, 4)


@handles("stream.users_compliance")
def users_compliance(ask: Ask) -> Flow:
    """Users who protected, suspended, deleted or changed their account."""
    return _notices(ask, 4)


@handles("stream.likes_compliance")
def likes_compliance(ask: Ask) -> Flow:
    """Likes that were taken back."""
    return _notices(ask, 1)


@handles("stream.labels_compliance")
def labels_compliance(ask: Ask) -> Flow:
    """Posts that were given a label."""
    return _notices(ask, 1)


def _notices(ask: Ask, partitions: int) -> Flow:
    name = ask.operation.name

    def line(happening: Happening) -> dict[str, Any] | None:
        if not isinstance(happening, Notice) or happening.stream != name:
            return None
        return {"data": happening.data} if in_partition(ask, partitions, happening.about) else None

    return flow(ask, line, ask.store.notices)
