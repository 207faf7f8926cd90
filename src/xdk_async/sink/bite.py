"""What a source gives at once: some items with what belongs to them, and what they were asked by."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple, get_args
from urllib.parse import unquote

import msgspec

from xdk_async._core.answer import Page, Streamed
from xdk_async._core.linked import Linked
from xdk_async._core.operation import Call
from xdk_async.api import models
from xdk_async.errors import InvalidArgument
from xdk_async.sink.flat import Surroundings
from xdk_async.sink.link import STREAMED

NO_PART_OF_IT = frozenset(("pagination_token", "next_token", "max_results"))  # where a query is, not what it asks


class Bite(NamedTuple):
    """Some items, as they came, with what belongs to them."""

    items: list[Any]
    includes: models.Expansions
    raw: bytes | None = None
    rules: list[models.MatchingRule] | None = None
    """Of the filtered stream: the rules that the item matched."""
    pages: int = 0
    cost: Decimal = Decimal(0)
    whole: list[Any] | None = None
    """All items of the answer, where the bite holds some of them."""

    def flattened(self) -> list[dict[str, Any]]:
        """Each item as an object that stands alone."""
        found = Surroundings(self.includes, self.raw).flattened(self.items, self.whole)
        if self.rules:
            for each in found:
                each[STREAMED] = [msgspec.to_builtins(rule) for rule in self.rules]
        return found


def item_of(call: Call[Any]) -> type:
    """The type of the items that a call gives."""
    found: type = get_args(call.operation.answer())[0]
    return found


def bite_of(found: Any) -> Bite:
    """Whatever a source gives."""
    given: Any = found  # whose type stays what it is
    if isinstance(found, Page):
        page: Page[Any] = given
        return Bite(page.data, page.includes.struct, page.raw, pages=1, cost=cost_of(page), whole=page.data)
    if isinstance(found, Streamed):
        event: Streamed[Any] = given
        return Bite([event.data], event.includes.struct, event.raw, event.matching_rules, cost=cost_of(event))
    if isinstance(found, Linked):
        linked: Linked[Any] = given
        return Bite([linked.item], linked.includes.struct)
    if isinstance(found, (msgspec.Struct, dict)):
        return Bite([found], models.Expansions())
    raise InvalidArgument(f"collect takes pages, events and structs, not {type(found).__name__}")


def cost_of(answer: object) -> Decimal:
    """US dollars that X charges for a page or an event."""
    return Decimal(getattr(answer, "cost", None) or 0)


def query_of(call: Call[Any]) -> str:
    """What a call asks, wherever it is in the answer."""
    asked = sorted(f"{name}={unquote(value)}" for name, value in call.query if name not in NO_PART_OF_IT)
    return f"{call.method} {call.path}{'?' if asked else ''}{'&'.join(asked)}"
