"""Whatever is asked, the sandbox answers and does not fail."""

from __future__ import annotations

import logging
import random
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.api import Api, Serve
from tests.sandbox.example import example
from tests.sandbox.example_world import Example
from tests.sandbox.test_conformance import CALLED, content, headers, roomy, scheme
from xdk_async.api import models
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.invent import invent
from xdk_async.sandbox.vocabulary import is_list, is_object

TIMES = ("2026-11-20T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z")
ODD = ("1", "0", "-1", "a", "g1", "1-2", "99999999999999999999", "\u00e9", "", "a OR", '"', "x" * 100)


class Nonsense:
    """Makes requests that are partly right."""

    def __init__(self, x: Api, rng: random.Random) -> None:
        store = x.store
        tables: tuple[dict[str, Any], ...] = (
            store.users, store.posts, store.lists, store.spaces, store.dm_events, store.chats, store.broadcasts,
        )  # fmt: skip
        self.ids = (*ODD, x.me, *(id for table in tables for id in [*table][-3:]))
        self.rng = rng

    def path(self, name: str, how: Example) -> str:
        path = OPERATIONS[name].path
        for param in OPERATIONS[name].params:
            wire = param.wire or param.name
            if param.path:
                value = how.path[wire] if self.rng.random() < 0.6 else self.rng.choice(self.ids)
                path = path.replace(f"{{{wire}}}", quote(value or "-", safe=""))
        return path

    def query(self, name: str, how: Example) -> dict[str, str]:
        query = dict(how.query) if self.rng.random() < 0.7 else {}
        for param in (*OPERATIONS[name].params, *OPERATIONS[name].fields):
            if not param.path and self.rng.random() < 0.2:
                some = param.choices or {
                    "int": ("0", "1", "10", "-1"),
                    "bool": ("true", "false"),
                    "datetime": TIMES,
                }.get(param.kind, self.ids)
                query[param.wire or param.name] = self.rng.choice(some)
        return query

    def body(self, name: str, how: Example) -> Any:
        kind = OPERATIONS[name].body
        if not kind or kind == "dict" or OPERATIONS[name].multipart or self.rng.random() < 0.4:
            return how.body
        return self.changed(invent(getattr(models, kind), self.rng))

    def changed(self, value: Any) -> Any:
        if is_object(value):
            return {name: self.changed(each) for name, each in value.items() if self.rng.random() < 0.9}
        if is_list(value):
            return [self.changed(each) for each in value]
        return self.rng.choice(self.ids) if isinstance(value, str) and self.rng.random() < 0.5 else value


@pytest.mark.parametrize("seed", range(4))
async def test_nonsense_is_refused_and_never_a_failure(
    served: Serve, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(seed)
    statuses: Counter[int] = Counter()
    async with served(roomy()) as x:
        nonsense = Nonsense(x, rng)
        for name in rng.sample(CALLED, len(CALLED)):
            how = example(x, name)
            path = nonsense.path(name, how)
            shown = headers(x, scheme(OPERATIONS[name]), OPERATIONS[name].method, path)
            answer = await x.client.request(
                OPERATIONS[name].method,
                path,
                params=nonsense.query(name, how),
                headers=shown,
                **content(OPERATIONS[name], nonsense.body(name, how)),
            )
            statuses[answer.status_code] += 1
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert statuses.keys() <= {200, 201, 400, 403, 404}
    assert statuses[200] > 20
    assert statuses[400] > 20
