"""A budget: US dollars that calls may cost, in all or in each day or month of UTC."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol

from xdk_async._core.given import check_seconds, check_text
from xdk_async._core.of_loop import OfLoop
from xdk_async._core.price import Dollars, dollars, micros, shown
from xdk_async._core.purse import Held, LocalPurse, Purse
from xdk_async._core.redis_purse import LEASE, RedisPurse
from xdk_async._core.tariff import Estimate
from xdk_async.errors import BudgetExceeded, InvalidArgument

NUMBERS = itertools.count()


class RedisConnection(Protocol):
    """What a shared budget needs of a connection: `redis.asyncio.Redis`, or a kin of it such as a cluster's."""

    def eval(self, script: str, numkeys: int, /, *keys_and_args: Any) -> Any:
        """Run a script."""
        ...


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """How a budget stands, in US dollars."""

    limit: Decimal
    """What may be spent."""
    spent: Decimal
    """What was."""
    reserved: Decimal
    """What calls that are on their way may cost at the most."""
    resets_at: datetime | None
    """When it starts anew, in UTC; None if it does not."""

    @property
    def left(self) -> Decimal:
        """What may still be spent, by others than those on their way."""
        return max(self.limit - self.spent - self.reserved, Decimal(0))


class Budget:
    """US dollars that calls may cost: a call that would exceed it raises `BudgetExceeded` and is not sent.

    Each call reserves the most it can cost (a page as many results as it may have, a look-up as many as there are ids) and
    settles for what it did cost; if only reservations are in its way, it waits for them. So the limit holds however many
    tasks call at once. An object is one account, whoever uses it: clients, views, tasks.

    Args:
        limit: US dollars.
        per: `day` or `month` of UTC, at whose end it starts anew; None for one that does not.
        redis: An address or a connection (extra `redis`), to share the account with all processes and machines that use
            the same `name`. While Redis is away, calls that cost something raise `StoreFailed` unsent.
        name: What it is called in Redis, and in errors.
        lease: Seconds after which what a process has set aside in Redis is given back, if that was killed before it could
            settle; longer than an answer takes. X may have billed what it had on its way.

    Raises:
        InvalidArgument: An argument cannot work.
    """

    def __init__(
        self,
        limit: Dollars,
        *,
        per: Literal["day", "month"] | None = None,
        redis: RedisConnection | str | None = None,
        name: str = "default",
        lease: float = LEASE,
    ) -> None:
        if per not in (None, "day", "month"):
            raise InvalidArgument(f"per={per!r}: a budget is per 'day', per 'month', or None")
        check_text("Budget: name=", name)
        check_seconds("Budget: lease", lease)
        self.name = name
        """What it is called."""
        self.per: Literal["day", "month"] | None = per
        """When it starts anew."""
        self._limit = micros(limit, "budget")
        self._number = next(NUMBERS)
        self._purse: Purse = LocalPurse() if redis is None else RedisPurse(redis, name, lease=lease)
        self._line = OfLoop(asyncio.Lock)  # so that those who wait go in turn, and one of them at a time looks

    @property
    def place(self) -> tuple[bool, str, int]:
        """Where it stands among others: whoever needs several takes them in this order, the same in all processes."""
        return isinstance(self._purse, RedisPurse), self.name, self._number

    @property
    def limit(self) -> Decimal:
        """US dollars that may be spent."""
        return dollars(self._limit)

    async def status(self, now: float | None = None) -> BudgetStatus:
        """How it stands.

        Args:
            now: Seconds since 1970; the current time if left out.

        Raises:
            StoreFailed: Redis is away.
        """
        number, resets_at = self._period(datetime.now(UTC).timestamp() if now is None else now)
        held = await self._purse.look(number)
        return BudgetStatus(self.limit, dollars(held.spent), dollars(held.reserved), resets_at)

    async def reserve(
        self,
        key: str,
        what: str,
        most: Estimate,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Set aside what a call may cost; the client calls this.

        Args:
            key: a name for the reservation, of its own.
            what: the call, for errors.
            most: what it may cost.
            clock: seconds since 1970.
            sleep: waits for seconds.

        Raises:
            BudgetExceeded: It would exceed the budget.
            StoreFailed: Redis is away.
        """
        async with self._line.get():
            while True:
                number, resets_at = self._period(clock())
                held = await self._purse.reserve(key, most.total, self._limit, number)
                if held.granted:
                    return
                if held.spent + most.total > self._limit:
                    raise self._exceeded(what, most, held, resets_at)
                await self._purse.changed(sleep)

    async def admit(
        self, what: str, most: Estimate, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Let a stream go on, if one more of its events fits; nothing is set aside, since none may ever come.

        Raises:
            BudgetExceeded: It does not.
            StoreFailed: Redis is away.
        """
        async with self._line.get():
            while True:
                number, resets_at = self._period(clock())
                held = await self._purse.look(number)
                if held.spent + most.total > self._limit:
                    raise self._exceeded(what, most, held, resets_at)
                if held.spent + held.reserved + most.total <= self._limit:
                    return
                await self._purse.changed(sleep)

    async def settle(self, key: str, cost: int, now: float) -> None:
        """Put on the account what a call did cost, in millionths of a dollar; the client calls this."""
        await self._purse.settle(key, cost, self._period(now)[0])

    async def aclose(self) -> None:
        """Close the connection to Redis, if it was made from an address. A client that used the budget does it too."""
        await self._purse.aclose()

    def _period(self, now: float) -> tuple[int, datetime | None]:
        """The number of the day or month, and when it ends."""
        if self.per is None:
            return 0, None
        today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self.per == "day":
            return today.toordinal(), today + timedelta(days=1)
        return today.year * 12 + today.month, (today.replace(day=1) + timedelta(days=32)).replace(day=1)

    def _exceeded(self, what: str, most: Estimate, held: Held, resets_at: datetime | None) -> BudgetExceeded:
        left = max(self._limit - held.spent, 0)
        fits = left // most.each if most.each else 0
        fits = fits if most.low and fits >= most.low else 0
        named = "" if self.name == "default" else f" {self.name!r}"
        renewed = f"; it starts anew at {resets_at:%Y-%m-%d %H:%M} UTC" if resets_at else ""
        smaller = f"; {fits} result{'s' if fits > 1 else ''} would fit" if fits else ""
        return BudgetExceeded(
            f"{what}: it may cost {shown(most.total)}, and of the budget{named} of {shown(self._limit)}"
            f" {shown(left)} is left{renewed}{smaller}",
            cost=dollars(most.total),
            left=dollars(left),
            limit=self.limit,
            resets_at=resets_at,
            fits=fits or None,
        )

    def __repr__(self) -> str:
        per = f" per {self.per}" if self.per else ""
        return f"<Budget {self.name!r} of {shown(self._limit)}{per}>"


def budget_of(given: Budget | Dollars) -> Budget:
    """A budget, from one or from an amount."""
    return given if isinstance(given, Budget) else Budget(given)
