"""What each operation does. The modules register their functions when they are imported."""

from __future__ import annotations

from xdk_async.sandbox.ask import HANDLERS
from xdk_async.sandbox.handlers import (
    bookmark,
    count,
    engagement,
    follow,
    general,
    like,
    lists,
    look_up,
    member,
    rule,
    search,
    stream,
    timeline,
    usage,
    write,
)

__all__ = [
    "HANDLERS",
    "bookmark",
    "count",
    "engagement",
    "follow",
    "general",
    "like",
    "lists",
    "look_up",
    "member",
    "rule",
    "search",
    "stream",
    "timeline",
    "usage",
    "write",
]
