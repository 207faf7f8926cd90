"""What the filtered stream missed, found by searching for each of its rules."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from typing import Any

from xdk_async._core.answer import Page, Streamed
from xdk_async._core.bind import bind
from xdk_async._core.ladder import utc
from xdk_async._core.operation import Call
from xdk_async._core.pages import Pages
from xdk_async._core.sender import Sender
from xdk_async._core.span import INDEXED
from xdk_async.api import models
from xdk_async.api import operations as op

OF_THE_STREAM = ("backfill_minutes", "start_time", "end_time", "partition")


async def searched(
    sender: Sender, call: Call[Streamed[Any]], start: float, end: float
) -> AsyncGenerator[Streamed[models.Post], None]:
    """The posts between two moments that match the rules, oldest first, as the stream would have sent them.

    Every post of the gap is held until the last rule has been searched for: only then is it known which rules it matched.
    """
    clock = sender.transport.clock
    await sender.transport.sleep(max(end + INDEXED - clock(), 0.0))
    found: dict[str, Streamed[models.Post]] = {}
    async for page in Pages(sender, bind(op.STREAM_GET_RULES, {})):
        for rule in page.data:
            async for posts in Pages(sender, search(call, rule, start, end)):
                for event in events(posts, rule):
                    known = found.setdefault(event.data.id or "", event)
                    if known is not event:
                        known.matching_rules.extend(event.matching_rules)
    for id in sorted(found, key=lambda each: int(each) if each.isdecimal() else 0):
        yield found[id]


def search(call: Call[Any], rule: models.Rule, start: float, end: float) -> Call[Page[models.Post]]:
    """The search for one rule, with the stream's own fields and expansions."""
    times = {"start_time": utc(start).replace(microsecond=0), "end_time": utc(end + 1).replace(microsecond=0)}
    asked = bind(op.POSTS_SEARCH_RECENT, {"query": rule.value or "", "max_results": 100, **times})
    kept = {name: value for name, value in call.query if name not in OF_THE_STREAM}
    return asked.with_query(kept)


def events(page: Page[models.Post], rule: models.Rule) -> Iterator[Streamed[models.Post]]:
    for post in page.data:
        yield Streamed(post, page.includes, [models.MatchingRule(id=rule.id, tag=rule.tag)], [])
