"""Every stream: what it tells of, in either vocabulary, in all its partitions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox import catalogue
from tests.sandbox.api import Api, Serve, whole
from tests.sandbox.test_conformance import envelope, key, roomy
from tests.sandbox.test_streams import stream
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.record import Happening, Like, Post
from xdk_async.sandbox.snowflake import snowflake

STREAMS = sorted(name for name, operation in OPERATIONS.items() if operation.streams)
ENOUGH = 20  # as many partitions as there are at the most


def partitions(name: str) -> int:
    return next((param.high or 1 for param in OPERATIONS[name].params if param.name == "partition"), 1)


def post(x: Api, ms: int, number: int, lang: str) -> Post:
    id = str(snowflake(ms, number))
    return Post(id, ms, x.me, f"python {number}", id, lang=lang, history=(id,))


def posts(lang: str = "en") -> Callable[[Api], None]:
    def cause(x: Api) -> None:
        ms = x.sandbox.clock.ms()  # ids in a row, so that each partition gets one
        for number in range(ENOUGH):
            x.sandbox.publish(post(x, ms, number, lang))

    return cause


def likes(x: Api) -> None:
    for number, id in enumerate([*x.store.posts][-200:]):
        happening: Happening = Like(f"{x.me}_{id}", x.sandbox.clock.ms() + number, x.me, id)
        x.sandbox.publish(happening)


async def deleted(x: Api) -> None:
    for number in range(12):
        await x.do("DELETE", f"/2/tweets/{await x.say(f'number {number}')}")
    first = await x.say("one")
    await x.say("two", edit_options={"previous_post_id": first})


async def unliked(x: Api) -> None:
    id = next(iter(x.store.posts))
    await x.do("POST", f"/2/users/{x.me}/likes", {"tweet_id": id})
    await x.do("DELETE", f"/2/users/{x.me}/likes/{id}")


def changed(x: Api) -> None:
    for user in [*x.store.users]:
        x.sandbox.update_user(user, description="new", protected=True)


def labelled(x: Api) -> None:
    x.sandbox.label_post(next(iter(x.store.posts)), "Careful", "It may not be so.")


async def active(x: Api) -> None:
    wanted = {"event_type": "post.create", "filter": {"user_id": x.me}, "tag": "t"}
    await x.do("POST", "/2/activity/subscriptions", wanted)
    await x.say("python")


CAUSES: dict[str, Callable[[Api], Any]] = {
    "stream.activity": active,
    "stream.posts": posts(),
    "stream.posts_sample": posts(),
    "stream.posts_sample10": posts(),
    "stream.posts_firehose": posts(),
    **{f"stream.posts_firehose_{lang}": posts(lang) for lang in ("en", "ja", "ko", "pt")},
    "stream.likes_firehose": likes,
    "stream.likes_sample10": likes,
    "stream.posts_compliance": deleted,
    "stream.users_compliance": changed,
    "stream.likes_compliance": unliked,
    "stream.labels_compliance": labelled,
}


@pytest.mark.parametrize("version", [catalogue.OLDER, catalogue.NEWER])
@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_tells_what_the_catalogue_says(served: Serve, name: str, version: str) -> None:
    operation = OPERATIONS[name]
    chosen = {each: ",".join(values) for each, values in catalogue.choices(key(operation), version).items()}
    if version == catalogue.NEWER:  # on these paths it knows no parameter for fields but the older one: ask for none
        chosen = {"expansions": "author_id"} if "author_id" in chosen.get("expansions", "").split(",") else {}
    if partitions(name) > 1:
        chosen["partition"] = "1"
    async with served(roomy(vocabulary=version)) as x:
        await x.rules("python")
        async with stream(x, operation.path, **chosen) as lines:
            done = CAUSES[name](x)
            if done is not None:
                await done
            line = await lines.next()
    whole(line, envelope(operation.answer()))
    body = json.loads(line)
    assert body["data"]
    assert catalogue.misfits(key(operation), version, body) == []


def expected(x: Api, name: str) -> list[Happening]:
    """All that a stream tells of, in all partitions."""
    if name.endswith("compliance"):
        return [notice for notice in x.store.notices if notice.stream == name]
    if name.startswith("stream.likes"):
        return [*x.store.liked.values()]
    return [each for each in x.store.posts.values() if "firehose_" not in name or name.endswith(each.lang)]


@pytest.mark.parametrize("name", [name for name in STREAMS if partitions(name) > 1])
async def test_the_partitions_hold_everything_once(served: Serve, name: str) -> None:
    """What was missed comes at once, so that a short look at each partition is enough."""
    async with served(roomy()) as x:
        done = CAUSES[name](x)
        if done is not None:
            await done
        recent = [each for each in expected(x, name) if each.ms >= x.sandbox.clock.ms() - 60_000]
        told = 0
        for number in range(1, partitions(name) + 1):
            query = {"partition": str(number), "backfill_minutes": 1}
            async with stream(x, OPERATIONS[name].path, **query) as lines:
                [connection] = x.sandbox.hub.connections
                connection.end()
                told += (await lines.rest()).count(b"\r\n")
        assert told == len(recent) > 0
