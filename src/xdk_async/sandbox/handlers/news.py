"""News: stories that many posts are about."""

from __future__ import annotations

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import HOUR
from xdk_async.sandbox.shape import one, whole_list


@handles("news.get")
def get_story(ask: Ask) -> Reply:
    """A story by id."""
    return one(ask, "news", ask.store.news.get(ask.path["id"]), "id", ask.path["id"])


@handles("news.search")
def search(ask: Ask) -> Reply:
    """Stories of the last week, or of `max_age_hours`, in which the query occurs; newest first."""
    wanted = ask.query["query"].casefold()
    since = ask.now_ms - ask.number("max_age_hours", 168) * HOUR
    stories = sorted(ask.store.news.values(), key=lambda each: each.updated_ms, reverse=True)
    found = [
        each
        for each in stories
        if each.updated_ms >= since and wanted in "\n".join((each.name, each.summary, *each.keywords)).casefold()
    ]
    return whole_list(ask, "news", found[: ask.number("max_results", 10)])
