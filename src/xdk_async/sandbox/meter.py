"""What calls use up for good: the posts that may be read in a month, and the credits that are paid for.

Prices are the published ones; how they add up is counted here on its own, so that it can be held against the client's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, get_args

from xdk_async._core.operation import Operation
from xdk_async.api.prices import PRICES
from xdk_async.sandbox.ask import Ask
from xdk_async.sandbox.clock import Clock, iso
from xdk_async.sandbox.problem import Refusal, refusal
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.vocabulary import is_list

LINK = re.compile(r"https?://\S")
INCLUDED = {"users": "User", "posts": "Post", "tweets": "Post", "media": "Media"}


class Meter:
    """The account of the app: how many posts it has read, what it has spent, and what is left of its credits."""

    def __init__(self, store: Store, clock: Clock, post_cap: int | None, credits: float | None) -> None:
        self.post_cap: int | None = post_cap
        """Posts that may be read in a calendar month; None for any number."""
        self.credits: float | None = credits
        """US dollars that were paid in; None if there is no end to them."""
        self._store = store
        self._clock = clock

    @property
    def spent(self) -> Decimal:
        """US dollars that calls have cost."""
        return Decimal(sum(self._store.bills.values())) / 1_000_000

    @property
    def balance(self) -> float | None:
        """US dollars that are left; None if there is no end to them."""
        return None if self.credits is None else self.credits - float(self.spent)

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

    def charge(self, ask: Ask, body: Mapping[str, Any]) -> None:
        """Put what a call that went well costs on the account; failed ones are free."""
        name = ask.operation.name
        self._add(PRICES.amounts.get(self._kind_of_post(ask) if name == "posts.create" else name, 0))
        if ask.operation.method == "GET":
            own = name in PRICES.owned and ask.caller.user_id == ask.sandbox.me.id == ask.path.get("id")
            self._read(body, read_by(ask.operation), PRICES.returns.get(name), own=own)

    def deliver(self, operation: Operation[Any], body: Mapping[str, Any]) -> None:
        """Put what a line of a stream costs on the account."""
        if operation.name == "stream.activity":
            told = body["data"]
            family = told["event_type"].rpartition(".")[0]
            price = PRICES.amounts.get(told["event_type"], PRICES.amounts.get(f"{family}.*", 0))
            self._once("event", told["event_uuid"], price)
        else:
            self._read(body, read_by(operation), None, own=False)

    def _read(self, body: Mapping[str, Any], kinds: list[str], instead: str | None, *, own: bool) -> None:
        for kind in kinds:
            price = PRICES.amounts.get(instead or kind, 0)
            for each in listed(body.get("data")):
                self._once(instead or kind, each, PRICES.amounts["owned"] if own and price else price)
        for name, kind in INCLUDED.items():
            for each in listed(body.get("includes", {}).get(name)) if PRICES.includes else ():
                self._once(kind, each, PRICES.amounts[kind])

    def _once(self, kind: str, found: Mapping[str, Any] | str, price: int) -> None:
        """Add the price of a resource, unless it was read today."""
        id = found if isinstance(found, str) else found.get("id") or found.get("media_key")
        name, day = f"{kind} {id}", iso(self._clock.ms())[:10]
        if price and self._store.billed.get(name) != day:
            self._store.billed[name] = day
            self._add(price)

    def _add(self, price: int) -> None:
        day = iso(self._clock.ms())[:10]
        self._store.bills[day] = self._store.bills.get(day, 0) + price

    def _kind_of_post(self, ask: Ask) -> str:
        content: Any = ask.content
        if LINK.search(content.text or ""):
            return "posts.create:url"
        parent = self._store.posts.get(content.reply.in_reply_to_tweet_id or "") if content.reply else None
        return "posts.create:reply" if parent and parent.author_id != ask.caller.user_id else "posts.create"


def listed(found: Any) -> Iterator[Mapping[str, Any]]:
    """The objects in a part of an answer, whether it holds one or several."""
    if is_list(found):
        yield from found
    elif found is not None:
        yield found


def read_by(operation: Operation[Any]) -> list[str]:
    """The kinds of objects that an operation answers with."""
    kinds: list[str] = []
    waiting: list[Any] = [operation.answer()] if operation.method == "GET" else []
    while waiting:
        parts = get_args(waiting.pop())
        kinds += [part.__name__ for part in parts if not get_args(part) and isinstance(part, type)]
        waiting += parts
    return [PRICES.models.get(kind, kind) for kind in kinds]


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
