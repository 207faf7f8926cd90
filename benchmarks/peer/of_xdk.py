"""The official SDK, which is synchronous: in threads, as an asyncio program has to use it, with a pool large enough."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from benchmarks import content
from benchmarks.peer.base import Peer, Site

ARGUMENTS: dict[str, Any] = {
    "query": content.QUERY,
    "max_results": 100,
    "post_fields": list(content.POST_FIELDS),
    "user_fields": list(content.USER_FIELDS),
    "media_fields": list(content.MEDIA_FIELDS),
    "expansions": list(content.EXPANSIONS),
}
THREADS = 256


class Client(Peer):
    """One client whose connection pool is as large as that of the threads."""

    def __init__(self, site: Site, token: str) -> None:
        super().__init__(site, token)
        self._threads = ThreadPoolExecutor(THREADS)

    async def begin(self) -> None:
        self._xdk: Any = importlib.import_module("xdk")
        self._auth: Any = importlib.import_module("xdk.oauth1_auth").OAuth1
        self.client = self._made(bearer_token=self.token, access_token=self.token)
        self._signer = self._user()
        self.signing = self._made(auth=self._signer)
        self._created: Any = importlib.import_module("xdk.posts.models").CreateRequest
        self._pages: Any = importlib.import_module("xdk.posts.models").SearchRecentResponse

    def _user(self) -> Any:
        return self._auth(
            api_key="key", api_secret="secret", callback="oob", access_token="1-token", access_token_secret="secret"
        )

    def _made(self, **arguments: Any) -> Any:
        adapters: Any = importlib.import_module("requests.adapters")
        client = self._xdk.Client(base_url=self.site.address, **arguments)
        client.session.mount(f"{self.site.scheme}://", adapters.HTTPAdapter(pool_connections=10, pool_maxsize=THREADS))
        return client

    async def aclose(self) -> None:
        self.client.session.close()
        self.signing.session.close()
        self._threads.shutdown()

    async def _run(self, function: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def small(self) -> object:
        return await self._run(self.client.users.get_me)

    async def page(self) -> object:
        return await self._run(lambda: next(iter(self.client.posts.search_recent(**ARGUMENTS))))

    async def create(self) -> object:
        return await self._run(partial(self.client.posts.create, body=self._created(text="Hello from a benchmark")))

    async def signed(self) -> object:
        return await self._run(self.signing.users.get_me)

    def decode(self, body: bytes) -> object:
        import json

        return self._pages.model_validate(json.loads(body))

    async def collect(self, pages: int, work: float, ahead: bool) -> list[Any]:
        iterator = iter(self.client.posts.search_recent(**ARGUMENTS))
        found: list[Any] = []
        while len(found) < pages:
            found.append(await self._run(partial(next, iterator)))
            if work:
                await asyncio.sleep(work)
        return found

    async def follow(self, count: int, seen: Callable[[str], None]) -> None:
        def run() -> None:
            left = count
            for event in self.client.stream.posts(expansions=["author_id"]):
                seen(event.data.text)
                left -= 1
                if not left:
                    return

        await self._run(run)

    def another_user(self) -> object:
        return self._xdk.Client(base_url=self.site.address, auth=self._user())

    def sign(self, url: str) -> object:
        return self._signer.build_request_header("GET", url)
