"""How long X finds a text: Latin letters count once, most other scripts and emoji twice, a link 23.

Source: the configuration of twitter-text, version 3, which X's documentation of counting characters describes.
"""

from __future__ import annotations

import re
import unicodedata

LIMIT = 280
LINK_WEIGHT = 23
HEAVY = re.compile(r"[^\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")  # characters that count twice
LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")
EMOJI = re.compile(
    r"[\U0001F1E6-\U0001F1FF]{2}"  # flags
    r"|[0-9#*]\uFE0F?\u20E3"  # keycaps
    r"|[\u203C-\u3299\U0001F000-\U0001FAFF]\uFE0F?[\U0001F3FB-\U0001F3FF]?[\U000E0020-\U000E007F]*"
    r"(?:\u200D[\u203C-\u3299\U0001F000-\U0001FAFF]\uFE0F?[\U0001F3FB-\U0001F3FF]?)*"
)


def weight(text: str) -> int:
    """The number of characters that X counts."""
    plain, links = LINK.subn("", unicodedata.normalize("NFC", text))
    plain, emoji = EMOJI.subn("", plain)
    return links * LINK_WEIGHT + emoji * 2 + len(plain) + len(HEAVY.findall(plain))
