"""A process that collects, to be killed: `worker.py PATH POSTS BATCH [POINT WHEN]`.

At a point (`before`, `between`, `after`) of the batch with that number it kills itself: before it is written, with the
data there and its place not yet noted, and with both.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.sink.archive import Archive
from xdk_async import collect
from xdk_async.sink import JSONL, Parquet, Sink, SQLite
from xdk_async.sink.ledger import Ledger
from xdk_async.sink.target import sink_of


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(sink: Sink, point: str, when: int) -> Sink:
    """The same sink, which dies at a point."""
    kind: type[Any] = type(sink)
    count = 0

    class Deadly(kind):
        def write(self, rows: Sequence[dict[str, Any]], state: bytes) -> int:
            nonlocal count
            count += 1
            if count == when and point == "before":
                die()
            added: int = super().write(rows, state)
            if count == when and point == "after":
                die()
            return added

        def _keep(self, db: Any, state: bytes) -> None:
            super()._keep(db, state)
            if count == when and point == "between":
                insert = "INSERT INTO posts (id, text) VALUES ('torn', 'not to be seen')"
                db.execute(insert)
                die()

        def finish(self, state: bytes) -> None:
            if point == "finish":
                unlink = self._ledger.write
                self._ledger.write = lambda mark, data: (unlink, die())  # the one file is there, and not noted
            super().finish(state)

    found: Sink = Deadly(sink.path)
    return found


class DeadlyLedger(Ledger):
    """Dies before it notes a batch that is there."""

    left = 0

    def write(self, mark: int, data: bytes) -> None:
        DeadlyLedger.left -= 1
        if DeadlyLedger.left == 0:
            die()
        super().write(mark, data)


async def main(path: Path, posts: int, batch: int, point: str = "", when: int = 0) -> None:
    sink = sink_of(path)
    if point == "between" and isinstance(sink, (JSONL, Parquet)):
        from xdk_async.sink import jsonl, parquet

        DeadlyLedger.left = when
        jsonl.Ledger = parquet.Ledger = DeadlyLedger  # type: ignore[misc]
    elif point:
        sink = deadly(sink, point, when)
    assert point != "between" or isinstance(sink, (JSONL, Parquet, SQLite)) or path.suffix == ".duckdb"
    async with Archive(posts).client() as client:
        pages = client.posts.search_recent("cats", max_results=100)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await collect(pages, sink, batch=batch)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:5], *map(int, sys.argv[5:6])))
