"""The account of a client: what each call may cost and did cost, held against its budgets."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from xdk_async._core.answer import Answer, Streamed
from xdk_async._core.budget import Budget
from xdk_async._core.cost import Seen, parts
from xdk_async._core.costly import Costly, OnCostly, warn
from xdk_async._core.limits import Principal
from xdk_async._core.operation import Call
from xdk_async._core.price import Prices, dollars
from xdk_async._core.spending import Costs
from xdk_async._core.tariff import POST, REPLY, WITH_URL, Estimate, Tariff, draft, estimate, is_owned_read, row, tariff

A = TypeVar("A")
MADE = 10_000  # posts of ours that are remembered, to tell threads from answers


class Ledger:
    """Shared by a client and its views.

    Args:
        prices: what things cost.
        clock: seconds since 1970.
        sleep: waits for seconds.
    """

    def __init__(self, prices: Prices, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self.prices: Prices = prices
        self.clock: Callable[[], float] = clock
        self.sleep: Callable[[float], Awaitable[None]] = sleep
        self.costs: Costs = Costs()
        self.seen: Seen = Seen()
        self.budgets: set[Budget] = set()
        """Those that calls were held against, to close with the client."""
        self._made: OrderedDict[str, None] = OrderedDict()
        self._tariffs: dict[tuple[str, object], Tariff] = {}

    def keep_time(self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        """Go by another clock from now on."""
        self.clock, self.sleep = clock, sleep

    async def aclose(self) -> None:
        """Close what the budgets opened."""
        for budget in self.budgets:
            await budget.aclose()

    def tariff(self, call: Call[Any]) -> Tariff:
        """How a call is billed."""
        name = call.operation.name, call.operation.answer  # a call by method and path may answer in any shape
        found = self._tariffs.get(name)
        if found is None:
            found = self._tariffs[name] = tariff(call.operation, self.prices)
        return found

    def bill(self, call: Call[Any], principal: Principal, budgets: Sequence[Budget] = ()) -> Bill:
        """The bill of a call, open."""
        return Bill(self, call, principal, budgets)

    def is_thread(self, call: Call[Any]) -> bool:
        """Whether a post replies to one that this client made: nobody summoned it then."""
        return call.operation.name == POST and draft(call)[1] in self._made

    def made(self, answer: Any) -> None:
        """Remember a post that was made, by the answer."""
        id: str | None = getattr(answer.data, "id", None)
        if id:
            self._made[id] = None
            if len(self._made) > MADE:
                self._made.popitem(last=False)


class Bill:
    """Of one attempt of a call, or of one connection of a stream. Closed in any case, charged if an answer came."""

    __slots__ = (
        "_budgets", "_call", "_endpoint", "_estimate", "_is_charged", "_is_open", "_key", "_ledger", "_owned", "_principal",
        "_reserved", "_row", "_spent", "_tariff",
    )  # fmt: skip

    def __init__(self, ledger: Ledger, call: Call[Any], principal: Principal, budgets: Sequence[Budget]) -> None:
        self._ledger = ledger
        self._call = call
        self._endpoint = call.endpoint
        self._principal = principal
        self._budgets = budgets
        self._tariff = ledger.tariff(call)
        self._row = row(call, ledger.is_thread(call))
        self._owned = is_owned_read(call, self._tariff, ledger.prices, principal)
        self._reserved: list[Budget] = []  # those that have set something aside
        self._estimate: Estimate | None = None
        self._key = ""
        self._spent = 0
        self._is_open = False
        self._is_charged = False

    @property
    def most(self) -> Estimate:
        """What it may cost."""
        if self._estimate is None:
            fixed = self._ledger.prices.amounts.get(self._row, 0)
            self._estimate = estimate(self._call, self._tariff, self._ledger.prices, fixed, owned=self._owned)
        return self._estimate

    async def warn(self, hook: OnCostly | None) -> None:
        """Warn before a post that costs many times as much as others. What the hook raises ends the call."""
        if self._row != WITH_URL:
            return
        amounts, (text, target) = self._ledger.prices.amounts, draft(self._call)
        usual = amounts[REPLY if target and not self._ledger.is_thread(self._call) else POST]
        if amounts[WITH_URL] > usual:
            await warn(Costly(POST, dollars(amounts[WITH_URL]), dollars(usual), text), hook)

    async def open(self) -> None:
        """Set aside what it may cost.

        Raises:
            BudgetExceeded: It would exceed a budget.
        """
        if self._budgets and self.most.total:
            self._ledger.budgets.update(self._budgets)
            self._key = secrets.token_hex(8)
            for budget in self._budgets:
                what = f"{self._where} was not sent"
                await budget.reserve(self._next_key, what, self.most, self._ledger.clock, self._ledger.sleep)
                self._reserved.append(budget)
        self._is_open = True

    async def admit(self) -> None:
        """Let a stream go on.

        Raises:
            BudgetExceeded: A budget has no room for one more of its events.
        """
        for budget in self._budgets if self.most.total else ():
            self._ledger.budgets.add(budget)
            await budget.admit(f"{self._where} ends here", self.most, self._ledger.clock, self._ledger.sleep)

    def charge(self, answer: A, doubted: int = 0) -> A:
        """Put on the account what an answer brought; what X refused is free and is not charged.

        Args:
            answer: The answer.
            doubted: What attempts before it may have cost, if one of them was this very call: then it is counted already.
        """
        if self._is_charged:
            return answer
        self._is_charged = True
        price = self._ledger.prices.amounts.get(self._row, 0)
        self._spent = price + (self._resources(answer) if isinstance(answer, Answer) else 0)
        account = self._ledger.costs.row(self._endpoint, self._principal)
        account.calls += 1
        account.cost += price
        if isinstance(answer, Answer):
            answer.microdollars = self._spent
        account.in_doubt = max(account.in_doubt - doubted, 0)
        self._spent = max(self._spent - doubted, 0)
        if self._call.operation.name == POST:
            self._ledger.made(answer)
        return answer

    @property
    def is_budgeted(self) -> bool:
        """Whether any budget has to hear of it."""
        return bool(self._budgets)

    def charge_event(self, event: Streamed[Any]) -> None:
        """Put on the account what an event of a stream costs; budgets hear of it by `settle_event`."""
        event.microdollars = self._resources(event)

    async def settle_event(self, event: Streamed[Any]) -> None:
        """Put it on the budgets' accounts."""
        for budget in self._budgets:
            await budget.settle("", event.microdollars, self._ledger.clock())

    def doubt(self, *, request: bool = True, resources: bool = True) -> int:
        """No answer will come, though X may have carried the call out: a budget has to count it. How much that is.

        Args:
            request: Whether the request of this attempt is in doubt; those of attempts before it were counted then.
            resources: Whether what it may have brought is; what a further attempt brings costs once a day.
        """
        if not self._is_open or self._is_charged:
            return 0
        fixed = self._ledger.prices.amounts.get(self._row, 0)
        self._spent = (fixed if request else 0) + (self.most.total - fixed if resources else 0)
        self._ledger.costs.row(self._endpoint, self._principal).in_doubt += self._spent
        return self._spent

    async def close(self) -> None:
        """Settle what was set aside."""
        while self._reserved:
            budget = self._reserved.pop()
            await budget.settle(self._next_key, self._spent, self._ledger.clock())

    def _resources(self, answer: Answer | Streamed[Any]) -> int:
        """What the resources of an answer cost, each once a day; counts them."""
        ledger, total = self._ledger, 0
        brought = parts(answer, self._tariff, ledger.prices, owned=self._owned)
        if not brought:
            return 0
        seen, account = ledger.seen, ledger.costs.row(self._endpoint, self._principal)
        seen.turn(ledger.clock())
        for kind, each, ids in brought:
            new = seen.new(kind, ids)
            account.repeats += len(ids) - new
            if new and each:
                total += new * each
                account.resources[kind] = account.resources.get(kind, 0) + new
        account.cost += total
        return total

    @property
    def _next_key(self) -> str:
        """The name of the reservation after those that are there: two budgets may be one account in Redis."""
        return f"{self._key}{len(self._reserved)}"

    @property
    def _where(self) -> str:
        return f"{self._call.method} {self._call.path}"
