"""Trends: the hashtags of the last day, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY
from xdk_async.sandbox.handlers.common import shown_posts
from xdk_async.sandbox.operator import found
from xdk_async.sandbox.problem import unknown
from xdk_async.sandbox.record import Post

WHERE: dict[str, str | None] = {  # Yahoo's ids of places → the country of posts; None: everywhere
    "1": None,
    "23424925": "PT",
    "742676": "PT",
    "23424750": "AT",
    "548083": "AT",
    "23424801": "EC",
    "375732": "EC",
    "23424856": "JP",
    "15015370": "JP",
    "23424977": "US",
    "2459115": "US",
}


@handles("trends.get_by_woeid")
def get_trends(ask: Ask) -> Reply:
    """What is talked of in a place, most first."""
    woeid = ask.path["woeid"]
    if woeid not in WHERE:
        raise unknown("trend", "woeid", woeid)
    country = WHERE[woeid]
    posts = (post for post in _today(ask) if country is None or _country(ask, post) in (country, None))
    trends = _counted(posts).most_common(ask.number("max_trends", 20))
    names = ask.selection.names("trend")
    told = ({"trend_name": f"#{tag}", "tweet_count": count} for tag, count in trends)
    return Reply([{name: value for name, value in each.items() if name in names} for each in told])


@handles("trends.get_personalized")
def get_personalized(ask: Ask) -> Reply:
    """What those talk of whom the signed-in user follows."""
    followed = {ask.me, *ask.store.follows.of(ask.me)}
    posts = [post for post in _today(ask) if post.author_id in followed]
    topics = {tag["tag"].lower(): post.topic for post in posts for tag in found(post, "hashtags")}
    names = ask.selection.names("personalized_trend")
    told = (
        {
            "category": topics[tag] or "Trending",
            "post_count": str(count),
            "trend_name": f"#{tag}",
            "trending_since": "Trending now",
        }
        for tag, count in _counted(posts).most_common(20)
    )
    return Reply([{name: value for name, value in each.items() if name in names} for each in told])


def _today(ask: Ask) -> Iterable[Post]:
    return (post for post in shown_posts(ask) if post.ms >= ask.now_ms - DAY)


def _country(ask: Ask, post: Post) -> str | None:
    place = ask.store.places.get(post.place_id or "")
    return place.country_code if place else None


def _counted(posts: Iterable[Post]) -> Counter[str]:
    return Counter(tag["tag"].lower() for post in posts for tag in found(post, "hashtags"))
