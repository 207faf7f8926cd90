"""Search for posts."""

from __future__ import annotations

from collections.abc import Iterator

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY, iso
from xdk_async.sandbox.handlers.common import shown_posts, spanned
from xdk_async.sandbox.match import matcher
from xdk_async.sandbox.problem import wrong
from xdk_async.sandbox.query import QueryError
from xdk_async.sandbox.record import Post
from xdk_async.sandbox.shape import page

RECENT_MS = 7 * DAY
FIRST_MS = 1_142_899_200_000  # 2006-03-21, the day of the first post on X
LONGEST = 4096


@handles("posts.search_recent")
def search_recent(ask: Ask) -> Reply:
    """Posts of the last seven days."""
    return _search(ask, recent_start(ask))


@handles("posts.search_all")
def search_all(ask: Ask) -> Reply:
    """All posts."""
    return _search(ask, first_start(ask))


def _search(ask: Ask, since_ms: int) -> Reply:
    posts = [*spanned(ask, found(ask, since_ms))]
    if ask.query.get("sort_order") == "relevancy":
        posts.sort(key=lambda post: _weight(ask, post), reverse=True)
    return page(ask, "post", posts, 10, ends=True)


def found(ask: Ask, since_ms: int) -> Iterator[Post]:
    """Posts that match the request's query, newest first."""
    query = ask.query["query"]
    if len(query) > LONGEST:
        raise wrong("query", query, f"The query has {len(query)} characters of {LONGEST}.")
    try:
        matches = matcher(query)
    except QueryError as error:
        raise wrong("query", query, str(error)) from None
    return (post for post in shown_posts(ask) if post.ms >= since_ms and matches(ask.store, post))


def recent_start(ask: Ask) -> int:
    """Where the last seven days begin; times before that are refused, as by X."""
    return _earliest(ask, ask.now_ms - RECENT_MS)


def first_start(ask: Ask) -> int:
    """Where all posts begin."""
    return _earliest(ask, FIRST_MS)


def _earliest(ask: Ask, earliest: int) -> int:
    for name in ("start_time", "end_time"):
        given = ask.time_ms(name)
        if given is not None and given < earliest:
            message = f"The {name} [{ask.query[name]}] is too long ago; the earliest is {iso(earliest)}."
            raise wrong(name, ask.query[name], message)
    return earliest


def _weight(ask: Ask, post: Post) -> int:
    store = ask.store
    return store.likes.count_to(post.id) + 2 * store.count_referring("retweeted", post.id)
