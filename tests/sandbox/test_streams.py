"""Rules, and the streams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.sandbox.api import Api, Serve, whole
from xdk_async.api import models
from xdk_async.sandbox import Sandbox

STREAM = "/2/tweets/search/stream"
RULES = f"{STREAM}/rules"
SAMPLE = "/2/tweets/sample/stream"


class Lines:
    """The lines of an open stream, heartbeats as empty ones."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._chunks = response.aiter_raw()
        self._rest = b""

    async def next(self) -> bytes:
        async with asyncio.timeout(5):
            while b"\r\n" not in self._rest:
                self._rest += await anext(self._chunks)
        line, _, self._rest = self._rest.partition(b"\r\n")
        return line

    async def rest(self) -> bytes:
        """All that comes until the stream ends."""
        async with asyncio.timeout(5):
            return self._rest + b"".join([chunk async for chunk in self._chunks])

    async def post(self) -> dict[str, Any]:
        while not (line := await self.next()):
            pass
        told: dict[str, Any] = json.loads(line)
        return told


@asynccontextmanager
async def stream(x: Api, path: str = STREAM, **query: Any) -> AsyncGenerator[Lines, None]:
    params = {name.replace("_fields", ".fields"): value for name, value in query.items()}
    async with x.client.stream("GET", path, params=params, headers=x.headers(), timeout=5) as response:
        assert response.status_code == 200, await response.aread()
        yield Lines(response)


async def test_rules_are_added_listed_counted_and_deleted(x: Api) -> None:
    body = {"add": [{"value": "python has:links", "tag": "p"}, {"value": "from:sandbox"}]}
    answer = await x.call("POST", RULES, body)
    made = whole(answer, models.Envelope[list[models.Rule]])
    assert [(rule.value, rule.tag) for rule in made.data or ()] == [("python has:links", "p"), ("from:sandbox", None)]
    assert answer.json()["meta"]["summary"] == {"created": 2, "not_created": 0, "valid": 2, "invalid": 0}
    ids = [rule.id or "" for rule in made.data or ()]
    assert [rule["id"] for rule in (await x.json(RULES))["data"]] == ids
    assert [rule["id"] for rule in (await x.json(RULES, ids=ids[1]))["data"]] == ids[1:]
    first = await x.json(RULES, max_results=1)
    assert [
        rule["id"]
        for rule in (await x.json(RULES, max_results=1, pagination_token=first["meta"]["next_token"]))["data"]
    ] == ids[1:]
    counts = whole(await x.get(f"{RULES}/counts"), models.Envelope[models.RulesCount]).data
    assert counts
    assert counts.project_rules_count == "2"
    gone = (await x.call("POST", RULES, {"delete": {"ids": [ids[0], "1"]}})).json()
    assert gone["meta"]["summary"] == {"deleted": 1, "not_deleted": 1}
    assert gone["errors"][0]["value"] == "1"
    gone = (await x.call("POST", RULES, {"delete": {"values": ["from:sandbox"]}})).json()
    assert gone["meta"]["summary"] == {"deleted": 1, "not_deleted": 0}
    assert "data" not in await x.json(RULES)


async def test_all_rules_can_go_at_once(x: Api) -> None:
    await x.rules("a", "b", "c")
    answer = await x.call("POST", RULES, delete_all="true")
    assert answer.json()["meta"]["summary"] == {"deleted": 3, "not_deleted": 0}
    assert not x.store.rules


async def test_a_dry_run_changes_nothing(x: Api) -> None:
    told = await x.rules("python", dry_run="true")
    assert told["meta"]["summary"]["created"] == 1
    assert not x.store.rules
    await x.rules("python")
    await x.call("POST", RULES, {"delete": {"values": ["python"]}}, dry_run="true")
    assert len(x.store.rules) == 1


async def test_duplicates_and_malformed_rules_are_reported_beside_the_good_ones(x: Api) -> None:
    [kept] = (await x.rules("python"))["data"]
    answer = await x.call(
        "POST", RULES, {"add": [{"value": v} for v in ("python", "coffee", "near:graz", "coffee", "x" * 1025)]}
    )
    told = whole(answer, models.Envelope[list[models.Rule]])
    assert [rule.value for rule in told.data or ()] == ["coffee"]
    kinds = [(each.type or "").rsplit("/", 1)[1] for each in told.errors or ()]
    assert kinds == ["duplicate-rules", "invalid-rules", "duplicate-rules", "invalid-rules"]
    assert (told.errors or [])[0].id == kept["id"]
    assert answer.json()["meta"]["summary"] == {"created": 1, "not_created": 4, "valid": 3, "invalid": 2}


async def test_there_are_a_thousand_rules_at_the_most(x: Api) -> None:
    told = await x.rules(*(f"word{number}" for number in range(1001)))
    assert told["meta"]["summary"] == {"created": 1000, "not_created": 1, "valid": 1001, "invalid": 0}
    assert told["errors"][0]["type"].endswith("/rule-cap")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"add": []},
        {"add": [{"value": "a"}], "delete": {"ids": ["1"]}},
        {"delete": {}},
        {"delete": {"ids": ["1"], "values": ["a"]}},
    ],
)
async def test_an_update_that_is_not_one_thing_is_refused(x: Api, body: dict[str, Any]) -> None:
    assert (await x.call("POST", RULES, body)).status_code == 400


