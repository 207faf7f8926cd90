"""What several handlers need: the objects a request names, the time span it covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from xdk_async.sandbox.ask import Ask
from xdk_async.sandbox.problem import finding, invalid, missing, unknown, wrong
from xdk_async.sandbox.record import Post, User

S = TypeVar("S")


def part(value: object, kind: type[S]) -> S | None:
    """A part of a request body: typed as struct or dictionary, always a struct once it is decoded."""
    assert value is None or isinstance(value, kind)
    return value


def user_of(ask: Ask, parameter: str = "id") -> User:
    """The user whom the path names, to be read about."""
    user = ask.store.users.get(ask.path[parameter])
    if user is None:
        raise unknown("user", parameter, ask.path[parameter])
    return user


def post_of(ask: Ask, parameter: str = "id") -> Post:
    """The post that the path names, to be read about."""
    post = ask.store.posts.get(ask.path[parameter])
    if post is None:
        raise unknown("post", parameter, ask.path[parameter])
    return post


def myself(ask: Ask, parameter: str = "id") -> str:
    """The id of the signed-in user, which the path must name."""
    given = ask.path[parameter]
    if given != ask.me:
        message = f"The {parameter} [{given}] is not the signed-in user's, which is [{ask.me}]."
        raise wrong(parameter, given, message)
    return given


def target_user(ask: Ask, parameter: str, id: str) -> User:
    """The user that something is to be done to."""
    user = ask.store.users.get(id)
    if user is None:
        raise missing("user", parameter, id)
    return user


def target_post(ask: Ask, parameter: str, id: str) -> Post:
    """The post that something is to be done to; of a repost, the original."""
    post = ask.store.posts.get(id)
    original = post.refers("retweeted") if post else None
    post = ask.store.posts.get(original) if original else post
    if post is None:
        raise missing("post", parameter, id)
    return post


def spanned(ask: Ask, posts: Iterable[Post]) -> Iterator[Post]:
    """Those of the posts that lie in the span of `start_time`, `end_time`, `since_id` and `until_id`."""
    start, end = ask.time_ms("start_time"), ask.time_ms("end_time")
    if start is not None and end is not None and start >= end:
        together = {name: [ask.query[name]] for name in ("start_time", "end_time")}
        raise invalid([finding("`start_time` is not before `end_time`.", together)])
    since, until = int(ask.query.get("since_id", 0)), int(ask.query.get("until_id", 10**19))
    for post in posts:
        if since < int(post.id) < until and (start is None or start <= post.ms) and (end is None or post.ms < end):
            yield post


def without(ask: Ask, posts: Iterable[Post]) -> Iterator[Post]:
    """The posts without the kinds that `exclude` names."""
    excluded = {{"replies": "replied_to", "retweets": "retweeted"}[name] for name in ask.names("exclude")}
    return (post for post in posts if excluded.isdisjoint(kind for kind, _ in post.references))
