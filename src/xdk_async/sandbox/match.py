"""Whether a post is what a query or a rule asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from xdk_async.sandbox.query import All, Node, Not, Term, read
from xdk_async.sandbox.record import Post
from xdk_async.sandbox.store import Store

Matcher: TypeAlias = Callable[[Post], bool]
Test: TypeAlias = Callable[[Store, Post, str], bool]
WORD = re.compile(r"\w+")
LONGEST_RULE = 1024


def matcher(store: Store, query: str) -> Matcher:
    """A function that knows the posts which a query means.

    Raises:
        QueryError: The query cannot be read.
    """
    return _matcher(store, read(query))


def _matcher(store: Store, node: Node) -> Matcher:
    if isinstance(node, Term):
        test, value = TESTS[node.operator], node.value.casefold()
        return lambda post: test(store, post, value)
    if isinstance(node, Not):
        part = _matcher(store, node.part)
        return lambda post: not part(post)
    parts = [_matcher(store, each) for each in node.parts]
    if isinstance(node, All):
        return lambda post: all(each(post) for each in parts)
    return lambda post: any(each(post) for each in parts)


def _says(_: Store, post: Post, value: str) -> bool:
    """Whole words, one after the other; what has no letters (an emoji) is found anywhere."""
    text = (post.note or post.text).casefold()
    wanted = WORD.findall(value)
    if not wanted:
        return value in text
    words = WORD.findall(text)
    return any(words[place : place + len(wanted)] == wanted for place in range(len(words) - len(wanted) + 1))


def _is_user(store: Store, user_id: str | None, value: str) -> bool:
    if user_id is None:
        return False
    return value in (user_id, store.users[user_id].username.casefold())


def _from(store: Store, post: Post, value: str) -> bool:
    return _is_user(store, post.author_id, value.removeprefix("@"))


def _to(store: Store, post: Post, value: str) -> bool:
    return _is_user(store, post.in_reply_to_user_id, value.removeprefix("@"))


def _mentions(_: Store, post: Post, value: str) -> bool:
    return any(each["username"].casefold() == value for each in _found(post, "mentions"))


def _tagged(_: Store, post: Post, value: str) -> bool:
    return any(each["tag"].casefold() == value for each in _found(post, "hashtags"))


def _found(post: Post, kind: str) -> list[dict[str, Any]]:
    return (post.note_entities or post.entities).get(kind, [])


def _lang(_: Store, post: Post, value: str) -> bool:
    return post.lang == value


def _conversation(_: Store, post: Post, value: str) -> bool:
    return post.conversation_id == value


def _has(store: Store, post: Post, value: str) -> bool:
    kinds = {store.media[key].type for key in post.media_keys}
    if value == "media":
        return bool(kinds)
    if value in ("images", "videos"):
        return value.removesuffix("s").replace("image", "photo") in kinds
    return bool(_found(post, "urls" if value == "links" else value))


def _is(_: Store, post: Post, value: str) -> bool:
    return any(IS[value] == kind for kind, _ in post.references)


IS = {"reply": "replied_to", "retweet": "retweeted", "quote": "quoted"}
TESTS: Mapping[str, Test] = {
    "word": _says,
    "phrase": _says,
    "from": _from,
    "to": _to,
    "@": _mentions,
    "#": _tagged,
    "lang": _lang,
    "conversation_id": _conversation,
    "has": _has,
    "is": _is,
}
