"""From what somebody wrote to what a post holds: shortened links, entities, the cut text of long posts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from xdk_async.sandbox.record import Entities
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.weight import LIMIT, LINK, weight

SHORT = LIMIT  # weighted characters of `text`; a longer post has its whole text in the note
MENTION = re.compile(r"(?<![\w@])@([A-Za-z0-9_]{1,15})\b")
HASHTAG = re.compile(r"(?<![\w#&])#(\w*[^\W\d]\w*)")
CASHTAG = re.compile(r"(?<![\w$])\$([A-Za-z]{1,6})\b")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(slots=True)
class Text:
    """A text as it is stored."""

    text: str
    entities: Entities
    note: str | None = None
    note_entities: Entities = field(default_factory=dict[str, list[dict[str, Any]]])


def compose(written: str, user_id: Callable[[str], str | None]) -> Text:
    """What becomes of a text; `user_id` tells whose handle a mention is, and only users' handles are mentions."""
    targets: dict[str, str] = {}

    def shortened(match: re.Match[str]) -> str:
        short = f"https://t.co/{code(match[0])}"
        targets[short] = match[0]
        return short

    whole = LINK.sub(shortened, written)
    if weight(whole) <= SHORT:
        return Text(whole, entities(whole, targets, user_id))
    text = cut(whole)
    return Text(text, entities(text, targets, user_id), whole, entities(whole, targets, user_id))


def write(store: Store, written: str) -> Text:
    """The same for the users of a store."""

    def user_id(name: str) -> str | None:
        user = store.user_named(name)
        return user.id if user else None

    return compose(written, user_id)


def links(found: Entities) -> list[str]:
    """Where the links among these entities lead."""
    return [each["expanded_url"] for each in found.get("urls", ())]


def cut(text: str) -> str:
    """The text, or as many of its words as `text` can hold."""
    if weight(text) <= SHORT:
        return text
    short = text[: SHORT - 2]  # the ellipsis counts twice
    while weight(short) > SHORT - 2:
        short = short[:-1]
    return (short.rsplit(" ", 1)[0] if " " in short else short) + "…"


def code(name: str, length: int = 10) -> str:
    """Letters and digits that stand for a link or a name, always the same ones."""
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in hashlib.sha256(name.encode()).digest()[:length])


def entities(text: str, targets: dict[str, str], user_id: Callable[[str], str | None]) -> Entities:
    """Links, mentions, hashtags and cashtags of a text, with their positions; kinds that do not occur are left out."""
    links = [_link(match, targets[match[0]]) for match in LINK.finditer(text) if match[0] in targets]
    mentions = [
        {**_place(match), "username": match[1], "id": id}
        for match in MENTION.finditer(text)
        if (id := user_id(match[1])) is not None
    ]
    plain = LINK.sub(lambda match: " " * len(match[0]), text)  # `#part` of a link is no hashtag
    found: Entities = {
        "urls": links,
        "mentions": mentions,
        "hashtags": [{**_place(match), "tag": match[1]} for match in HASHTAG.finditer(plain)],
        "cashtags": [{**_place(match), "tag": match[1]} for match in CASHTAG.finditer(plain)],
    }
    return {kind: each for kind, each in found.items() if each}


def _place(match: re.Match[str]) -> dict[str, Any]:
    return {"start": match.start(), "end": match.end()}


def _link(match: re.Match[str], target: str) -> dict[str, Any]:
    parts = urlsplit(target)
    shown = target.partition("://")[2].removeprefix("www.")
    return {
        **_place(match),
        "url": match[0],
        "expanded_url": target,
        "display_url": shown if len(shown) <= 26 else shown[:26] + "…",
        "unwound_url": target,
        "status": 200,
        "title": f"A page of {parts.hostname}",
    }
