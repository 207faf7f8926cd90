"""One item of a page, joined to what came with it."""

from __future__ import annotations

from typing import Generic, TypeVar

from xdk_async._core.includes import Includes
from xdk_async.api import models

T = TypeVar("T")


class Linked(Generic[T]):
    """One item together with what its own page's includes hold for it."""

    __slots__ = ("_includes", "item")

    item: T
    """The struct itself."""

    def __init__(self, item: T, includes: Includes) -> None:
        self.item = item
        self._includes = includes

    @property
    def includes(self) -> Includes:
        """The includes of its page, which it is joined from."""
        return self._includes

    @property
    def post(self) -> T:
        """The item itself, by the name that reads well for posts."""
        return self.item

    @property
    def author(self) -> models.User | None:
        """Who wrote the post (`expansions=["author_id"]`)."""
        return self._includes.author(self._as_post())

    @property
    def media(self) -> list[models.Media]:
        """Photos, GIFs and videos of the post (`expansions=["attachments.media_keys"]`)."""
        return self._includes.media(self._as_post())

    @property
    def poll(self) -> models.Poll | None:
        """The post's poll (`expansions=["attachments.poll_ids"]`)."""
        return self._includes.poll(self._as_post())

    @property
    def place(self) -> models.Place | None:
        """The place the post was tagged with (`expansions=["geo.place_id"]`)."""
        return self._includes.place(self._as_post())

    @property
    def referenced(self) -> list[models.Post]:
        """Posts that it quotes, reposts or replies to (`expansions=["referenced_posts"]`)."""
        return self._includes.referenced(self._as_post())

    @property
    def mentioned(self) -> list[models.User]:
        """Users that its text mentions (`expansions=["entities.mentions.username"]`)."""
        return self._includes.mentioned(self._as_post())

    def _as_post(self) -> models.Post:
        if not isinstance(self.item, models.Post):
            raise TypeError(
                f"{type(self.item).__name__} is not a post: only posts are linked to authors, media and references"
            )
        return self.item

    def __repr__(self) -> str:
        return f"Linked({self.item!r})"
