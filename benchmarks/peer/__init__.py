"""Who is measured: one class for each way to do the same thing, driven as its users would drive it."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

from benchmarks.peer.base import Peer as Peer
from benchmarks.peer.base import Site as Site


class Entry(NamedTuple):
    """How a peer is reached."""

    module: str
    settings: dict[str, Any]
    uvloop: bool = False


PEERS: dict[str, Entry] = {
    "floor": Entry("floor", {}),
    "xdk-async": Entry("own", {}),
    "xdk-async, uvloop": Entry("own", {}, uvloop=True),
    "xdk-async over httpx": Entry("own", {"over": "httpx"}),
    "xdk-async through a proxy": Entry("own", {"over": "proxy"}),
    "xdk-async, HTTP/2": Entry("own", {"over": "http2"}),
    "aiohttp": Entry("bare_aiohttp", {}),
    "httpx": Entry("bare_httpx", {}),
    "tweepy": Entry("of_tweepy", {}),
    "tweepy, session kept": Entry("of_tweepy", {"keep": True}),
    "xdk": Entry("of_xdk", {}),
    "authlib": Entry("of_authlib", {}),
}


def peer(name: str, site: Site, token: str) -> Peer:
    """A peer by its name, not yet begun."""
    entry = PEERS[name]
    made: Peer = importlib.import_module(f"benchmarks.peer.{entry.module}").Client(site, token, **entry.settings)
    return made
