"""Turns what is stored into what is answered: the members asked for, and what the expansions bring along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xdk_async.sandbox.member import LIST, MEDIA, PLACE, POLL, POST, PRIVATE, Scene
from xdk_async.sandbox.member_user import USER
from xdk_async.sandbox.problem import HOST, not_found
from xdk_async.sandbox.record import List, Post, User
from xdk_async.sandbox.selection import Selection
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.vocabulary import spelled

MEMBERS: Mapping[str, Mapping[str, Callable[[Scene, Any], Any]]] = {
    "user": USER,
    "post": POST,
    "media": MEDIA,
    "poll": POLL,
    "place": PLACE,
    "list": LIST,
}
PLURAL = {"user": "users", "post": "posts", "media": "media", "poll": "polls", "place": "places"}


@dataclass(frozen=True, slots=True)
class Link:
    """An expansion: the member that names the linked objects, their kind, and their ids."""

    member: str
    kind: str
    ids: Callable[[Store, Any], Iterable[str]]


def _mentioned(found: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    return [each["id"] for each in found.get("mentions", ())]


def _author(_: Store, post: Post) -> list[str]:
    return [post.author_id]


def _replied_to(_: Store, post: Post) -> list[str]:
    return [post.in_reply_to_user_id] if post.in_reply_to_user_id else []


def _latest(store: Store, user: User) -> list[str]:
    return [post.id for post, _ in zip(store.posts_by(user.id), range(1), strict=False)]


def _owner(_: Store, made: List) -> list[str]:
    return [made.owner_id]


LINKS: Mapping[str, Mapping[str, Link]] = {
    "post": {
        "author_id": Link("author_id", "user", _author),
        "username": Link("username", "user", _author),
        "in_reply_to_user_id": Link("in_reply_to_user_id", "user", _replied_to),
        "entities.mentions.username": Link("entities", "user", lambda _, post: _mentioned(post.entities)),
        "entities.note.mentions.username": Link("note_post", "user", lambda _, post: _mentioned(post.note_entities)),
        "attachments.media_keys": Link("attachments", "media", lambda _, post: post.media_keys),
        "attachments.poll_ids": Link("attachments", "poll", lambda _, post: [post.poll_id] if post.poll_id else []),
        "geo.place_id": Link("geo", "place", lambda _, post: [post.place_id] if post.place_id else []),
        "referenced_posts": Link("referenced_posts", "post", lambda _, post: [id for _kind, id in post.references]),
        "edit_history_post_ids": Link("edit_history_post_ids", "post", lambda _, post: post.history),
    },
    "user": {
        "pinned_post_id": Link("pinned_post_id", "post", lambda _, u: [u.pinned_post_id] if u.pinned_post_id else []),
        "most_recent_post_id": Link("most_recent_post_id", "post", _latest),
        "affiliation": Link(
            "affiliation", "user", lambda _, user: [user.affiliation_id] if user.affiliation_id else []
        ),
    },
    "list": {"owner_id": Link("owner_id", "user", _owner)},
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
        if record is None:
            self._miss(kind, id, expansion)
            return
        included[id] = {}  # taken, lest a circle of references have no end
        links = self._further() if expansion == "referenced_posts" else {}
        included[id] = self._shown(kind, record, links, "includes")

    def _miss(self, kind: str, id: str, expansion: str) -> None:
        if (kind, id) not in self._absent:
            self._absent.add((kind, id))
            parameter = spelled(expansion, self._selection.vocabulary)
            self.errors.append(not_found(kind, parameter, id, section="includes"))

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
