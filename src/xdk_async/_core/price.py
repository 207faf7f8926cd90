"""A table of prices: what X charges for a resource, a request or an event. Data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from difflib import get_close_matches
from typing import TypeAlias

from xdk_async._core.given import check_names
from xdk_async.errors import InvalidArgument

Dollars: TypeAlias = Decimal | float | int | str
MICRO = 1_000_000
EXACT = Context(prec=60)
MOST = 1_000_000_000_000  # US dollars: more does not fit into the numbers of a budget that many share


def micros(amount: Dollars, what: str) -> int:
    """US dollars as whole millionths, in which everything is added up: so sums are exact. A float counts as it prints.

    Raises:
        InvalidArgument: It is no amount of money, is negative, or is finer than a millionth.
    """
    try:
        exact = Decimal(str(amount))
    except (InvalidOperation, ValueError):
        exact = Decimal("NaN")
    if (
        not isinstance(amount, bool)
        and exact.is_finite()
        and 0 <= exact <= MOST
        and exact * MICRO == int(exact * MICRO)
    ):
        return int(exact * MICRO)
    raise InvalidArgument(
        f"{what}={str(amount)[:100]} is no amount of US dollars: it takes 0 to {MOST:,}, to the millionth"
    )


def dollars(amount: int) -> Decimal:
    """Millionths as US dollars, to the cent or as fine as it takes: `0.20`, `0.005`."""
    places = 2 if amount % 10_000 == 0 else 3 if amount % 1000 == 0 else 6
    return Decimal(amount).scaleb(-6).quantize(Decimal(1).scaleb(-places), context=EXACT)


def shown(amount: int) -> str:
    """Millionths as text: `$0.20`."""
    return f"${dollars(amount):,f}"


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """What things cost in US dollars: `PRICES["Post"]` is a read of one post, `PRICES["users.like_post"]` one request.

    `PRICES` in `xdk_async` is what X publishes for pay-per-use. `replace` makes another table, for
    `AsyncClient(prices=...)`.
    """

    source: str
    """X's page."""
    date: str
    """When it was read, as `2026-08-28`."""
    amounts: Mapping[str, int]
    """Millionths of a dollar: by a resource returned (`Post`), by a request (an operation's name), by an event of the
    activity stream (`post.create`); `posts.create:url` and `posts.create:reply` are posts with a URL, and replies; `owned`
    is a resource of an owned read."""
    models: Mapping[str, str]
    """Models that are billed as another resource."""
    returns: Mapping[str, str]
    """Operations whose resources are billed as another."""
    owned: frozenset[str]
    """Operations that cost less for the app's owner."""
    expansions: Mapping[str, Mapping[str, int]]
    """What an expansion brings at the most for each resource returned."""
    results: Mapping[str, int]
    """How many results a page has if `max_results` is left out."""
    includes: bool = True
    """Whether what expansions bring is billed."""
    owner: str | None = None
    """The user id of the app's owner; None if not known: then nothing counts as an owned read."""

    def replace(
        self, amounts: Mapping[str, Dollars] | None = None, *, includes: bool | None = None, owner: str | None = None
    ) -> Prices:
        """The same table with other prices.

        Args:
            amounts: US dollars by name, such as `{"Post": "0.004", "posts.create:url": 0.2}`.
            includes: Whether what expansions bring is billed.
            owner: The user id of the app's owner, whose owned reads cost less.

        Raises:
            InvalidArgument: A name has no place in the table, or a price is no amount.
        """
        check_names("prices=", amounts or {}, "US dollars by name, such as {'Post': '0.004'}")
        changed = {name: micros(price, name) for name, price in (amounts or {}).items() if self._is_known(name)}
        return dataclasses.replace(
            self,
            amounts={**self.amounts, **changed},
            includes=self.includes if includes is None else includes,
            owner=self.owner if owner is None else str(owner),
        )

    def _is_known(self, name: str) -> bool:
        from xdk_async.api.operations import OPERATIONS

        if name in self.amounts or name in OPERATIONS:
            return True
        near = get_close_matches(name, [*self.amounts, *OPERATIONS], 1)
        raise InvalidArgument(
            f"prices have no place for {name!r}: they go by resources (Post), operations (posts.create) and events"
            f" (post.create){f'; did you mean {near[0]!r}?' if near else ''}"
        )

    def __getitem__(self, name: str) -> Decimal:
        """The price of a resource, a request or an event; 0 for what has none."""
        return dollars(self.amounts.get(name, 0))

    def __repr__(self) -> str:
        return f"<Prices of {self.date} from {self.source}>"
