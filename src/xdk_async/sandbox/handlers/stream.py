"""Streams of posts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY, MINUTE
from xdk_async.sandbox.hub import HEARTBEAT, Connection, Flow
from xdk_async.sandbox.match import matcher
from xdk_async.sandbox.problem import refusal, wrong
from xdk_async.sandbox.record import Happening, Post, Rule, Session
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.vocabulary import older

MOST = {"stream.posts": 1}  # connections of one app at a time; the sandbox does not limit the others
LANGUAGES = ("en", "ja", "ko", "pt")
Line: TypeAlias = Callable[[Happening], "dict[str, Any] | None"]


@handles("stream.posts")
def posts(ask: Ask) -> Flow:
    """Posts that match a rule, as they are written."""
    _room(ask)
    if not ask.store.rules:
        detail = "The stream has no rules; add one before connecting."
        issue = "RuleConfigurationIssue"
        raise refusal(409, "streaming-connection", "ConnectionException", detail, connection_issue=issue)
    return _posts(ask, lambda post: _matching(ask.store, post) or None)


def _matching(store: Store, post: Post) -> list[Rule]:
    return [rule for rule in store.rules.values() if matcher(rule.value)(store, post)]


@handles("stream.posts_sample")
def posts_sample(ask: Ask) -> Flow:
    """Every post: where so few are written, one in a hundred would be none."""
    return _posts(ask, lambda _: [])


@handles("stream.posts_sample10")
def posts_sample10(ask: Ask) -> Flow:
    """Every post too, half of them in each partition."""
    return _posts(ask, lambda post: [] if in_partition(ask, 2, post.id) else None)


@handles("stream.posts_firehose")
def posts_firehose(ask: Ask) -> Flow:
    """Every post, a twentieth of them in each partition."""
    return _posts(ask, lambda post: [] if in_partition(ask, 20, post.id) else None)


def _in_language(lang: str, partitions: int) -> Callable[[Ask], Flow]:
    def firehose(ask: Ask) -> Flow:
        return _posts(ask, lambda post: [] if post.lang == lang and in_partition(ask, partitions, post.id) else None)

    return firehose


for _lang in LANGUAGES:
    handles(f"stream.posts_firehose_{_lang}")(_in_language(_lang, 8 if _lang == "en" else 2))


def in_partition(ask: Ask, partitions: int, id: str) -> bool:
    """Whether what has that id is in the partition that the request names; every id is in exactly one."""
    return int(id) % partitions == ask.number("partition", 1) - 1


def _room(ask: Ask) -> None:
    most = MOST[ask.operation.name]
    if ask.sandbox.hub.count(ask.operation.name, ask.caller.token) >= most:
        detail = f"This app has its {most} connection to the stream open already."
        issue = "TooManyConnections"
        raise refusal(429, "streaming-connection", "ConnectionException", detail, connection_issue=issue)


def _posts(ask: Ask, rules: Callable[[Post], list[Rule] | None]) -> Flow:
    """The stream of the posts for which `rules` gives those that match, or an empty list; None keeps a post out."""

    def line(happening: Happening) -> dict[str, Any] | None:
        if not isinstance(happening, Post) or happening.nullcast or ask.store.users[happening.author_id].protected:
            return None
        matching = rules(happening)
        return None if matching is None else _line(ask, happening, matching)

    return flow(ask, line, ask.store.posts.values())


def flow(ask: Ask, line: Line, kept: Iterable[Happening]) -> Flow:
    """The stream of what `line` makes of each happening; `kept` are those of the past, oldest first."""

    def encoded(happening: Happening) -> bytes | None:
        body = line(happening)
        if body is None:
            return None
        ask.sandbox.meter.deliver(ask.operation, body)
        return msgspec.json.encode(body) + HEARTBEAT

    past = [*_past(ask, kept)]
    session = Session(ask.sandbox.uuid(), ask.operation.name, ask.client_ip, ask.now_ms)
    ask.store.sessions[session.id] = session
    return Flow(ask.sandbox.hub, Connection(ask.operation.name, ask.caller.token, session, encoded), past)


def _line(ask: Ask, post: Post, matching: list[Rule]) -> dict[str, Any]:
    ask.count_reads(1)
    view = ask.view()
    data = view.show("post", post)
    body: dict[str, Any] = Reply(data, view.includes(), view.errors).body()
    if matching:
        body["matching_rules"] = [
            {"id": rule.id, **({"tag": rule.tag} if rule.tag is not None else {})} for rule in matching
        ]
    return older(body) if ask.selection.vocabulary == "2.166" else body


def _past(ask: Ask, kept: Iterable[Happening]) -> Iterator[Happening]:
    """What was missed and is asked for: the last minutes, or a span of the last day; then the stream goes on."""
    start, end = ask.time_ms("start_time"), ask.time_ms("end_time")
    minutes = ask.number("backfill_minutes", 0)
    if start is not None and start < ask.now_ms - DAY:
        raise wrong("start_time", ask.query["start_time"], "A stream goes back one day at the most.")
    if start is None and not minutes:
        return
    since = start if start is not None else ask.now_ms - minutes * MINUTE
    for happening in kept:
        if since <= happening.ms and (end is None or happening.ms < end):
            yield happening
