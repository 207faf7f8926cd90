"""authlib's signer, for comparison with ours."""

from __future__ import annotations

import importlib
from typing import Any

from benchmarks.peer.base import Peer, Site


class Client(Peer):
    """One `ClientAuth`."""

    def __init__(self, site: Site, token: str) -> None:
        super().__init__(site, token)
        authlib: Any = importlib.import_module("authlib.oauth1")
        self._auth = authlib.ClientAuth("key", client_secret="secret", token="1-token", token_secret="secret")

    def sign(self, url: str) -> object:
        return self._auth.prepare("GET", url, {}, b"")
