"""What calls have cost so far: by operation, by principal, in all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from xdk_async._core.limits import Principal
from xdk_async._core.price import dollars

Key: TypeAlias = tuple[str, Principal]


@dataclass(slots=True)
class Row:
    """Of one operation and principal. Amounts are millionths of a US dollar."""

    calls: int = 0
    cost: int = 0
    in_doubt: int = 0
    repeats: int = 0
    resources: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Spending:
    """What some calls have cost."""

    calls: int
    """Calls that X answered; an event of a stream is none."""
    cost: Decimal
    """US dollars."""
    in_doubt: Decimal
    """US dollars that calls may have cost at the most which X may have carried out, though no answer came; not in `cost`."""
    resources: Mapping[str, int]
    """Resources that were billed, by kind, such as `{"Post": 120, "User": 3}`; of the activity stream, kinds of events."""
    repeats: int
    """Resources that came again on the same day of UTC, and cost nothing."""


class Costs:
    """What a client and its views have cost since it was made, or since `reset()`, by the table of prices.

    It is an account of ours: what X bills stands in its console. `print(client.costs)` shows a table.
    """

    def __init__(self) -> None:
        self._rows: dict[Key, Row] = {}

    def row(self, operation: str, principal: Principal) -> Row:
        """The row to add to; the client calls this."""
        key = (operation, principal)
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = Row()
        return found

    @property
    def total(self) -> Decimal:
        """US dollars in all."""
        return dollars(sum(row.cost for row in self._rows.values()))

    @property
    def in_doubt(self) -> Decimal:
        """US dollars that calls without an answer may have cost at the most; not in `total`, but counted by a budget."""
        return dollars(sum(row.in_doubt for row in self._rows.values()))

    @property
    def calls(self) -> int:
        """Calls that X answered."""
        return sum(row.calls for row in self._rows.values())

    @property
    def resources(self) -> Mapping[str, int]:
        """Resources that were billed, by kind."""
        return added(list(self._rows.values())).resources

    @property
    def by_operation(self) -> Mapping[str, Spending]:
        """By the operation's name, such as `posts.search_recent`; what cost most comes first."""
        return self._grouped({key: key[0] for key in self._rows})

    @property
    def by_principal(self) -> Mapping[str, Spending]:
        """By who called: `app …` with a name that stands for the app, `user …` with a subject or a user id."""
        return self._grouped({key: label(key[1]) for key in self._rows})

    def reset(self) -> None:
        """Begin again with nothing. What was billed today stays known: it is not billed twice."""
        self._rows.clear()

    def _grouped(self, names: Mapping[Key, str]) -> Mapping[str, Spending]:
        groups: dict[str, list[Row]] = {}
        for key, row in self._rows.items():
            groups.setdefault(names[key], []).append(row)
        found = {name: added(rows) for name, rows in groups.items()}
        return dict(sorted(found.items(), key=lambda each: (-each[1].cost, each[0])))

    def __str__(self) -> str:
        lines = [("operation", "calls", "resources", "cost")]
        for name, each in self.by_operation.items():
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in each.resources.items())
            lines.append((name, f"{each.calls:,}", kinds, f"${each.cost:,f}"))
        lines.append(("total", f"{self.calls:,}", "", f"${self.total:,f}"))
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        return "\n".join(
            f"{name:<{widths[0]}}  {calls:>{widths[1]}}  {kinds:<{widths[2]}}  {cost:>{widths[3]}}"
            for name, calls, kinds, cost in lines
        )

    def __repr__(self) -> str:
        return f"<Costs: ${self.total:,f} in {self.calls} calls>"


def added(rows: list[Row]) -> Spending:
    resources: dict[str, int] = {}
    for row in rows:
        for kind, count in row.resources.items():
            resources[kind] = resources.get(kind, 0) + count
    return Spending(
        sum(row.calls for row in rows),
        dollars(sum(row.cost for row in rows)),
        dollars(sum(row.in_doubt for row in rows)),
        resources,
        sum(row.repeats for row in rows),
    )


def label(principal: Principal) -> str:
    """A principal as people read it; holds no secret."""
    return f"user {principal.user}" if principal.user else f"app {principal.app}"
