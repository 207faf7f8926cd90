"""Rules as a set: from any rules to any others with the fewest changes."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping
from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.fakes import sender_over
from tests.stream.scripted import Clock
from xdk_async import AsyncClient, InvalidArgument, models, sandbox
from xdk_async.groups.stream import StreamClient

Rules = dict[str, tuple[str, str | None]]  # id → rule, tag


class RulesX(httpx.AsyncBaseTransport):
    """X's rules: each text once, and no more than so many; refuses what begins with `bad`."""

    def __init__(self, rules: list[tuple[str, str | None]], cap: int = 1000) -> None:
        self.ids = itertools.count(1)
        self.rules: Rules = {str(next(self.ids)): rule for rule in rules}
        self.cap = cap
        self.added: list[str] = []
        self.deleted: list[str] = []
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.method == "GET":
            found = [rule(id, *each) for id, each in self.rules.items()]
            return httpx.Response(200, json={**({"data": found} if found else {}), "meta": {"sent": "now"}})
        body: dict[str, Any] = json.loads(request.content)
        dry = request.url.params.get("dry_run") == "true"
        assert len(body) == 1, "X takes rules to add or rules to delete, not both"
        if "delete" in body:
            for id in body["delete"]["ids"]:
                self.deleted.append(self.rules.pop(id)[0])
            return httpx.Response(200, json={"meta": {"sent": "now"}})
        made: Rules = {}
        errors: list[dict[str, str]] = []
        for each in body["add"]:
            taken = {value for value, _ in (*self.rules.values(), *made.values())}
            if each["value"].startswith("bad"):
                errors.append({"title": "UnprocessableEntity", "detail": "no such operator", "value": each["value"]})
            elif each["value"] in taken:
                errors.append({"title": "DuplicateRule", "value": each["value"]})
            elif len(taken) >= self.cap:
                errors.append({"title": "RulesCapExceeded", "value": each["value"]})
            else:
                made[str(next(self.ids))] = (each["value"], each.get("tag"))
        if not dry:
            self.rules |= made
            self.added += [value for value, _ in made.values()]
        answer = {"data": [rule(id, *each) for id, each in made.items()], "meta": {"sent": "now"}}
        return httpx.Response(201, json={**answer, **({"errors": errors} if errors else {})})

    @property
    def streams(self) -> StreamClient:
        return StreamClient(sender_over(self, Clock()))


def rule(id: str, value: str, tag: str | None) -> dict[str, str]:
    return {"id": id, "value": value, **({} if tag is None else {"tag": tag})}


VALUES = st.sampled_from([f"v{number}" for number in range(8)])
TAGS = st.sampled_from([f"t{number}" for number in range(6)])
PRESENT = st.lists(st.tuples(VALUES, st.none() | TAGS), unique_by=lambda each: each[0])
WANTED = st.dictionaries(TAGS, VALUES).filter(lambda wanted: len(set(wanted.values())) == len(wanted))


@given(PRESENT, WANTED)
def test_from_any_rules_to_any_others_with_the_fewest_changes(
    present: list[tuple[str, str | None]], wanted: dict[str, str]
) -> None:
    asyncio.run(leads_to(present, wanted))


async def leads_to(present: list[tuple[str, str | None]], wanted: dict[str, str]) -> None:
    x = RulesX(present)
    changes = await x.streams.sync_rules(wanted, prune=True)
    assert sorted((tag, value) for value, tag in x.rules.values() if tag) == sorted(wanted.items())
    assert len(x.rules) == len(wanted)
    before = {(tag, value) for value, tag in present}
    assert sorted(x.added) == sorted(value for tag, value in wanted.items() if (tag, value) not in before)
    assert sorted(x.deleted) == sorted(value for tag, value in before if wanted.get(tag or "") != value)
    assert {each.value for each in changes.added} == set(x.added)
    assert all(each.id for each in changes.added)
    again = await x.streams.sync_rules(wanted, prune=True)
    assert not again
    assert len(again.kept) == len(wanted)
    assert x.requests[-1].method == "GET"


@given(PRESENT, WANTED)
def test_rules_with_other_tags_stay(present: list[tuple[str, str | None]], wanted: dict[str, str]) -> None:
    asyncio.run(leaves_others(present, wanted))


