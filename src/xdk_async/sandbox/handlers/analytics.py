"""How posts and media of the signed-in user were received, over time.

What the sandbox knows (likes, replies, quotes, reposts) is counted; what nobody does here (clicks, views) is invented
by the seed, the same numbers at every call.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY, HOUR, iso
from xdk_async.sandbox.problem import finding, invalid, not_authorized, not_found, wrong
from xdk_async.sandbox.record import Media, Post

MOST = 2000  # parts of a span
STEPS = {"hourly": HOUR, "daily": DAY, "weekly": 7 * DAY}
INVENTED = {  # metric → its share of the impressions
    "app_install_attempts": 0.001,
    "app_opens": 0.002,
    "detail_expands": 0.05,
    "email_tweet": 0.001,
    "follows": 0.003,
    "hashtag_clicks": 0.01,
    "media_views": 0.2,
    "permalink_clicks": 0.01,
    "shares": 0.005,
    "unfollows": 0.001,
    "unlikes": 0.001,
    "url_clicks": 0.03,
    "user_profile_clicks": 0.02,
}
ONLY_NEWER = {"bookmarks", "shares", "unfollows", "unlikes"}  # metrics that 2.166 does not have
ENGAGEMENTS = ("likes", "replies", "retweets", "quote_tweets", "bookmarks", "url_clicks", "user_profile_clicks")
WATCHED = {  # the same of media
    "cta_url_clicks": 0.01,
    "cta_watch_clicks": 0.01,
    "play_from_tap": 0.1,
    "playback25": 0.6,
    "playback50": 0.4,
    "playback75": 0.3,
    "playback_complete": 0.2,
    "playback_start": 0.9,
}


@handles("posts.get_analytics")
def get_posts(ask: Ask) -> Reply:
    """Numbers of own posts."""
    return _answer(ask, "analytics", "post", ask.names("ids"), "ids", ask.store.posts.get, _of_post)


@handles("media.get_analytics")
def get_media(ask: Ask) -> Reply:
    """Numbers of media in own posts."""
    return _answer(
        ask, "media_analytics", "media", ask.names("media_keys"), "media_keys", ask.store.media.get, _of_media
    )


def _answer(
    ask: Ask,
    kind: str,
    resource: str,
    asked: Iterable[str],
    parameter: str,
    find: Callable[[str], Any],
    metrics: Callable[[Ask, Any, int, int], dict[str, int]],
) -> Reply:
    spans = _spans(ask)
    names = ask.selection.names(kind)
    identity = "id" if kind == "analytics" else "media_key"
    data: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    own = {key for post in ask.store.posts_by(ask.me) for key in (post.id, *post.media_keys)}
    own |= {upload.key for upload in ask.store.uploads.values() if upload.owner_id == ask.me}
    for id in asked:
        record = find(id)
        if record is None or id not in own:
            make = not_found if record is None else not_authorized
            errors.append(make(resource, parameter, id))
            continue
        counted = [(start, metrics(ask, record, start, end)) for start, end in spans]
        data.append(_shown(identity, id, counted, names, ask.selection.vocabulary == "2.166"))
    return Reply(data, errors=errors)


def _shown(
    identity: str, id: str, counted: list[tuple[int, dict[str, int]]], names: frozenset[str], older: bool
) -> dict[str, Any]:
    """The metrics asked for, or all of them: as sums, and over time where that is asked for or there is no other way."""
    known = counted[0][1].keys() - (ONLY_NEWER if older else set())
    chosen = names & known or known
    shown: dict[str, Any] = {identity: id}
    if not older and names & known:
        shown |= {name: sum(each[name] for _, each in counted) for name in sorted(chosen)}
    if not older and "timestamp" in names:
        shown["timestamp"] = iso(counted[0][0])
    if older or "timestamped_metrics" in names:
        shown["timestamped_metrics"] = [
            {"timestamp": iso(start), "metrics": {name: each[name] for name in sorted(chosen)}}
            for start, each in counted
        ]
    return shown


def _spans(ask: Ask) -> list[tuple[int, int]]:
    start, end = ask.time_ms("start_time"), ask.time_ms("end_time")
    assert start is not None
    assert end is not None
    if start >= end:
        together = {name: [ask.query[name]] for name in ("start_time", "end_time")}
        raise invalid([finding("`start_time` is not before `end_time`.", together)])
    granularity = ask.query.get("granularity", "total")
    step = STEPS.get(granularity, end - start)
    if (end - start) // step > MOST:
        raise wrong("granularity", granularity, f"The span has more than {MOST} parts of this length.")
    return [*pairwise([*range(start, end, step), end])]


def _of_post(ask: Ask, post: Post, start: int, end: int) -> dict[str, int]:
    store = ask.store
    impressions = _share(ask, post.ms, post.impressions, start, end)
    likes = [store.liked[f"{user}_{post.id}"] for user in store.likes.to(post.id)]
    told = {
        "impressions": impressions,
        "likes": sum(start <= like.ms < end for like in likes),
        "bookmarks": store.bookmarks.count_to(post.id) if start <= post.ms < end else 0,
        **{
            name: sum(start <= store.posts[id].ms < end for id in store.referring(kind, post.id))
            for name, kind in _REFERRING.items()
        },
        **_invented(ask, post.id, INVENTED, impressions, start),
    }
    return {**told, "engagements": sum(told[name] for name in ENGAGEMENTS)}


_REFERRING: Mapping[str, Any] = {"replies": "replied_to", "retweets": "retweeted", "quote_tweets": "quoted"}


def _of_media(ask: Ask, media: Media, start: int, end: int) -> dict[str, int]:
    shown = [post.ms for post in ask.store.posts_by(ask.me) if media.key in post.media_keys]
    uploaded = [each.created_ms for each in ask.store.uploads.values() if each.key == media.key]
    views = _share(ask, (shown or uploaded)[0], media.views, start, end)
    seconds = (media.duration_ms or 0) // 2
    return {"video_views": views, "watch_time_ms": views * seconds, **_invented(ask, media.key, WATCHED, views, start)}


def _share(ask: Ask, born_ms: int, total: int, start: int, end: int) -> int:
    """The part of a total that falls into a span: half of what is left comes every day after the beginning."""

    def until(ms: int) -> int:
        left: float = 0.5 ** (max(ms - born_ms, 0) / DAY)
        return round(total * (1 - left))

    return until(min(end, ask.now_ms)) - until(min(start, ask.now_ms))


def _invented(ask: Ask, key: str, shares: Mapping[str, float], total: int, start: int) -> dict[str, int]:
    rng = random.Random(f"{ask.sandbox.seed} {key} {start}")
    return {name: round(total * share * rng.uniform(0.5, 1.5)) for name, share in shares.items()}
