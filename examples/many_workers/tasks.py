"""What the workers of a queue do: search as the app, and look at the home timeline of accounts. They share limits and a budget.

    pip install "xdk-async[redis]" taskiq taskiq-redis
    X_BEARER_TOKEN=… X_CLIENT_ID=… REDIS_URL=redis://localhost \
        taskiq worker --app-dir examples/many_workers tasks:broker --workers 4

Start as many workers as you like, on as many machines. The queue is Redis too: a task whose worker dies is done by another.
So kill (SIGKILL) the processes of a `taskiq worker` that was told to stop and stays at "Stopping prefetching messages...":
taskiq 0.12 and 0.13 do so on a Redis stream without tasks, whatever their tasks and events are. `worker.py` just ends.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

from taskiq import Context, TaskiqDepends, TaskiqEvents, TaskiqState
from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

from xdk_async import AsyncClient, Budget, RateLimited
from xdk_async.auth import RedisStore

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
results = RedisAsyncResultBackend[object](REDIS_URL, result_ex_time=3600)
broker = RedisStreamBroker(REDIS_URL).with_result_backend(results)


@dataclass(frozen=True)
class Outcome:
    """What became of a task."""

    found: int
    again_at: datetime | None = None


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def start(state: TaskiqState) -> None:
    """One client for each worker; what all have in common is in Redis: limits, budget, tokens of the accounts."""
    state.store = RedisStore(REDIS_URL)
    state.client = AsyncClient(
        bearer_token=os.environ["X_BEARER_TOKEN"],
        client_id=os.environ["X_CLIENT_ID"],
        token_store=state.store,
        limits=REDIS_URL,
        budget=Budget(float(os.environ.get("BUDGET", "5")), per="day", redis=REDIS_URL),  # US dollars, for all workers
        on_limit="raise",  # a worker has better things to do than to wait a quarter of an hour
    )


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def stop(state: TaskiqState) -> None:
    """Close the connections to X and to Redis."""
    await state.client.aclose()
    await state.store.aclose()


@broker.task
async def search(query: str, context: Context = TaskiqDepends()) -> Outcome:
    """Search recent posts, as the app."""
    client: AsyncClient = context.state.client
    try:
        page = await client.posts.search_recent(query, max_results=10)
    except RateLimited as full:  # known beforehand, from the calls of all workers: X was not asked
        return Outcome(0, again_at=full.reset_at)
    return Outcome(len(page.data))


@broker.task
async def timeline(account: str, user_id: str, context: Context = TaskiqDepends()) -> Outcome:
    """Look at the home timeline of an account, as that account."""
    client: AsyncClient = context.state.client
    try:
        page = await client.as_user(account).users.get_timeline(user_id, max_results=10)
    except RateLimited as full:
        return Outcome(0, again_at=full.reset_at)
    return Outcome(len(page.data))
