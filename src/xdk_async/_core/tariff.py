"""What a call costs at the most, before it is sent, and what it costs by the request. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple, cast, get_args, get_origin

import msgspec

from xdk_async._core.answer import Page
from xdk_async._core.limits import Principal
from xdk_async._core.operation import Call, Operation
from xdk_async._core.price import Prices

FULL_PAGE = 100  # results of a page, or of a list without a bound, where X does not say how many there are
LOOKED_UP = ("ids", "usernames", "media_keys")  # parameters that name what comes back, one for one
POST, WITH_URL, REPLY = "posts.create", "posts.create:url", "posts.create:reply"
# What X makes a link of: an address, or a bare domain. Of top-level domains these are the usual ones.
TOP = "com|net|org|edu|gov|info|biz|io|co|ai|app|dev|me|tv|gg|xyz|ly|be|uk|de|fr|jp|br|ca|eu|us|au|es|nl|ch|se|pl"
MORE = "A-Za-z0-9_"  # what goes on with a name; other letters may follow at once, as in Japanese
URL = re.compile(rf"https?://\S|(?<![@\w./-])(?:[\w-]+\.)+(?:{TOP})(?![{MORE}.@-]*[{MORE}@])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tariff:
    """How the answers of an operation are billed. Amounts are millionths of a US dollar."""

    kind: str
    """The resource that comes back, such as `Post`."""
    each: int
    """What one of them costs."""
    most: int
    """How many come back at the most, if the arguments do not say."""
    low: int
    """The fewest that may be asked for."""
    is_owned: bool
    """Whether they cost less for the app's owner."""
    reads: bool
    """Whether resources come back at all: writes, and what the table of operations does not list, bring none."""
    id_of: Callable[[Any], str | None]
    """What tells one of them from others; None if nothing does."""


class Estimate(NamedTuple):
    """What a call costs at the most."""

    total: int
    each: int = 0
    """What one result costs, with what expansions bring for it."""
    low: int = 0
    """The fewest results that may be asked for; 0 if that is nothing to choose."""


def tariff(operation: Operation[Any], prices: Prices) -> Tariff:
    """How an operation is billed."""
    from xdk_async.api.operations import OPERATIONS

    listed = OPERATIONS.get(operation.name, operation)
    is_any = listed.answer is not operation.answer  # a call by method and path: of any shape, at the same prices
    answer: Any = listed.answer()
    inner: Any = get_args(answer)[0] if get_args(answer) else answer
    model: Any = get_args(inner)[0] if get_origin(inner) is list else inner
    name = str(getattr(model, "__name__", ""))
    keys = [each for each in ("id", "media_key") if each in getattr(model, "__struct_fields__", ())]
    by_name: Callable[[str], Callable[[Any], str | None]] = member if is_any else attrgetter
    kind = prices.returns.get(listed.name) or prices.models.get(name, name)
    limit = next((each for each in listed.params if each.name == "max_results"), None)
    most = 1
    if get_origin(inner) is list or get_origin(answer) is Page:
        most = min(prices.results.get(listed.name, FULL_PAGE), (limit.high if limit else None) or FULL_PAGE)
    reads = (
        listed.method == "GET" and bool(listed.path) and not (is_any and listed.streams)
    )  # whose events it cannot tell
    price = prices.amounts.get(kind, 0) if reads else 0
    return Tariff(
        "" if is_any and listed.streams else kind,
        price,
        most,
        (limit.low or 1) if limit else 0,
        listed.name in prices.owned and price > 0,
        reads,
        by_name(keys[0]) if keys else nameless,
    )


def member(name: str) -> Callable[[Any], str | None]:
    """What gets a member of an object that was read without a type."""

    def get(item: Any) -> str | None:
        found: Any = cast("dict[str, Any]", item).get(name) if isinstance(item, dict) else None
        return found if isinstance(found, str) else None

    return get


def nameless(_: Any) -> None:
    """The id of what has none."""


def is_owned_read(call: Call[Any], found: Tariff, prices: Prices, principal: Principal) -> bool:
    """Whether the app's owner reads what is theirs: as a user, under their own id. Users whose id is known must be them."""
    if not found.is_owned or prices.owner is None or not principal.user:
        return False
    if principal.user.isdecimal() and principal.user != prices.owner:
        return False
    return call.path.split("/")[3:4] == [prices.owner]


def row(call: Call[Any], is_thread: bool = False) -> str:
    """Under what name the table has the price of a request.

    Args:
        call: the request.
        is_thread: whether a reply goes to a post of the same author, who then was not summoned.
    """
    name = call.operation.name
    if name != POST:
        return name
    text, target = draft(call)
    if URL.search(text):
        return WITH_URL
    return REPLY if target and not is_thread else POST


def draft(call: Call[Any]) -> tuple[str, str]:
    """Text of a post that is about to be made, and which post it replies to."""
    try:
        body: Any = msgspec.json.decode(call.body or b"{}")
        text: Any = body.get("text")
        reply: Any = body.get("reply")
        target: Any = reply and reply.get("in_reply_to_tweet_id")
        return text if isinstance(text, str) else "", str(target or "")
    except (msgspec.DecodeError, AttributeError):
        return "", ""  # a body that was not checked, and is none: X refuses it


def estimate(call: Call[Any], found: Tariff, prices: Prices, fixed: int, *, owned: bool) -> Estimate:
    """What a call costs at the most: the request itself, and every result that may come with what expansions may bring."""
    if not found.reads:
        return Estimate(fixed)
    if call.operation.name == "stream.activity":
        return Estimate(max(dearest(prices), fixed))
    each = prices.amounts["owned"] if owned else found.each
    if prices.includes and call.expansions:
        brought = (prices.expansions.get(name, {}) for name in call.expansions)
        each += sum(prices.amounts.get(kind, 0) * count for kinds in brought for kind, count in kinds.items())
    if not each:
        return Estimate(fixed)
    query = dict(call.query)
    low = found.low
    if "max_results" in query:
        count = int(query["max_results"]) if query["max_results"].isdecimal() else FULL_PAGE
    elif named := next((query[name] for name in LOOKED_UP if name in query), ""):
        count, low = named.count("%2C") + named.count(",") + 1, 1
    else:
        count = found.most
    return Estimate(fixed + each * count, each, low)


@functools.lru_cache(maxsize=16)
def dearest(prices: Prices) -> int:
    """The price of the event that costs most: events are named in small letters, with a dot."""
    return max((price for name, price in prices.amounts.items() if is_event(name)), default=0)


def is_event(name: str) -> bool:
    from xdk_async.api.operations import OPERATIONS

    return "." in name and name.partition(":")[0] not in OPERATIONS
