"""What calls use up for good: the posts that may be read in a month, and the credits that are paid for.

Prices are those of X's page for pay-per-use (docs.x.com, getting-started/pricing), in US dollars.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from xdk_async._core.operation import Operation
from xdk_async.sandbox.clock import Clock, iso
from xdk_async.sandbox.problem import Refusal, refusal
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.vocabulary import is_list

POST = 0.005
READ = {"User": 0.010, "DmEvent": 0.010, "List": 0.005, "Space": 0.005, "Community": 0.005, "Note": 0.005}
WRITE = {"direct_messages": 0.015, "users": 0.015}  # by group
BOOKMARK = 0.005
CREATE, WITH_LINK = 0.015, 0.20
CALL = {"posts.get_counts_recent": 0.005, "posts.get_counts_all": 0.010, "trends.get_by_woeid": 0.010}
LINK = re.compile(r"https?://\S")


class Meter:
    """The account of the app: how many posts it has read, and what is left of its credits."""

    def __init__(self, store: Store, clock: Clock, post_cap: int | None, credits: float | None) -> None:
        self.post_cap: int | None = post_cap
        """Posts that may be read in a calendar month; None for any number."""
        self.credits: float | None = credits
        """US dollars that were paid in; None if calls cost nothing."""
        self.spent: float = 0.0
        """US dollars that went for anything but reading posts."""
        self._store = store
        self._clock = clock

    @property
    def balance(self) -> float | None:
        """US dollars that are left; None if calls cost nothing."""
        if self.credits is None:
            return None
        return self.credits - self.spent - POST * sum(self._store.reads.values())

    def reads_of_month(self) -> int:
        """Posts that were delivered since the month began, in UTC."""
        month = iso(self._clock.ms())[:7]
        return sum(count for day, count in self._store.reads.items() if day.startswith(month))

    def admit(self, operation: Operation[Any]) -> None:
        """Let a call be made.

        Raises:
            Refusal: The account has nothing left for it. To ask about the usage is free.
        """
        if operation.name.startswith("usage."):
            return
        balance = self.balance
        if balance is not None and balance <= 0:
            raise credits_depleted()
        if self.post_cap is not None and "Post" in read_by(operation) and self.reads_of_month() >= self.post_cap:
            raise usage_capped()

    def charge(self, operation: Operation[Any], content: Any, body: Mapping[str, Any]) -> None:
        """Put what a call that went well costs on the account; failed ones are free."""
        if self.credits is None:
            return
        self.spent += CALL.get(operation.name, 0.0)
        if operation.method == "GET":
            data = body.get("data")
            found = len(data) if is_list(data) else int(data is not None)
            self.spent += sum(READ.get(kind, 0.0) for kind in read_by(operation)) * found
        elif operation.name == "posts.create":
            self.spent += WITH_LINK if LINK.search(getattr(content, "text", None) or "") else CREATE
        elif "bookmark" in operation.name:
            self.spent += BOOKMARK
        elif operation.method == "POST":
            self.spent += WRITE.get(operation.name.partition(".")[0], 0.0)


def read_by(operation: Operation[Any]) -> list[str]:
    """The kinds of objects that an operation answers with."""
    kinds: list[str] = []
    waiting: list[Any] = [operation.answer()] if operation.method == "GET" else []
    while waiting:
        parts = get_args(waiting.pop())
        kinds += [part.__name__ for part in parts if not get_args(part) and isinstance(part, type)]
        waiting += parts
    return kinds


def usage_capped() -> Refusal:
    """The refusal of an app that has read all the posts it may; it is a 429, but waiting for a window does not help."""
    return refusal(
        429,
        "usage-capped",
        "UsageCapExceeded",
        "The app has read all the posts that its plan allows this month.",
        account_id="1",
        product_name="sandbox",
        period="Monthly",
        scope="Product",
    )


def credits_depleted() -> Refusal:
    """The refusal of an app whose credits are used up."""
    return refusal(402, "credits-depleted", "Payment Required", "credits depleted")
