"""One process of several that share a budget: reads pages until it is told that nothing is left, or until it is killed.

    python -m tests.cost.worker URL REDIS LIMIT TASKS FIRST

FIRST is the first of the ids that it looks up. Prints what it spent, in millionths of a dollar.
"""

from __future__ import annotations

import asyncio
import sys

from xdk_async import AsyncClient, Budget, BudgetExceeded


async def read(client: AsyncClient, ids: list[str]) -> None:
    while ids:
        batch = [ids.pop() for _ in range(20)]
        try:
            await client.posts.get_by_ids(batch)
        except BudgetExceeded:
            return


async def main(url: str, redis: str, limit: str, tasks: int, first: int) -> None:
    budget = Budget(limit, redis=redis, name="shared", lease=5)
    ids = [str(each) for each in range(first, first + 100_000)]
    async with AsyncClient(url, bearer_token="SECRET-app", budget=budget, on_limit="raise") as client:
        await asyncio.gather(*(read(client, ids) for _ in range(tasks)))
        print(int(client.costs.total * 1_000_000), flush=True)


if __name__ == "__main__":
    _, url, redis, limit, tasks, first = sys.argv
    asyncio.run(main(url, redis, limit, int(tasks), int(first)))
