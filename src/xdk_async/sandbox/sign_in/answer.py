"""What a person answers to the question: who it is, and whether it is a yes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from xdk_async.sandbox.presented import Presented
from xdk_async.sandbox.record import User
from xdk_async.sandbox.sign_in.consent import PICKED
from xdk_async.sandbox.sign_in.door import single

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox


class Said(NamedTuple):
    """An answer; None if the question has to be asked first."""

    user: User
    yes: bool | None


def said(sandbox: Sandbox, shown: Presented, query: Mapping[str, str]) -> Said:
    """The answer that a request holds. `user=` and `auto_approve=1` in the query speak for a person."""
    form = single(shown.form)[0] if shown.method == "POST" else {}
    user = sandbox.find_user(form.get("user") or query.get("user") or query.get("screen_name") or "") or sandbox.me
    if "decision" in form:
        return Said(user, form["decision"] == "allow")
    automatic = sandbox.auto_approve or query.get("auto_approve") in ("1", "true")
    return Said(user, True if automatic else None)


def choices(sandbox: Sandbox, chosen: User) -> list[User]:
    """Some of the users, the chosen one among them."""
    some = [*islice(sandbox.store.users.values(), PICKED)]
    return some if chosen in some else [chosen, *some]
