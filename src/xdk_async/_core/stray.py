"""What to say of an attribute that is not there: what it is called here, or what may have been meant."""

from __future__ import annotations

import re

from xdk_async._core.nearest import close_to

MANY = 4  # names that are too many to be a hint


def stray_attribute(holder: object, name: str, group: str | None = None) -> AttributeError:
    """The error for an attribute that neither `holder` nor its class has.

    Args:
        holder: A client, or one of its groups.
        name: The attribute.
        group: The group's name, such as `posts`; None for the client.
    """
    if name.startswith("_"):  # asked for by protocols such as copying: an answer costs nothing
        return AttributeError(f"{type(holder).__name__!r} has no attribute {name!r}", name=name)
    where = f"client.{group}" if group else "client"
    known = [each for each in dir(type(holder)) if not each.startswith("_")]
    hint = instead(name, group) or related(name, group, known) or elsewhere(name)
    if not hint:
        close = close_to(name, known)
        hint = f"; did you mean {close!r}?" if close else f": dir({where}) lists what there is"
    # Without `obj`, Python does not guess once more at the end of the traceback.
    return AttributeError(f"there is no {where}.{name}{hint}", name=name)


def instead(name: str, group: str | None) -> str:
    """What to call in place of what X's documentation calls, or tweepy."""
    from xdk_async.api.instead import INSTEAD, TWEEPY

    if group:
        call, why = INSTEAD.get(f"{group}.{name}", ("", ""))
        return f": {why}: use {call}" if call else ""
    if name in TWEEPY:
        return f": it is {TWEEPY[name]}"
    rows = [(place, call) for place, (call, _) in INSTEAD.items() if place.startswith(f"{name}.")]
    return "".join([": use", *(f"\n  {call} for {place}" for place, call in rows)]) if rows else ""


def related(name: str, group: str | None, known: list[str]) -> str:
    """Which methods of a group have one word more, as `search_recent` has for `search`, or leave the group's name out."""
    if group is None:  # `tweets`, `list`
        same = [each for each in known if words(each) == words(name)]
        return f"; did you mean {same[0]!r}?" if same else ""
    asked, own = words(name), words(group)
    more = [each for each in known if asked <= words(each) and len(words(each) - asked) <= 1]
    found = more or [each for each in known if asked - own == words(each) != asked]
    return f"; did you mean {' or '.join(map(repr, found))}?" if 0 < len(found) < MANY else ""


def words(name: str) -> frozenset[str]:
    """The words of a name, in the newer vocabulary and each in the singular."""
    return frozenset(each.replace("tweet", "post").removesuffix("s") for each in name.split("_"))


def elsewhere(name: str) -> str:
    """In which other groups an operation of that name is."""
    from xdk_async.api.operations import OPERATIONS

    places = [each for each in OPERATIONS if each.endswith(f".{name}")]
    return f": it is {' or '.join(f'client.{each}' for each in places)}" if places else ""


def group_name(kind: type) -> str:
    """`DirectMessagesClient` → `direct_messages`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__.removesuffix("Client")).lower()
