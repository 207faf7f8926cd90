"""All that the sandbox remembers, and how it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from xdk_async.sandbox.record import List, Media, Place, Poll, Post, Reference, Rule, User
from xdk_async.sandbox.relation import Relation
from xdk_async.sandbox.snowflake import Ids


class Store:
    """The state: records by id, in the order they were made, and the relations between them."""

    def __init__(self) -> None:
        self.ids: Ids = Ids()
        self.users: dict[str, User] = {}
        self.posts: dict[str, Post] = {}
        self.media: dict[str, Media] = {}
        self.polls: dict[str, Poll] = {}
        self.places: dict[str, Place] = {}
        self.lists: dict[str, List] = {}
        self.rules: dict[str, Rule] = {}
        self.follows: Relation = Relation()  # user → users
        self.likes: Relation = Relation()  # user → posts
        self.bookmarks: Relation = Relation()  # user → posts
        self.members: Relation = Relation()  # List → users
        self.reads: Counter[str] = Counter()  # posts delivered, by UTC day
        self._by_name: dict[str, str] = {}
        self._by_author: dict[str, dict[str, None]] = {}
        self._referring: dict[tuple[Reference, str], dict[str, None]] = {}

    def add_user(self, user: User) -> None:
        """Take in an account."""
        self.users[user.id] = user
        self._by_name[user.username.lower()] = user.id

    def user_named(self, username: str) -> User | None:
        """The account with that handle, however it is capitalized."""
        return self.users.get(self._by_name.get(username.lower(), ""))

    def media_with_id(self, id: str) -> Media | None:
        """The media whose key ends in that id."""
        return next((media for key, media in self.media.items() if key.partition("_")[2] == id), None)

    def add_post(self, post: Post) -> None:
        """Take in a post; its id is higher than those of all posts before."""
        self.posts[post.id] = post
        self._by_author.setdefault(post.author_id, {})[post.id] = None
        for reference in post.references:
            self._referring.setdefault(reference, {})[post.id] = None

    def remove_post(self, post: Post) -> None:
        """Delete a post, what was done with it, and its reposts; replies and quotes stay and point nowhere."""
        for id in self.referring("retweeted", post.id):
            self.remove_post(self.posts[id])
        del self.posts[post.id]
        del self._by_author[post.author_id][post.id]
        for reference in post.references:
            self._referring[reference].pop(post.id)
        self.likes.forget(post.id)
        self.bookmarks.forget(post.id)
        author = self.users[post.author_id]
        if author.pinned_post_id == post.id:
            author.pinned_post_id = None

    def referring(self, kind: Reference, id: str) -> list[str]:
        """Ids of the posts that reply to, quote or repost that one, newest first."""
        return [each for each in reversed(self._referring.get((kind, id), {})) if not self.posts[each].superseded]

    def count_referring(self, kind: Reference, id: str) -> int:
        """How many posts reply to, quote or repost that one."""
        return len(self.referring(kind, id))

    def newest_first(self) -> Iterator[Post]:
        """All posts but the outdated versions of edited ones."""
        return (post for post in reversed(self.posts.values()) if not post.superseded)

    def posts_by(self, user_id: str) -> Iterator[Post]:
        """Posts of one user, newest first."""
        found = (self.posts[id] for id in reversed(self._by_author.get(user_id, {})))
        return (post for post in found if not post.superseded)

    def count_posts_by(self, user_id: str) -> int:
        """How many posts a user has."""
        return sum(1 for _ in self.posts_by(user_id))

    def repost_by(self, user_id: str, post_id: str) -> Post | None:
        """The user's repost of that post."""
        reposts = (self.posts[id] for id in self.referring("retweeted", post_id))
        return next((post for post in reposts if post.author_id == user_id), None)
