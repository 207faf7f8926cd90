"""People and posts of one's own: made one by one, or from a JSON document."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from xdk_async.sandbox.clock import SECOND
from xdk_async.sandbox.compose import compose
from xdk_async.sandbox.match import matcher
from xdk_async.sandbox.query import QueryError
from xdk_async.sandbox.record import Like, List, Post, Reference, Rule, User
from xdk_async.sandbox.snowflake import snowflake

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

USER_FIELDS = frozenset(each.name for each in fields(User))
POST_FIELDS = frozenset(each.name for each in fields(Post))


class FixtureError(ValueError):
    """Something that cannot be in a sandbox."""


class PostFixture(msgspec.Struct, forbid_unknown_fields=True):
    """A post; people by id or handle, posts by id."""

    text: str
    author: str | None = None
    id: str | None = None
    created_at: datetime | None = None
    reply_to: str | None = None
    quote: str | None = None
    likes: list[str] = []
    bookmarks: list[str] = []
    lang: str = "en"
    source: str = "Sandbox"
    reply_settings: str = "everyone"


class ListFixture(msgspec.Struct, forbid_unknown_fields=True):
    """A List with its members."""

    name: str
    owner: str | None = None
    description: str = ""
    private: bool = False
    members: list[str] = []


class RuleFixture(msgspec.Struct, forbid_unknown_fields=True):
    """A rule of the filtered stream."""

    value: str
    tag: str | None = None


class Fixtures(msgspec.Struct, forbid_unknown_fields=True):
    """A document. `users` are mappings of `User`'s attributes, `username` at least; pairs are of ids or handles."""

    users: list[dict[str, Any]] = []
    posts: list[PostFixture] = []
    follows: list[tuple[str, str]] = []
    lists: list[ListFixture] = []
    rules: list[RuleFixture] = []


def load(sandbox: Sandbox, given: Mapping[str, Any] | str | os.PathLike[str]) -> dict[str, Any]:
    """Put a document's people, posts and the rest into a sandbox; the ids of what was made, by kind.

    Raises:
        FixtureError: Something about it is wrong; nothing was changed.
        OSError: The file cannot be read.
    """
    try:
        if isinstance(given, Mapping):
            fixtures = msgspec.convert({**given}, Fixtures)
        else:
            fixtures = msgspec.json.decode(Path(given).read_bytes(), type=Fixtures)
    except msgspec.DecodeError as error:
        where = "" if isinstance(given, Mapping) else f"{os.fspath(given)}: "
        raise FixtureError(f"{where}{error}") from None
    before = sandbox.snapshot()
    try:
        made = _loaded(sandbox, fixtures)
    except FixtureError:
        sandbox.restore(before)
        raise
    for id in made["posts"]:
        sandbox.hub.publish(sandbox.store.posts[id])
    return made


def _loaded(sandbox: Sandbox, fixtures: Fixtures) -> dict[str, Any]:
    made: dict[str, Any] = {"users": [new_user(sandbox, **each).id for each in fixtures.users]}
    for one, other in fixtures.follows:
        sandbox.store.follows.add(found_user(sandbox, one).id, found_user(sandbox, other).id)
    made["posts"] = [new_post(sandbox, each).id for each in fixtures.posts]
    made["lists"] = [_new_list(sandbox, each).id for each in fixtures.lists]
    made["rules"] = [_new_rule(sandbox, each).id for each in fixtures.rules]
    return made


def new_user(sandbox: Sandbox, username: str | None = None, **attributes: Any) -> User:
    """An account; any attribute of `User`, those that are left out being made up.

    Raises:
        FixtureError: The handle or the id is taken, or a user has no such attribute.
    """
    store, ms = sandbox.store, sandbox.clock.ms()
    if unknown := attributes.keys() - USER_FIELDS:
        raise FixtureError(f"a user has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(USER_FIELDS))}")
    username = username or f"user{len(store.users)}"
    if store.user_named(username) is not None:
        raise FixtureError(f"@{username} is taken")
    made = {"id": store.ids.next(ms), "name": username.replace("_", " ").title(), "created_ms": ms, **attributes}
    if made["id"] in store.users:
        raise FixtureError(f"the id {made['id']} is taken")
    try:
        user = msgspec.convert({"username": username, **made}, User)
    except msgspec.ValidationError as error:
        raise FixtureError(f"@{username}: {error}") from None
    store.add_user(user)
    return user


def new_post(sandbox: Sandbox, given: PostFixture) -> Post:
    """A post, stored but not shown to streams.

    Raises:
        FixtureError: It names what is not there, or it is older than a post that is there.
    """
    store = sandbox.store
    ms = sandbox.clock.ms() if given.created_at is None else round(given.created_at.timestamp() * SECOND)
    author = sandbox.me if given.author is None else found_user(sandbox, given.author)
    id = given.id or (store.ids.next(ms) if given.created_at is None else str(snowflake(ms)))
    last = next(reversed(store.posts.values()), None)
    if not id.isdecimal() or (last is not None and int(id) <= int(last.id)):
        raise FixtureError(
            f"the post [{id}] is older than [{last.id}]: posts come oldest first (a sandbox with seed=None has none)"
            if last is not None and id.isdecimal()
            else f"the id of a post is a number, not {id!r}"
        )
    done = compose(given.text, lambda name: user.id if (user := store.user_named(name)) else None)
    references: list[tuple[Reference, str]] = []
    post = Post(
        id, ms, author.id, done.text, id, done.entities, done.note, done.note_entities, given.lang,
        reply_settings=given.reply_settings, source=given.source, history=(id,),
    )  # fmt: skip
    if given.reply_to is not None:
        target = found_post(sandbox, given.reply_to)
        post.conversation_id, post.in_reply_to_user_id = target.conversation_id, target.author_id
        references.append(("replied_to", target.id))
    if given.quote is not None:
        references.append(("quoted", found_post(sandbox, given.quote).id))
    post.references = tuple(references)
    store.add_post(post)
    store.ids.last = max(store.ids.last, int(id))
    for name in given.likes:
        user_id = found_user(sandbox, name).id
        store.add_like(Like(f"{user_id}_{post.id}", ms, user_id, post.id))
    for name in given.bookmarks:
        store.bookmarks.add(found_user(sandbox, name).id, post.id)
    return post


def found_user(sandbox: Sandbox, name: str) -> User:
    """The user with that id or handle.

    Raises:
        FixtureError: There is none.
    """
    user = sandbox.find_user(name.removeprefix("@"))
    if user is None:
        raise FixtureError(f"nobody here is called {name!r}")
    return user


def found_post(sandbox: Sandbox, id: str) -> Post:
    """The post with that id.

    Raises:
        FixtureError: There is none.
    """
    post = sandbox.store.posts.get(id)
    if post is None:
        raise FixtureError(f"there is no post [{id}]")
    return post


def _new_list(sandbox: Sandbox, given: ListFixture) -> List:
    owner = sandbox.me if given.owner is None else found_user(sandbox, given.owner)
    ms = sandbox.clock.ms()
    made = List(sandbox.store.ids.next(ms), given.name, owner.id, ms, given.description, given.private)
    sandbox.store.lists[made.id] = made
    for name in given.members:
        sandbox.store.members.add(made.id, found_user(sandbox, name).id)
    return made


def _new_rule(sandbox: Sandbox, given: RuleFixture) -> Rule:
    try:
        matcher(given.value)
    except QueryError as error:
        raise FixtureError(f"the rule {given.value!r}: {error}") from None
    rule = Rule(sandbox.store.ids.next(sandbox.clock.ms()), given.value, given.tag)
    sandbox.store.rules[rule.id] = rule
    return rule
