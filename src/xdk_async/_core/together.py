"""Several coroutines at once: the first failure ends the others and is raised as itself, not in a group."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any


async def together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Return when all are done; when one fails or this is cancelled, none goes on."""
    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except BaseExceptionGroup as several:
        failure = first(several)
    if failure is not None:
        try:
            raise failure
        finally:
            del failure  # or the exception and this frame would keep each other


def first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """A task group holds what its tasks raised; none of ours raises a group."""
    return group.exceptions[0]
