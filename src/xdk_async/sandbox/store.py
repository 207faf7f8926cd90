"""All that the sandbox remembers, and how it changes.

Everything in it is plain data (dataclasses, dictionaries, lists, tuples, strings, numbers, bytes), so that it can be
written down whole and read back: no record holds a function, a connection or a task.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from xdk_async.sandbox.media_record import ChatUpload, Upload
from xdk_async.sandbox.record import (
    Folder,
    Job,
    Like,
    List,
    Media,
    Notice,
    Place,
    Poll,
    Post,
    Reference,
    Rule,
    Session,
    User,
)
from xdk_async.sandbox.record_show import Article, Broadcast, BroadcastMessage, Community, News, Note, Space, Topic
from xdk_async.sandbox.record_talk import ChatConversation, ChatEvent, DmConversation, DmEvent, PublicKey
from xdk_async.sandbox.relation import Relation
from xdk_async.sandbox.snowflake import Ids
from xdk_async.sandbox.webhook_record import Delivery, StreamLink, Subscription, Webhook

MEDIA_KINDS = ("3", "7", "13", "16")  # with which media keys begin: photo, video, amplified video, GIF


@dataclass(slots=True)
class Store:
    """The state: records by id, in the order they were made, and the relations between them."""

    ids: Ids = field(default_factory=Ids)
    users: dict[str, User] = field(default_factory=dict[str, User])
    posts: dict[str, Post] = field(default_factory=dict[str, Post])
    media: dict[str, Media] = field(default_factory=dict[str, Media])
    polls: dict[str, Poll] = field(default_factory=dict[str, Poll])
    places: dict[str, Place] = field(default_factory=dict[str, Place])
    lists: dict[str, List] = field(default_factory=dict[str, List])
    rules: dict[str, Rule] = field(default_factory=dict[str, Rule])
    folders: dict[str, Folder] = field(default_factory=dict[str, Folder])
    spaces: dict[str, Space] = field(default_factory=dict[str, Space])
    topics: dict[str, Topic] = field(default_factory=dict[str, Topic])
    communities: dict[str, Community] = field(default_factory=dict[str, Community])
    notes: dict[str, Note] = field(default_factory=dict[str, Note])
    articles: dict[str, Article] = field(default_factory=dict[str, Article])
    broadcasts: dict[str, Broadcast] = field(default_factory=dict[str, Broadcast])
    broadcast_messages: dict[str, BroadcastMessage] = field(default_factory=dict[str, BroadcastMessage])
    news: dict[str, News] = field(default_factory=dict[str, News])
    dm_conversations: dict[str, DmConversation] = field(default_factory=dict[str, DmConversation])
    dm_events: dict[str, DmEvent] = field(default_factory=dict[str, DmEvent])
    chats: dict[str, ChatConversation] = field(default_factory=dict[str, ChatConversation])
    chat_events: dict[str, ChatEvent] = field(default_factory=dict[str, ChatEvent])
    public_keys: dict[str, PublicKey] = field(default_factory=dict[str, PublicKey])  # by "user version"
    jobs: dict[str, Job] = field(default_factory=dict[str, Job])
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])  # of streams
    notices: list[Notice] = field(default_factory=list[Notice])
    liked: dict[str, Like] = field(default_factory=dict[str, Like])
    follows: Relation = field(default_factory=Relation)  # user → users
    requests: Relation = field(default_factory=Relation)  # user → protected users whom they would like to follow
    likes: Relation = field(default_factory=Relation)  # user → posts
    bookmarks: Relation = field(default_factory=Relation)  # user → posts
    filed: Relation = field(default_factory=Relation)  # folder → bookmarked posts
    members: Relation = field(default_factory=Relation)  # List → users
    list_followers: Relation = field(default_factory=Relation)  # List → users
    pinned_lists: Relation = field(default_factory=Relation)  # user → Lists
    blocks: Relation = field(default_factory=Relation)  # user → users
    mutes: Relation = field(default_factory=Relation)  # user → users
    dm_blocks: Relation = field(default_factory=Relation)  # user → users
    joined: Relation = field(default_factory=Relation)  # Community → users
    reads: dict[str, int] = field(default_factory=dict[str, int])  # posts delivered, by UTC day
    bills: dict[str, int] = field(default_factory=dict[str, int])  # millionths of a dollar, by UTC day
    billed: dict[str, str] = field(
        default_factory=dict[str, str]
    )  # "kind id" of a resource → the day it was billed last
    uploads: dict[str, Upload] = field(default_factory=dict[str, Upload])
    blobs: dict[str, bytes] = field(default_factory=dict[str, bytes])  # whole files, by the id of their upload
    chat_uploads: dict[str, ChatUpload] = field(default_factory=dict[str, ChatUpload])
    webhooks: dict[str, Webhook] = field(default_factory=dict[str, Webhook])
    subscriptions: dict[str, Subscription] = field(default_factory=dict[str, Subscription])
    accounts: Relation = field(default_factory=Relation)  # webhook → users whose account activity it gets
    stream_links: dict[str, StreamLink] = field(default_factory=dict[str, StreamLink])  # by the id of the webhook
    deliveries: list[Delivery] = field(default_factory=list[Delivery])  # of the last day, for replays
    names: dict[str, str] = field(default_factory=dict[str, str])  # lower-case handle → user
    written: Relation = field(default_factory=Relation)  # user → posts
    replied_to: Relation = field(default_factory=Relation)  # post → the replies to it
    quoted: Relation = field(default_factory=Relation)  # post → the quotes of it
    retweeted: Relation = field(default_factory=Relation)  # post → the reposts of it
    reposted: dict[str, str] = field(default_factory=dict[str, str])  # "user post" → the user's repost of that post

    def add_user(self, user: User) -> None:
        """Take in an account."""
        self.users[user.id] = user
        self.names[user.username.lower()] = user.id

    def rename_user(self, user: User, username: str) -> None:
        """Give an account another handle."""
        del self.names[user.username.lower()]
        user.username = username
        self.names[username.lower()] = user.id

    def user_named(self, username: str) -> User | None:
        """The account with that handle, however it is capitalized."""
        return self.users.get(self.names.get(username.lower(), ""))

    def media_with_id(self, id: str) -> Media | None:
        """The media whose key ends in that id."""
        found = (self.media.get(f"{kind}_{id}") for kind in MEDIA_KINDS)
        return next((media for media in found if media), None)

    def add_post(self, post: Post) -> None:
        """Take in a post; its id is higher than those of all posts before."""
        self.posts[post.id] = post
        self.written.add(post.author_id, post.id)
        for kind, id in post.references:
            self.references(kind).add(id, post.id)
            if kind == "retweeted":
                self.reposted[f"{post.author_id} {id}"] = post.id

    def remove_post(self, post: Post) -> None:
        """Delete a post, what was done with it, and its reposts; replies and quotes stay and point nowhere."""
        for id in self.retweeted.of(post.id):
            self.remove_post(self.posts[id])
        del self.posts[post.id]
        self.written.remove(post.author_id, post.id)
        for kind, id in post.references:
            self.references(kind).remove(id, post.id)
            if kind == "retweeted":
                self.reposted.pop(f"{post.author_id} {id}", None)
        for user_id in self.likes.to(post.id):
            self.unlike(user_id, post.id)
        self.bookmarks.forget(post.id)
        self.filed.forget(post.id)
        author = self.users[post.author_id]
        if author.pinned_post_id == post.id:
            author.pinned_post_id = None

    def add_like(self, like: Like) -> None:
        """Take in a like; an existing one stays as it is."""
        self.likes.add(like.user_id, like.post_id)
        self.liked.setdefault(like.id, like)

    def unlike(self, user_id: str, post_id: str) -> bool:
        """Undo a like; whether there was one."""
        self.likes.remove(user_id, post_id)
        return self.liked.pop(f"{user_id}_{post_id}", None) is not None

    def references(self, kind: Reference) -> Relation:
        """From posts to those that reply to, quote or repost them."""
        return {"replied_to": self.replied_to, "quoted": self.quoted, "retweeted": self.retweeted}[kind]

    def referring(self, kind: Reference, id: str) -> list[str]:
        """Ids of the posts that reply to, quote or repost that one, newest first."""
        return [each for each in self.references(kind).of(id) if not self.posts[each].superseded]

    def count_referring(self, kind: Reference, id: str) -> int:
        """How many posts reply to, quote or repost that one."""
        return len(self.referring(kind, id))

    def may_see(self, viewer_id: str | None, post: Post) -> bool:
        """Whether somebody may see a post: what a protected user writes is for the followers."""
        return self.may_read(viewer_id, self.users[post.author_id])

    def may_read(self, viewer_id: str | None, user: User) -> bool:
        """Whether somebody may see what a user writes."""
        return not user.protected or viewer_id == user.id or self.follows.has(viewer_id or "", user.id)

    def takes_dms(self, user_id: str, sender_id: str) -> bool:
        """Whether a user wants Direct Messages from another."""
        return not self.dm_blocks.has(user_id, sender_id) and not self.blocks.has(user_id, sender_id)

    def newest_first(self) -> Iterator[Post]:
        """All posts but the outdated versions of edited ones."""
        return (post for post in reversed(self.posts.values()) if not post.superseded)

    def posts_by(self, user_id: str) -> Iterator[Post]:
        """Posts of one user, newest first."""
        found = (self.posts[id] for id in self.written.of(user_id))
        return (post for post in found if not post.superseded)

    def count_posts_by(self, user_id: str) -> int:
        """How many posts a user has."""
        return sum(1 for _ in self.posts_by(user_id))

    def repost_by(self, user_id: str, post_id: str) -> Post | None:
        """The user's repost of that post."""
        return self.posts.get(self.reposted.get(f"{user_id} {post_id}", ""))
