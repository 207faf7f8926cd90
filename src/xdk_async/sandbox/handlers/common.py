"""What several handlers need: the objects a request names, the time span it covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from xdk_async.sandbox.ask import Ask, Reply
from xdk_async.sandbox.problem import Refusal, finding, invalid, missing, not_authorized, unknown, wrong
from xdk_async.sandbox.record import Post, User
from xdk_async.sandbox.shape import page

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
    if not may_see(ask, post):
        raise hidden("post", parameter, post.id)
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
    if not may_see(ask, post) or ask.store.blocks.has(post.author_id, ask.me):
        raise Refusal(403, {**not_authorized("post", parameter, id), "status": 403})
    return post


def users_page(ask: Ask, ids: Iterable[str], size: int = 100) -> Reply:
    """A page of users."""
    return page(ask, "user", (ask.store.users[id] for id in ids), size)


def posts_page(ask: Ask, ids: Iterable[str], size: int) -> Reply:
    """A page of posts, of those that the caller may see."""
    found = (ask.store.posts[id] for id in ids)
    return page(ask, "post", (post for post in found if may_see(ask, post)), size)


def may_see(ask: Ask, post: Post) -> bool:
    """Whether the caller may see a post: what a protected user writes is for the followers."""
    return ask.store.may_see(ask.me, post)


def hidden(kind: str, parameter: str, value: str) -> Refusal:
    """The answer to a question about what only followers may see."""
    return Refusal(200, {"errors": [not_authorized(kind, parameter, value)]})


def shown_posts(ask: Ask) -> Iterator[Post]:
    """The posts that the caller may come across, newest first."""
    return (post for post in ask.store.newest_first() if not post.nullcast and may_see(ask, post))


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
