"""One process of many that share sessions: tasks that call as their users until the time is up, or until it is killed.

    python -m tests.processes.worker URL STORE LEASE SECONDS TASKS SUBJECT…

Prints a line for every session that it finds lost, and for everything else that goes wrong.
"""

from __future__ import annotations

import asyncio
import sys
import time

from xdk_async import AsyncClient, SessionLost, XError
from xdk_async._core.transport import Transport
from xdk_async.auth.endpoint import TokenEndpoint
from xdk_async.auth.redis_store import RedisStore
from xdk_async.auth.renewal import Renewing, RenewingToken
from xdk_async.auth.sqlite_store import SQLiteStore
from xdk_async.auth.store import TokenStore
from xdk_async.auth.token import TokenKey

CLIENT_ID = "sandbox-client"
POLL = 0.05  # seconds


def store_of(address: str) -> TokenStore:
    return RedisStore(address) if address.startswith("redis:") else SQLiteStore(address)


def session(store: TokenStore, transport: Transport, subject: str, lease: float) -> RenewingToken:
    endpoint = TokenEndpoint(transport, CLIENT_ID)
    how = Renewing(store, endpoint, time.time, asyncio.sleep, lease=lease, poll=POLL)
    return RenewingToken(TokenKey(CLIENT_ID, subject), how)


async def call_until(client: AsyncClient, subject: str, until: float) -> None:
    while time.time() < until:
        try:
            await client.users.get_me()
        except SessionLost as lost:
            print(f"lost {lost.subject}", flush=True)
            return
        except XError as error:
            print(f"error {subject} {type(error).__name__}: {error}", flush=True)
            return
        await asyncio.sleep(0.05)


async def main(url: str, address: str, lease: float, seconds: float, tasks: int, subjects: list[str]) -> None:
    store, transport, until = store_of(address), Transport(url), time.time() + seconds
    users = [session(store, transport, subject, lease) for subject in subjects]
    clients = [AsyncClient(url, auth=user, max_connections=4) for user in users]
    async with asyncio.TaskGroup() as group:
        for number in range(tasks):
            which = number % len(subjects)
            group.create_task(call_until(clients[which], subjects[which], until))
    for client in clients:
        await client.aclose()
    await transport.aclose()
    if isinstance(store, RedisStore):
        await store.aclose()


if __name__ == "__main__":
    _, url, address, lease, seconds, tasks, *subjects = sys.argv
    asyncio.run(main(url, address, float(lease), float(seconds), int(tasks), subjects))
