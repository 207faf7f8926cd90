"""What somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def close_to(text: str, names: Iterable[str]) -> str | None:
    """The name that looks most like `text`, if one does."""
    import difflib  # only when something is wrong

    return next(iter(difflib.get_close_matches(text, [*names], n=1)), None)


def nearest(text: str, names: Iterable[str]) -> str:
    known = list(names)
    close = close_to(text, known)
    return f"; did you mean {close!r}?" if close else f"; it takes {', '.join(known)}"
