"""In which language a text seems to be: by its script, or by its most frequent small words."""

from __future__ import annotations

import re

SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("iw", re.compile(r"[\u0590-\u05ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
)
SMALL = {
    "es": {"el", "los", "las", "una", "con", "por", "para", "hoy", "está", "pero", "muy", "y"},
    "pt": {"o", "os", "uma", "com", "não", "hoje", "você", "muito", "mas", "ao", "e", "em"},
    "de": {"der", "die", "das", "und", "ich", "nicht", "ist", "ein", "eine", "mit", "mein", "auf"},
    "fr": {"le", "les", "une", "est", "et", "pas", "avec", "mais", "je", "pour", "du", "un"},
}
ASIDE = re.compile(r"https?://\S+|[@#$]\w+")
WORD = re.compile(r"[^\W\d_]+")


def language(text: str) -> str:
    """The code of the language; `zxx` where nothing is said, as X has it, and English where nothing tells."""
    plain = ASIDE.sub(" ", text)
    for code, letters in SCRIPTS:
        if letters.search(plain):
            return code
    words = [word.lower() for word in WORD.findall(plain)]
    if not words:
        return "zxx"
    hits = {code: sum(word in small for word in words) for code, small in SMALL.items()}
    best = max(hits, key=lambda code: hits[code])
    return best if hits[best] > 1 or hits[best] * 2 >= len(words) else "en"