async def leaves_others(present: list[tuple[str, str | None]], wanted: dict[str, str]) -> None:
    x = RulesX(present)
    others = {value: tag for value, tag in present if tag not in wanted}
    if set(others) & set(wanted.values()):
        with pytest.raises(InvalidArgument, match="X takes each rule once"):
            await x.streams.sync_rules(wanted)
        assert (x.added, x.deleted) == ([], [])
        return
    await x.streams.sync_rules(wanted)
    found = dict(x.rules.values())
    assert found == {**others, **{value: tag for tag, value in wanted.items()}}
    assert not await x.streams.sync_rules(wanted)


async def test_a_tag_can_be_emptied_and_a_beginning_of_tags_pruned() -> None:
    x = RulesX([("a", "bot/1"), ("b", "bot/2"), ("c", "others"), ("d", None)])
    changes = await x.streams.sync_rules({"bot/1": None})
    assert [each.value for each in changes.deleted] == ["a"]
    await x.streams.sync_rules({"bot/3": "e"}, prune="bot/")
    assert sorted(x.rules.values(), key=str) == [("c", "others"), ("d", None), ("e", "bot/3")]


async def test_a_dry_run_checks_and_changes_nothing() -> None:
    x = RulesX([("a", "t1")])
    changes = await x.streams.sync_rules({"t1": "b", "t2": "c"}, dry_run=True)
    assert [each.value for each in changes.added] == ["b", "c"]
    assert [each.value for each in changes.deleted] == ["a"]
    assert x.rules == {"1": ("a", "t1")}
    with pytest.raises(InvalidArgument, match="'bad:': no such operator"):
        await x.streams.sync_rules({"t1": "bad:"}, dry_run=True)


async def test_a_rule_that_x_refuses_changes_nothing_at_all() -> None:
    x = RulesX([("a", "t1"), ("b", "t2")])
    with pytest.raises(InvalidArgument, match="'bad one'"):
        await x.streams.sync_rules({"t1": "b", "t2": "a", "t3": "bad one"})
    assert x.rules == {"1": ("a", "t1"), "2": ("b", "t2")}


async def test_new_rules_are_there_before_old_ones_go() -> None:
    x = RulesX([("a", "t1"), ("b", "t2")])
    await x.streams.sync_rules({"t1": "c", "t2": "d"})
    kinds = [next(iter(json.loads(each.content))) for each in x.requests if each.method == "POST"]
    assert kinds == ["add", "add", "delete"]  # the first was the check


async def test_many_rules_go_in_batches() -> None:
    x = RulesX([(f"old {number}", f"t{number}") for number in range(250)])
    wanted = {f"t{number}": f"new {number}" for number in range(250)}
    await x.streams.sync_rules(wanted)
    assert {tag: value for value, tag in x.rules.values()} == wanted
    sizes = [
        len(body.get("add") or body["delete"]["ids"])
        for each in x.requests
        if each.method == "POST" and (body := json.loads(each.content))
    ]
    assert sizes == [100, 100, 50] * 3


@pytest.mark.parametrize("wanted", [{"": "a"}, {"t": " "}, {"t": "a", "u": " a "}])
async def test_rules_that_cannot_be_are_refused_before_anything_is_changed(wanted: Mapping[str, str]) -> None:
    x = RulesX([])
    with pytest.raises(InvalidArgument):
        await x.streams.sync_rules(wanted)
    assert [each.method for each in x.requests] == ["GET"]


async def test_rules_without_tags_are_refused_before_anything_is_sent() -> None:
    x, bare = RulesX([]), cast("dict[str, str]", ["from:XDevelopers"])
    with pytest.raises(InvalidArgument, match="rules take tags, as in .* not a bare list"):
        await x.streams.sync_rules(bare)
    assert x.requests == []


async def test_the_local_x_takes_it_too() -> None:
    async with sandbox.serve() as x, AsyncClient(x.url, x.sandbox.app_token) as client:
        await client.stream.update_rules(add=[{"value": "cats", "tag": "others"}])
        changes = await client.stream.sync_rules({"news": "from:XDevelopers", "dogs": "dogs has:images"})
        assert len(changes.added) == 2
        assert not await client.stream.sync_rules({"news": "from:XDevelopers", "dogs": "dogs has:images"})
        changes = await client.stream.sync_rules({"news": "from:XDevelopers"}, prune=True)
        assert sorted(each.value or "" for each in changes.deleted) == ["cats", "dogs has:images"]
        assert [each.tag async for each in client.stream.get_rules().items()] == ["news"]
        with pytest.raises(InvalidArgument, match="X does not take"):
            await client.stream.sync_rules({"broken": "(cats"})


def test_what_changes_is_plain_to_see() -> None:
    from xdk_async import RuleChanges

    assert not RuleChanges()
    assert RuleChanges(added=[models.Rule(value="a")])
