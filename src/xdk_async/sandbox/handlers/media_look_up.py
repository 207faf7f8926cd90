"""Media by key."""

from __future__ import annotations

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.shape import one, several


@handles("media.get_by_key")
def get_media(ask: Ask) -> Reply:
    """A photo, video or GIF."""
    key = ask.path["media_key"]
    return one(ask, "media", ask.store.media.get(key), "media_key", key)


@handles("media.get_by_keys")
def get_several(ask: Ask) -> Reply:
    """Photos, videos and GIFs."""
    return several(ask, "media", "media_keys", ask.store.media.get)
