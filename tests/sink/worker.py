"""A process that collects, to be killed: `worker.py PATH POSTS BATCH [POINT WHEN]`.

At a point of the batch with that number it kills itself: `between` the data and its place, `after` both; at `finish`
when the one file of all parts is there, and not yet noted.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.sink.archive import Archive
from xdk_async import collect
from xdk_async.sink.target import sink_of


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Death:
    """Comes at a point of a sink's work, in place of what it stands before."""

    def __init__(self, sink: Any, point: str, when: int) -> None:
        self.sink, self.point, self.left = sink, point, when
        self.wrap(sink, "write", before=self.begin, after=lambda: self.at("after"))
        self.wrap(sink, "finish", before=lambda: self.finishing(), after=lambda: None)
        if hasattr(sink, "_keep"):
            self.wrap(sink, "_keep", before=lambda: None, after=self.torn)
        else:
            self.wrap(sink, "open", before=lambda: None, after=self.opened)

    @staticmethod
    def wrap(target: Any, name: str, before: Any, after: Any) -> None:
        plain = getattr(target, name)

        def wrapped(*arguments: Any) -> Any:
            before()
            found = plain(*arguments)
            after()
            return found

        setattr(target, name, wrapped)

    def begin(self) -> None:
        self.left -= 1

    def at(self, point: str) -> None:
        if point == self.point and self.left == 0:
            die()

    def opened(self) -> None:
        self.wrap(self.sink._ledger, "write", before=lambda: self.at("between"), after=lambda: None)

    def torn(self) -> None:
        if self.point == "between" and self.left == 0:
            self.sink._db.execute("INSERT INTO posts (id, text) VALUES ('torn', 'not to be seen')")
            die()

    def finishing(self) -> None:
        if self.point == "finish":
            self.wrap(self.sink._ledger, "write", before=die, after=lambda: None)


async def main(path: Path, posts: int, batch: int, point: str = "", when: str = "0") -> None:
    sink = sink_of(path)
    if point:
        Death(sink, point, int(when))
    async with Archive(posts).client() as client:
        pages = client.posts.search_recent("cats", max_results=100)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await collect(pages, sink, batch=batch)


if __name__ == "__main__":
    place, *numbers = sys.argv[1:4]
    asyncio.run(main(Path(place), int(numbers[0]), int(numbers[1]), *sys.argv[4:]))
