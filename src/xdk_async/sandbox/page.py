"""Pages: which part of a long list an opaque token means."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
AFTER, BEFORE = "n", "p"


class BadToken(Exception):
    """A token that was not given out for this list."""


@dataclass(frozen=True, slots=True)
class Cut(Generic[T]):
    """One page."""

    items: Sequence[T]
    next_token: str | None
    previous_token: str | None


def cut(items: Sequence[T], key: Callable[[T], str], size: int, token: str | None, about: str) -> Cut[T]:
    """The page that `token` names, or the first.

    A token holds the key of the item it continues from, so that what is added meanwhile shifts nothing, and a checksum
    over `about`, so that it is good for no other list.

    Raises:
        BadToken: The token was given out for another list, or by nobody.
    """
    start, end = (0, size) if token is None else _range(items, key, size, token, about)
    chosen = items[start:end]
    following = chosen and end < len(items)
    return Cut(
        chosen,
        _token(AFTER, end, key(chosen[-1]), about) if following else None,
        _token(BEFORE, start, key(chosen[0]), about) if chosen and start > 0 else None,
    )


def _range(items: Sequence[T], key: Callable[[T], str], size: int, token: str, about: str) -> tuple[int, int]:
    way, place, wanted = _read(token, about)
    if way == AFTER:
        found = _index(items, key, wanted, place - 1)
        start = max(place - 1, 0) if found is None else found + 1  # the item itself may be gone
        return start, start + size
    found = _index(items, key, wanted, place)
    end = place if found is None else found
    return max(end - size, 0), end


def _index(items: Sequence[T], key: Callable[[T], str], wanted: str, guess: int) -> int | None:
    """Where the item with that key is: where it was, or somewhere else, or nowhere."""
    if 0 <= guess < len(items) and key(items[guess]) == wanted:
        return guess
    return next((place for place, item in enumerate(items) if key(item) == wanted), None)


def _token(way: str, place: int, key: str, about: str) -> str:
    told = f"{way}.{place}.{key}"
    return base64.b32encode(f"{_sum(told, about)}.{told}".encode()).decode().rstrip("=").lower()


def _read(token: str, about: str) -> tuple[str, int, str]:
    try:
        text = base64.b32decode(token.upper() + "=" * (-len(token) % 8)).decode()
    except (binascii.Error, ValueError) as error:
        raise BadToken from error
    checksum, _, told = text.partition(".")
    if checksum != _sum(told, about):
        raise BadToken
    way, place, key = told.split(".", 2)
    return way, int(place), key


def _sum(told: str, about: str) -> str:
    return hashlib.sha256(f"{about}|{told}".encode()).hexdigest()[:10]
