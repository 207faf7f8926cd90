"""What expansions bring, and how it is joined to what refers to it: an index made when first asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from xdk_async.errors import InvalidArgument

if TYPE_CHECKING:
    from xdk_async.api.models import Expansions, Media, Place, Poll, Post, Topic, User

M = TypeVar("M")


class MediaList(list["Media"]):
    """The included media; called with a post, those of that post."""

    __slots__ = ("_includes",)

    def __init__(self, media: Iterable[Media], includes: Includes) -> None:
        super().__init__(media)
        self._includes = includes

    def __call__(self, post: Post) -> list[Media]:
        """Photos, GIFs and videos of `post`, in its order (expansion `attachments.media_keys`)."""
        return self._includes.media_of(post)


class Includes:
    """The objects beside the data, each once, however many posts refer to them.

    A look-up that finds nothing gives None (X left the object out: deleted, protected, suspended), but raises
    `InvalidArgument` if the request never asked for the expansion: then nothing can ever be found.
    """

    __slots__ = ("_indexes", "_requested", "struct")

    struct: Expansions
    """The objects as X sent them."""

    def __init__(self, struct: Expansions, requested: frozenset[str] | None = None) -> None:
        self.struct = struct
        self._requested = requested
        self._indexes: dict[str, dict[str | None, Any]] = {}

    @property
    def users(self) -> list[User]:
        """Authors, mentioned and other users."""
        return self.struct.users or []

    @property
    def posts(self) -> list[Post]:
        """Quoted, reposted, replied-to and pinned posts."""
        return self.struct.posts or []

    @property
    def tweets(self) -> list[Post]:
        """The older name of `posts`."""
        return self.posts

    @property
    def media(self) -> MediaList:
        """Photos, GIFs and videos: all of them, and `media(post)` gives those of a post."""
        return MediaList(self.struct.media or (), self)

    @property
    def polls(self) -> list[Poll]:
        """Polls attached to posts."""
        return self.struct.polls or []

    @property
    def places(self) -> list[Place]:
        """Places that posts are tagged with."""
        return self.struct.places or []

    @property
    def topics(self) -> list[Topic]:
        """Topics of Spaces."""
        return self.struct.topics or []

    def user(self, id: str) -> User | None:
        """The included user with this id."""
        return self._index("users", self.users, lambda user: user.id).get(id)

    def author(self, post: Post) -> User | None:
        """Who wrote `post` (expansion `author_id`)."""
        found = self.user(post.author_id) if post.author_id else None
        return self._or_say_why(found, "author", "author_id")

    def media_of(self, post: Post) -> list[Media]:
        """Photos, GIFs and videos of `post`, in its order (expansion `attachments.media_keys`)."""
        keys = post.attachments.media_keys if post.attachments else None
        index = self._index("media", self.struct.media or (), lambda media: media.media_key)
        found = [index[key] for key in keys or () if key in index]
        if keys and not found:
            self._or_say_why(None, "media", "attachments.media_keys", "referenced_tweets.id.attachments.media_keys")
        return found

    def poll(self, post: Post) -> Poll | None:
        """The poll of `post` (expansion `attachments.poll_ids`)."""
        ids = post.attachments.poll_ids if post.attachments else None
        if not ids:
            return None
        found = self._index("polls", self.polls, lambda poll: poll.id).get(ids[0])
        return self._or_say_why(found, "poll", "attachments.poll_ids")

    def place(self, post: Post) -> Place | None:
        """The place `post` is tagged with (expansion `geo.place_id`)."""
        id = post.geo.place_id if post.geo else None
        if not id:
            return None
        found = self._index("places", self.places, lambda place: place.id).get(id)
        return self._or_say_why(found, "place", "geo.place_id")

    def referenced(self, post: Post) -> list[Post]:
        """Posts that `post` quotes, reposts or replies to (expansion `referenced_posts`)."""
        ids = [each.id for each in post.referenced_posts or ()]
        index = self._posts()
        found = [index[id] for id in ids if id in index]
        if ids and not found:
            self._or_say_why(None, "referenced", "referenced_posts", "referenced_tweets.id")
        return found

    def mentioned(self, post: Post) -> list[User]:
        """Users that the text of `post` mentions (expansion `entities.mentions.username`)."""
        mentions = (post.entities.mentions if post.entities else None) or []
        names = [each.username.lower() for each in mentions if each.username]
        index = self._index("names", self.users, lambda user: user.username.lower() if user.username else None)
        found = [index[name] for name in names if name in index]
        if names and not found:
            self._or_say_why(None, "mentioned", "entities.mentions.username")
        return found

    def pinned(self, user: User) -> Post | None:
        """The post that `user` pinned (expansion `pinned_post_id`)."""
        found = self._posts().get(user.pinned_post_id) if user.pinned_post_id else None
        return self._or_say_why(found, "pinned", "pinned_post_id", "pinned_tweet_id")

    def _posts(self) -> dict[str | None, Post]:
        return self._index("posts", self.posts, lambda post: post.id)

    def _index(self, name: str, items: Iterable[M], key: Callable[[M], str | None]) -> dict[str | None, M]:
        index: dict[str | None, M] | None = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = {key(item): item for item in items}
        return index

    def _or_say_why(self, found: M | None, method: str, *expansions: str) -> M | None:
        if found is None and self._requested is not None and not self._requested.intersection(expansions):
            raise InvalidArgument(f"includes.{method}() needs expansions=[{expansions[0]!r}] in the request")
        return found

    def __bool__(self) -> bool:
        return any(getattr(self.struct, name) for name in self.struct.__struct_fields__)

    def __eq__(self, other: object) -> bool:
        return self.struct == other.struct if isinstance(other, Includes) else NotImplemented

    def __repr__(self) -> str:
        return repr(self.struct)
