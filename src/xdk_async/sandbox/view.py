"""Turns what is stored into what is answered: the members asked for, and what the expansions bring along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from xdk_async.sandbox.link import LINKS, Link
from xdk_async.sandbox.member import LIST, MEDIA, PLACE, POLL, POST, PRIVATE, Scene
from xdk_async.sandbox.member_show import (
    BROADCAST,
    BROADCAST_MESSAGE,
    COMMUNITY,
    NEWS,
    NOTE,
    SCHEDULED,
    SPACE,
    TOPIC,
)
from xdk_async.sandbox.member_stream import CONNECTION, JOB, LIKE
from xdk_async.sandbox.member_talk import CHAT_CONVERSATION, CHAT_EVENT, DM_EVENT, PUBLIC_KEY
from xdk_async.sandbox.member_user import USER
from xdk_async.sandbox.problem import HOST, not_authorized, not_found
from xdk_async.sandbox.record import Post
from xdk_async.sandbox.reshape import RESHAPED
from xdk_async.sandbox.selection import Selection
from xdk_async.sandbox.vocabulary import spelled

MEMBERS: Mapping[str, Mapping[str, Callable[[Scene, Any], Any]]] = {
    "user": USER,
    "post": POST,
    "media": MEDIA,
    "poll": POLL,
    "place": PLACE,
    "list": LIST,
    "dm_event": DM_EVENT,
    "chat_conversation": CHAT_CONVERSATION,
    "chat_message_event": CHAT_EVENT,
    "public_key": PUBLIC_KEY,
    "space": SPACE,
    "topic": TOPIC,
    "community": COMMUNITY,
    "note": NOTE,
    "broadcast": BROADCAST,
    "scheduled_broadcast": SCHEDULED,
    "broadcast_chat_message": BROADCAST_MESSAGE,
    "news": NEWS,
    "like": LIKE,
    "connection": CONNECTION,
    "compliance_job": JOB,
}
PLURAL = {
    "user": "users",
    "post": "posts",
    "media": "media",
    "poll": "polls",
    "place": "places",
    "topic": "topics",
}
TO_POSTS = {"referenced_posts", "edit_history_post_ids"}
REFERENCED = "referenced_posts."  # the older version's expansions of referenced posts begin so


class View:
    """One answer in the making: shows objects, and gathers what they bring along and what could not be shown."""

    def __init__(self, scene: Scene, selection: Selection) -> None:
        self.errors: list[dict[str, Any]] = []
        self._scene = scene
        self._selection = selection
        self._included: dict[str, dict[str, dict[str, Any]]] = {}
        self._absent: set[tuple[str, str]] = set()

    def show(self, kind: str, record: Any) -> dict[str, Any]:
        """An object of the answer itself, with the members that were asked for."""
        links = {name: link for name, link in LINKS.get(kind, {}).items() if name in self._selection.expansions}
        return self._shown(kind, record, links, "data")

    def includes(self) -> dict[str, list[dict[str, Any]]]:
        """The objects that the expansions brought, each once."""
        return {PLURAL[kind]: [*found.values()] for kind, found in self._included.items() if found}

    def _shown(self, kind: str, record: Any, links: Mapping[str, Link], section: str) -> dict[str, Any]:
        wanted = self._selection.names(kind) | {link.member for link in links.values()}
        found: dict[str, Any] = {}
        for name, member in MEMBERS[kind].items():
            if name in wanted and (value := member(self._scene, record)) is not None:
                found[name] = value
        if self._selection.vocabulary == "2.166" and kind in RESHAPED:
            RESHAPED[kind](self._scene, record, found)
        if kind == "post":
            self._withhold(record, wanted, section)
        for name, link in links.items():
            for id in link.ids(self._scene.store, record):
                self._include(link.kind, id, name)
        return found

    def _include(self, kind: str, id: str, expansion: str) -> None:
        included = self._included.setdefault(kind, {})
        if id in included:
            return
        record = self._stored(kind).get(id)
        kept = kind == "post" and record and not self._scene.store.may_see(self._scene.viewer_id, record)
        if record is None or kept:
            self._miss(kind, id, expansion, not_authorized if kept else not_found)
            return
        included[id] = {}  # taken, lest a circle of references have no end
        links = self._further() if expansion == "referenced_posts" else {}
        included[id] = self._shown(kind, record, links, "includes")

    def _miss(self, kind: str, id: str, expansion: str, problem: Callable[..., dict[str, Any]]) -> None:
        if (kind, id) not in self._absent:
            self._absent.add((kind, id))
            parameter = spelled(expansion, self._selection.vocabulary)
            self.errors.append(problem(kind, parameter, id, section="includes"))

    def _further(self) -> dict[str, Link]:
        """The expansions of referenced posts: 2.166 has names for them, in 2.167 those of the post itself serve."""
        expansions = self._selection.expansions
        if self._selection.vocabulary == "2.166":
            nested = (name.removeprefix(REFERENCED) for name in expansions if name.startswith(REFERENCED))
            expansions = frozenset(nested)
        return {name: link for name, link in LINKS["post"].items() if name in expansions and name not in TO_POSTS}

    def _stored(self, kind: str) -> Mapping[str, Any]:
        store = self._scene.store
        records: dict[str, Mapping[str, Any]] = {
            "user": store.users,
            "post": store.posts,
            "media": store.media,
            "poll": store.polls,
            "place": store.places,
            "topic": store.topics,
        }
        return records[kind]

    def _withhold(self, post: Post, wanted: Iterable[str], section: str) -> None:
        if post.author_id == self._scene.viewer_id:
            return
        for field in sorted(set(PRIVATE).intersection(wanted)):
            self.errors.append(
                {
                    "title": "Field Authorization Error",
                    "type": f"{HOST}not-authorized-for-field",
                    "detail": f"{field} is for the author of the post [{post.id}] alone.",
                    "resource_type": "tweet",
                    "resource_id": post.id,
                    "parameter": "id",
                    "value": post.id,
                    "section": section,
                    "field": field,
                }
            )
