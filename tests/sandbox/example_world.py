"""What there is to call upon in a sandbox that nothing was done to yet, and what a call of an operation consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.api import Api


@dataclass(frozen=True, slots=True)
class Example:
    """What stands in the path, in the query and in the body."""

    path: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None


class World:
    """What there is to call upon."""

    def __init__(self, x: Api) -> None:
        self.sandbox = x.sandbox
        self.store = x.store
        self.me = x.me
        self.now_ms = x.sandbox.clock.ms()
        store = x.store
        posts = [post for post in store.newest_first() if not post.refers("retweeted")]
        self.own = next(post.id for post in posts if post.author_id == self.me)
        self.liked = next(
            post.id for post in posts if store.likes.to(post.id) and store.referring("retweeted", post.id)
        )
        self.quoted = next(post.id for post in posts if store.referring("quoted", post.id))
        self.other = next(id for id, user in store.users.items() if id != self.me and not user.protected)
        self.list = next(iter(store.lists))
        self.foreign_list = next(made.id for made in store.lists.values() if made.owner_id != self.me)
        self.dm = next(each for each in store.dm_conversations.values() if not each.group)
        self.chat = next(iter(store.chats.values()))
        self.running = next(each for each in store.broadcasts.values() if each.state == "Running")
        self.waiting = [*store.broadcasts.values()][-1]
        self.waiting.state = "NotStarted"  # also after a call that began it
        self.space = next(each for each in store.spaces.values() if each.creator_id == self.me)

    def reply(self) -> str:
        """A reply of somebody else to a post of the signed-in user."""
        posts = self.store.posts
        return next(
            post.id
            for post in posts.values()
            if post.refers("replied_to") and posts[post.conversation_id].author_id == self.me
        )

    def path(self, name: str) -> dict[str, str]:
        """The most ordinary ids."""
        group = name.partition(".")[0]
        ids = {
            "users": self.me,
            "posts": self.liked,
            "lists": self.list,
            "spaces": self.space.id,
            "communities": next(iter(self.store.communities)),
            "news": next(iter(self.store.news)),
            "direct_messages": self.dm.id,
            "chat": self.chat.id,
            "broadcasts": self.running.id,
            "community_notes": next(iter(self.store.notes)),
        }
        folder = next(iter(self.store.folders))
        return {
            "id": ids.get(group, "1"),
            "username": "sandbox",
            "folder_id": folder,
            "list_id": self.list,
            "participant_id": next(id for id in self.dm.participants if id != self.me),
            "event_id": self.dm.events[-1],
            "tweet_id": self.liked,
            "source_tweet_id": self.liked,
            "source_user_id": self.me,
            "target_user_id": self.other,
            "user_id": self.other,
            "dm_conversation_id": self.dm.id,
            "media_key": next(key for key, media in self.store.media.items() if media.type == "video"),
            "woeid": "1",
            "endpoint_id": "filtered_stream",
        }


def do(body: Any = None, path: Mapping[str, str] | None = None, **query: str) -> Example:
    """What a call needs beside the ordinary ids."""
    return Example(path or {}, query, body)
