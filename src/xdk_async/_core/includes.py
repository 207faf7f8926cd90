"""What expansions bring, and how it is joined to what refers to it: an index made when first asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from xdk_async.api import models
from xdk_async.errors import InvalidArgument

M = TypeVar("M")
# The expansions that bring each: the one to ask for first, then its older names and those that imply it.
AUTHOR = ("author_id", "referenced_tweets.id.author_id", "liked_tweet_author_id")
MEDIA = ("attachments.media_keys", "referenced_tweets.id.attachments.media_keys")
MENTIONED = ("entities.mentions.username", "entities.note.mentions.username")
PINNED = ("pinned_post_id", "pinned_tweet_id")
PLACE = ("geo.place_id",)
POLL = ("attachments.poll_ids",)
REFERENCED = (
    "referenced_posts",
    "referenced_tweets.id",
    "referenced_tweets.id.author_id",
    "referenced_tweets.id.attachments.media_keys",
)


def say_why(requested: frozenset[str] | None, method: str, expansions: tuple[str, ...]) -> None:
    """Raise if what was not found was not asked for."""
    if requested is not None and not requested.intersection(expansions):
        raise InvalidArgument(f"includes.{method}() needs expansions=[{expansions[0]!r}] in the request")


class MediaList(list["models.Media"]):
    """The included media; called with a post, those of that post."""

    __slots__ = ("_by_key", "_requested")

    def __init__(self, media: Iterable[models.Media], requested: frozenset[str] | None) -> None:
        super().__init__(media)
        self._requested = requested
        self._by_key = {each.media_key: each for each in self}

    def __call__(self, post: models.Post) -> list[models.Media]:
        """Photos, GIFs and videos of `post`, in its order (expansion `attachments.media_keys`)."""
        keys = (post.attachments.media_keys if post.attachments else None) or []
        found = [self._by_key[key] for key in keys if key in self._by_key]
        if not found:
            say_why(self._requested, "media", MEDIA)
        return found


class Includes:
    """The objects beside the data, each once, however many posts refer to them.

    A look-up that finds nothing gives None (X left the object out: deleted, protected, suspended), but raises
    `InvalidArgument` if the request never asked for the expansion: then nothing can ever be found.
    """

    __slots__ = ("_indexes", "_media", "_requested", "struct")

    struct: models.Expansions
    """The objects as X sent them."""

    def __init__(self, struct: models.Expansions, requested: frozenset[str] | None = None) -> None:
        self.struct = struct
        self._requested = requested
        self._indexes: dict[str, dict[str | None, Any]] = {}
        self._media: MediaList | None = None

    @property
    def users(self) -> list[models.User]:
        """Authors, mentioned and other users."""
        return self.struct.users or []

    @property
    def posts(self) -> list[models.Post]:
        """Quoted, reposted, replied-to and pinned posts."""
        return self.struct.posts or []

    @property
    def tweets(self) -> list[models.Post]:
        """The older name of `posts`."""
        return self.posts

    @property
    def media(self) -> MediaList:
        """Photos, GIFs and videos: all of them, and `media(post)` gives those of a post."""
        if self._media is None:
            self._media = MediaList(self.struct.media or (), self._requested)
        return self._media

    @property
    def polls(self) -> list[models.Poll]:
        """Polls attached to posts."""
        return self.struct.polls or []

    @property
    def places(self) -> list[models.Place]:
        """Places that posts are tagged with."""
        return self.struct.places or []

    @property
    def topics(self) -> list[models.Topic]:
        """Topics of Spaces."""
        return self.struct.topics or []

    def user(self, id: str) -> models.User | None:
        """The included user with this id."""
        return self._index("users", self.users, lambda user: user.id).get(id)

    def author(self, post: models.Post) -> models.User | None:
        """Who wrote `post` (expansion `author_id`)."""
        found = self.user(post.author_id) if post.author_id else None
        return self._or_say_why(found, "author", AUTHOR)

    def poll(self, post: models.Post) -> models.Poll | None:
        """The poll of `post` (expansion `attachments.poll_ids`)."""
        ids = (post.attachments.poll_ids if post.attachments else None) or []
        found = self._index("polls", self.polls, lambda poll: poll.id).get(ids[0]) if ids else None
        return self._or_say_why(found, "poll", POLL)

    def place(self, post: models.Post) -> models.Place | None:
        """The place `post` is tagged with (expansion `geo.place_id`)."""
        id = post.geo.place_id if post.geo else None
        found = self._index("places", self.places, lambda place: place.id).get(id) if id else None
        return self._or_say_why(found, "place", PLACE)

    def referenced(self, post: models.Post) -> list[models.Post]:
        """Posts that `post` quotes, reposts or replies to (expansion `referenced_posts`)."""
        index = self._posts()
        found = [index[each.id] for each in post.referenced_posts or () if each.id in index]
        return self._or_say_why(found, "referenced", REFERENCED)

    def mentioned(self, post: models.Post) -> list[models.User]:
        """Users that the text of `post` mentions (expansion `entities.mentions.username`)."""
        mentions = (post.entities.mentions if post.entities else None) or []
        names = [each.username.lower() for each in mentions if each.username]
        index = self._index("names", self.users, lambda user: user.username.lower() if user.username else None)
        found = [index[name] for name in names if name in index]
        return self._or_say_why(found, "mentioned", MENTIONED)

    def pinned(self, user: models.User) -> models.Post | None:
        """The post that `user` pinned (expansion `pinned_post_id`)."""
        found = self._posts().get(user.pinned_post_id) if user.pinned_post_id else None
        return self._or_say_why(found, "pinned", PINNED)

    def _posts(self) -> dict[str | None, models.Post]:
        return self._index("posts", self.posts, lambda post: post.id)

    def _index(self, name: str, items: Iterable[M], key: Callable[[M], str | None]) -> dict[str | None, M]:
        index: dict[str | None, M] | None = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = {key(item): item for item in items}
        return index

    def _or_say_why(self, found: M, method: str, expansions: tuple[str, ...]) -> M:
        if not found:
            say_why(self._requested, method, expansions)
        return found

    def __bool__(self) -> bool:
        return any(getattr(self.struct, name) for name in self.struct.__struct_fields__)

    def __eq__(self, other: object) -> bool:
        return self.struct == other.struct if isinstance(other, Includes) else NotImplemented

    def __repr__(self) -> str:
        return repr(self.struct)
