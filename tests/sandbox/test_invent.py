"""Answers that are made up fit their type, and are the same every time."""

from __future__ import annotations

import random
from typing import Any, get_args

import msgspec
import pytest

from tests.sandbox.api import Api, whole
from tests.sandbox.test_conformance import envelope
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.handlers import HANDLERS
from xdk_async.sandbox.invent import invent

TYPED = [
    name
    for name, operation in OPERATIONS.items()
    if get_args(operation.answer()) and not operation.streams and not operation.whole
]


@pytest.mark.parametrize("name", TYPED)
def test_what_is_made_up_decodes_as_the_answer_of_any_operation(name: str) -> None:
    kind: Any = envelope(OPERATIONS[name].answer())
    [data, *_] = msgspec.structs.fields(kind)
    made, again = ({"data": invent(data.type, random.Random(1))} for _ in range(2))
    assert made == again
    decoded = whole(msgspec.json.encode(made), kind)
    assert decoded.data not in (None, [], {})


async def test_an_operation_without_behaviour_is_answered_by_its_type(x: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("spaces.get_by_id", "users.get_followers"):
        monkeypatch.delitem(HANDLERS, name)
    one = await x.get("/2/spaces/1OdJrXWaPVPGX")
    assert whole(one, envelope(OPERATIONS["spaces.get_by_id"].answer())).data
    assert one.json() == (await x.get("/2/spaces/1OdJrXWaPVPGX")).json() != (await x.get("/2/spaces/1")).json()
    page = await x.get(f"/2/users/{x.me}/followers")
    assert len(whole(page, envelope(OPERATIONS["users.get_followers"].answer())).data or ()) == 1
    older = await x.get(f"/2/users/{x.me}/followers", tweet_fields="author_id")
    assert "pinned_tweet_id" in older.json()["data"][0]