async def test_without_rules_there_is_no_stream(x: Api) -> None:
    answer = await x.get(STREAM)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/streaming-connection")


async def test_a_post_that_matches_arrives_at_once_with_its_rules(x: Api) -> None:
    told = await x.rules("python", "from:sandbox", "coffee")
    ids = [rule["id"] for rule in told["data"]]
    async with stream(x, expansions="author_id") as lines:
        assert lines.response.headers["content-type"] == "application/json; charset=utf-8"
        id = await x.say("Python \u2028 at last \u0085!")
        line = await lines.next()
    event = whole(line, models.Envelope[models.Post])
    assert event.data
    assert (event.data.id, event.data.text, event.data.author_id) == (id, "Python \u2028 at last \u0085!", x.me)
    assert "\u2028".encode() in line, "raw, as X sends it"
    assert [rule.id for rule in event.matching_rules or ()] == ids[:2]


async def test_what_matches_no_rule_does_not_arrive(x: Api) -> None:
    await x.rules("python -is:retweet")
    async with stream(x) as lines:
        await x.say("coffee")
        wanted = await x.say("python")
        assert (await lines.post())["data"]["id"] == wanted


async def test_rules_that_change_work_on_open_streams(x: Api) -> None:
    await x.rules("python")
    async with stream(x) as lines:
        await x.call("POST", RULES, {"delete": {"values": ["python"]}})
        await x.rules("coffee")
        await x.say("python")
        wanted = await x.say("coffee")
        assert (await lines.post())["data"]["id"] == wanted


@pytest.mark.parametrize(
    ("query", "word"),
    [({"tweet_fields": "created_at"}, "edit_history_tweet_ids"), ({"expansions": "author_id"}, "author_id")],
)
async def test_a_stream_speaks_the_words_it_was_asked_in(x: Api, query: dict[str, str], word: str) -> None:
    await x.rules("python")
    async with stream(x, **query) as lines:
        await x.say("python")
        data = (await lines.post())["data"]
    assert word in data
    assert ("edit_history_tweet_ids" in data) is ("tweet_fields" in query)


async def test_an_app_has_one_connection_and_leaving_it_frees_it_at_once(x: Api) -> None:
    await x.rules("python")
    for _ in range(10):
        async with stream(x):
            second = await x.get(STREAM)
            assert second.status_code == 429
            assert second.json()["connection_issue"] == "TooManyConnections"
            assert second.json()["type"].endswith("/streaming-connection")


async def test_heartbeats_come_while_nothing_happens(served: Serve) -> None:
    async with served(Sandbox(heartbeat=0.02)) as x, stream(x, SAMPLE) as lines:
        assert [await lines.next() for _ in range(3)] == [b"", b"", b""]


async def test_invented_traffic_flows_while_somebody_listens(served: Serve) -> None:
    async with served(Sandbox(traffic=200)) as x:
        before = len(x.store.posts)
        await asyncio.sleep(0.05)
        assert len(x.store.posts) == before
        async with stream(x, SAMPLE) as lines:
            seen = [(await lines.post())["data"] for _ in range(3)]
        assert [post["id"] for post in seen] == [*x.store.posts][before : before + 3]
        await asyncio.sleep(0.02)
        after = len(x.store.posts)
        await asyncio.sleep(0.05)
        assert len(x.store.posts) == after


async def test_the_partitions_of_a_sample_hold_everything_once(x: Api) -> None:
    path = "/2/tweets/sample10/stream"
    async with stream(x, path, partition=1) as one, stream(x, path, partition=2) as two:
        made = [await x.say(f"number {number}") for number in range(20)]
        halves = [[id for id in made if int(id) % 2 == rest] for rest in (0, 1)]
        for lines, half in ((one, halves[0]), (two, halves[1])):
            assert [(await lines.post())["data"]["id"] for _ in half] == half


async def test_missed_posts_are_sent_on_request(x: Api) -> None:
    await x.rules("xyzzy")
    missed = await x.say("xyzzy one")
    async with stream(x, backfill_minutes=1) as lines:
        live = await x.say("xyzzy two")
        assert [(await lines.post())["data"]["id"] for _ in range(2)] == [missed, live]
    await asyncio.sleep(0)
    late = await x.get(STREAM, start_time="2020-01-01T00:00:00Z")
    assert late.status_code == 400


async def test_a_reader_that_is_too_slow_is_cut_off(x: Api) -> None:
    async with stream(x, SAMPLE) as lines:
        [connection] = x.sandbox.hub.connections
        for _ in range(1001):  # within one turn of the event loop: nothing is read meanwhile
            connection.put(b"{}\r\n")
        ended = b"".join([chunk async for chunk in lines.response.aiter_raw()])
    assert ended.count(b"{}\r\n") == 999
