"""What ids and names look like, by the group of an operation and the name of its parameter."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """How a value has to be written, and the same in words."""

    pattern: re.Pattern[str]
    says: str


NUMBER = Form(re.compile(r"[0-9]{1,19}"), "is not an id: those have 1 to 19 digits")
CODE = Form(re.compile(r"[A-Za-z0-9]{1,13}"), "is not an id: those have 1 to 13 letters and digits here")
HANDLE = Form(re.compile(r"[A-Za-z0-9_]{1,15}"), "is not a handle: those have 1 to 15 letters, digits or underscores")
NAME = Form(re.compile(r"[A-Za-z0-9_' ]{1,50}"), "may hold 1 to 50 letters, digits, spaces, ' and _")
MEDIA_KEY = Form(re.compile(r"[0-9]+_[0-9]+"), "is not a media key, such as 3_1234")
HASH_KEY = Form(re.compile(r"[A-Za-z0-9]{1,50}"), "is not a media hash key: those have 1 to 50 letters and digits")
DM = Form(
    re.compile(r"[0-9]{1,19}-[0-9]{1,19}|[0-9]{15,19}"),
    "is not a conversation id: that is two user ids with a hyphen between, or 15 to 19 digits",
)
CHAT = Form(
    re.compile(r"[0-9]{1,19}|[0-9]{1,19}-[0-9]{1,19}|g[0-9]{1,19}"),
    "is not a conversation id: that is a user id, two of them with a hyphen between, or a g before a number",
)
OWN: dict[tuple[str, str], Form | None] = {  # None: anything
    ("broadcasts", "id"): CODE,
    ("broadcasts", "ids"): CODE,
    ("chat", "id"): CHAT,
    ("connections", "endpoint_id"): None,
    ("direct_messages", "dm_conversation_id"): DM,
    ("direct_messages", "id"): DM,
    ("direct_messages", "resource_id"): None,
    ("spaces", "id"): CODE,
    ("spaces", "ids"): CODE,
    ("users", "query"): NAME,
}
ANYWHERE = {
    "username": HANDLE,
    "usernames": HANDLE,
    "media_key": MEDIA_KEY,
    "media_keys": MEDIA_KEY,
    "media_hash_key": HASH_KEY,
}


def form(operation: str, parameter: str) -> Form | None:
    """The form of a parameter's value; None if it has none."""
    if operation.startswith("chat.media_upload"):
        return None  # the session ids of chat uploads are opaque
    own = (operation.partition(".")[0], parameter)
    if own in OWN:
        return OWN[own]
    if parameter in ("id", "ids", "user_ids") or parameter.endswith("_id"):
        return NUMBER
    return ANYWHERE.get(parameter)
