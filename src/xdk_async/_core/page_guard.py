"""Pages that would never end: X has been seen to give a token again, and the same posts under ever new tokens. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

REMEMBERED = 10_000  # ids; so that memory stays flat however far a walk goes


class PageGuard:
    """Looks at every page of one walk.

    Args:
        stale_pages: so many pages in a row that hold items, but no new one, end it; 0 for no end.
    """

    __slots__ = ("_asked", "_pages", "_seen", "_stale", "_stale_pages")

    def __init__(self, stale_pages: int) -> None:
        self._stale_pages = stale_pages
        self._stale = 0
        self._asked: set[str] = set()
        self._seen: set[str] = set()
        self._pages: deque[set[str]] = deque()  # the new ids of each, oldest first

    def objection(self, asked: str | None, token: str | None, ids: Iterable[str]) -> str | None:
        """Why the page to come should not be fetched; None if nothing speaks against it.

        Args:
            asked: the token of the page that is here.
            token: the token of the page to come.
            ids: what the page holds. Pages without ids, empty ones among them, are not judged by them.
        """
        if asked:
            self._asked.add(asked)
        held = set(ids)
        if held:
            self._stale = 0 if self._note(held) else self._stale + 1
        if token is None:
            return None
        if token in self._asked:
            return "X gave the token of a page that was fetched already"
        if self._stale_pages and self._stale >= self._stale_pages:
            return f"X gave {self._stale} pages in a row that hold nothing new"
        return None

    def _note(self, ids: set[str]) -> bool:
        """Whether one of them is new."""
        fresh = ids - self._seen
        if fresh:
            self._seen |= fresh
            self._pages.append(fresh)
        while len(self._seen) > REMEMBERED:
            self._seen -= self._pages.popleft()
        return bool(fresh)

    def __len__(self) -> int:
        """How many ids it remembers."""
        return len(self._seen)
