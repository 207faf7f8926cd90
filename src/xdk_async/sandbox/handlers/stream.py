"""Streams of posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY, MINUTE
from xdk_async.sandbox.hub import HEARTBEAT, Connection, Flow
from xdk_async.sandbox.match import matcher
from xdk_async.sandbox.problem import refusal, wrong
from xdk_async.sandbox.record import Post, Rule
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.vocabulary import older

MOST = {"stream.posts": 1}  # connections of one app at a time; the sandbox does not limit the others


@handles("stream.posts")
def posts(ask: Ask) -> Flow:
    """Posts that match a rule, as they are written."""
    _room(ask)
    if not ask.store.rules:
        detail = "The stream has no rules; add one before connecting."
        issue = "RuleConfigurationIssue"
        raise refusal(409, "streaming-connection", "ConnectionException", detail, connection_issue=issue)
    return _flow(ask, lambda post: _matching(ask.store, post) or None)


def _matching(store: Store, post: Post) -> list[Rule]:
    return [rule for rule in store.rules.values() if matcher(rule.value)(store, post)]


@handles("stream.posts_sample")
def posts_sample(ask: Ask) -> Flow:
    """Every post: where so few are written, one in a hundred would be none."""
    return _flow(ask, lambda _: [])


@handles("stream.posts_sample10")
def posts_sample10(ask: Ask) -> Flow:
    """Every post too, half of them in each partition."""
    partition = ask.number("partition", 1)
    return _flow(ask, lambda post: [] if int(post.id) % 2 == partition - 1 else None)


def _room(ask: Ask) -> None:
    most = MOST[ask.operation.name]
    if ask.sandbox.hub.count(ask.operation.name, ask.caller.token) >= most:
        detail = f"This app has its {most} connection to the stream open already."
        issue = "TooManyConnections"
        raise refusal(429, "streaming-connection", "ConnectionException", detail, connection_issue=issue)


def _flow(ask: Ask, rules: Callable[[Post], list[Rule] | None]) -> Flow:
    """The stream of the posts for which `rules` gives those that match, or an empty list; None keeps a post out."""

    def line(post: Post) -> bytes | None:
        matching = rules(post)
        return None if matching is None else _line(ask, post, matching)

    past = [*_past(ask)]
    return Flow(ask.sandbox.hub, Connection(ask.operation.name, ask.caller.token, line), past)


def _line(ask: Ask, post: Post, matching: list[Rule]) -> bytes:
    ask.count_reads(1)
    view = ask.view()
    data = view.show("post", post)
    body: dict[str, Any] = Reply(data, view.includes(), view.errors).body()
    if matching:
        body["matching_rules"] = [
            {"id": rule.id, **({"tag": rule.tag} if rule.tag is not None else {})} for rule in matching
        ]
    if ask.selection.vocabulary == "2.166":
        body = older(body)
    return msgspec.json.encode(body) + HEARTBEAT


def _past(ask: Ask) -> Iterator[Post]:
    """What was missed and is asked for: the last minutes, or a span of the last day; then the stream goes on."""
    start, end = ask.time_ms("start_time"), ask.time_ms("end_time")
    minutes = ask.number("backfill_minutes", 0)
    if start is not None and start < ask.now_ms - DAY:
        raise wrong("start_time", ask.query["start_time"], "A stream goes back one day at the most.")
    if start is None and not minutes:
        return
    since = start if start is not None else ask.now_ms - minutes * MINUTE
    for post in ask.store.posts.values():
        if since <= post.ms and (end is None or post.ms < end):
            yield post
