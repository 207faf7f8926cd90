"""What somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(text: str, names: Iterable[str]) -> str:
    import difflib  # only when something is wrong

    known = list(names)
    close = difflib.get_close_matches(text, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; it takes {', '.join(known)}"
