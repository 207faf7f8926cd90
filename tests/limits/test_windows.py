"""Many workers against an X that enforces its table: what waiting could have avoided is avoided, and nearly all is used."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from tests.limits.virtual import DAY, QUARTER, StrictX, now, sender, simulate
from xdk_async._core.operation import Auth
from xdk_async._core.sender import Sender
from xdk_async.api.limits import LIMITS
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.groups import ListsClient, PostsClient, SpacesClient, UsersClient

USER = Credentials(oauth2=Bearer("SECRET-user", Auth.OAUTH2))
FOREVER = 10.0 * DAY


async def work(count: int, until: float, call: Callable[[], Awaitable[object]]) -> None:
    """So many workers that call again and again."""

    async def worker() -> None:
        while now() < until:
            await call()

    async with asyncio.timeout(until - now()):
        await asyncio.gather(*(worker() for _ in range(count)))


async def run(
    x: StrictX, view: Sender, call: Callable[[Sender], Awaitable[object]], workers: int, seconds: float
) -> None:
    with contextlib.suppress(TimeoutError):
        await work(workers, now() + seconds, lambda: call(view))


CALLS: dict[str, tuple[Callable[[Sender], Awaitable[object]], Credentials | None]] = {
    "posts.search_recent": (lambda view: PostsClient(view).search_recent("cats"), None),
    "posts.get_by_ids": (lambda view: PostsClient(view).get_by_ids(["1"]), None),
    "users.get_me": (lambda view: UsersClient(view).get_me(), USER),
    "users.get_blocking": (lambda view: UsersClient(view).get_blocking("7"), USER),
    "lists.get_by_id": (lambda view: ListsClient(view).get_by_id("7"), None),
    "posts.create": (lambda view: PostsClient(view).create(text="hello"), USER),
    "users.like_post": (lambda view: UsersClient(view).like_post("7", tweet_id="8"), USER),
    "posts.search_all": (lambda view: PostsClient(view).search_all("cats"), None),
    "spaces.get_by_creator_ids": (lambda view: SpacesClient(view).get_by_creator_ids(["7"]), None),
}


@pytest.mark.parametrize("workers", [1, 100])
@pytest.mark.parametrize("name", CALLS)
def test_no_call_is_refused_and_nearly_all_of_the_table_is_used(name: str, workers: int) -> None:
    call, credentials = CALLS[name]
    x = StrictX(seed=workers)
    windows = 3
    simulate(run(x, sender(x, credentials, max_wait=FOREVER), call, workers, windows * QUARTER - 1))
    assert x.refused == {}
    published = LIMITS[name]
    own = {each.seconds: each.calls for each in (published.user if credentials else published.app)}
    allowed = min(windows * own[QUARTER], own.get(DAY, 10**9))
    assert 0.95 * allowed <= len(x.accepted[name]) <= allowed
