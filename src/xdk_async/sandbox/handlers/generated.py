"""The answer of operations that the sandbox has no behaviour of: made up from the type of the answer.

There are none as long as every operation of the table has a handler; a newer table may bring some.
"""

from __future__ import annotations

import random
from typing import get_args, get_origin

from xdk_async._core.answer import Page
from xdk_async.sandbox.ask import Ask, Reply
from xdk_async.sandbox.invent import invent
from xdk_async.sandbox.problem import blank


def generated(ask: Ask) -> Reply:
    """An answer that fits; the same one for the same seed, path and query."""
    operation = ask.operation
    answer = operation.answer()
    if operation.streams or not get_args(answer):
        raise blank(501, "Not Implemented", f"This sandbox does not have {operation.name} yet.")
    told = "&".join(f"{name}={value}" for name, value in (*ask.path.items(), *ask.query.items()))
    rng = random.Random(f"{ask.sandbox.seed} {operation.name} {told}")
    [data] = get_args(answer)
    if get_origin(answer) is Page:
        return Reply([invent(data, rng)], meta={"result_count": 1})
    return Reply(invent(data, rng))
