"""Reads search queries and filter rules: words, phrases, operators, OR, parentheses and negation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

TOKEN = re.compile(
    r"""\s*(?:
        (?P<bracket>[()])
      | (?P<minus>-(?=\S))
      | (?P<operator>[A-Za-z_]+):(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s()"]*))
      | "(?P<phrase>[^"]*)"
      | (?P<word>[^\s()"]+)
      | (?P<stray>")
    )""",
    re.VERBOSE,
)
VALUES: dict[str, set[str] | None] = {  # operators, and the values they take; None: any
    "from": None,
    "to": None,
    "lang": None,
    "conversation_id": None,
    "has": {"links", "media", "images", "videos", "mentions", "hashtags"},
    "is": {"reply", "retweet", "quote"},
}


class QueryError(Exception):
    """A query that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase, or what an operator says: `Term("from", "sandbox")`."""

    operator: str  # an operator's name, or "word", "phrase", "@", "#"
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be so."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """What must all be so."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Of which one must be so."""

    parts: tuple[Node, ...]


Node: TypeAlias = Term | Not | All | Either


def read(query: str) -> Node:
    """The meaning of a query.

    Raises:
        QueryError: It has none.
    """
    tokens = [*_tokens(query)]
    if not tokens:
        raise QueryError("The query is empty.")
    reader = _Reader(tokens)
    node = reader.either()
    if reader.token is not None:
        raise QueryError("A `)` has no `(` before it.")
    return node


def _tokens(query: str) -> list[Term]:
    """Brackets, `-` and `OR` come as terms of the operator "syntax"."""
    found: list[Term] = []
    place = 0
    text = query.rstrip()
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:  # pragma: no cover - every character is some token
            raise QueryError(f"Nothing can be made of [{text[place:]}].")
        found.append(_token(match))
        place = match.end()
    return found


def _token(match: re.Match[str]) -> Term:
    groups = match.groupdict()
    if groups["stray"]:
        raise QueryError('A `"` is never closed.')
    if groups["bracket"] or groups["minus"]:
        return Term("syntax", groups["bracket"] or "-")
    if groups["operator"]:
        return _operator(groups["operator"], groups["quoted"] or groups["value"] or "")
    if groups["phrase"] is not None:
        if not groups["phrase"].strip():
            raise QueryError("A phrase is empty.")
        return Term("phrase", groups["phrase"])
    return _word(groups["word"])


def _operator(name: str, value: str) -> Term:
    known = name.lower()
    if known not in VALUES:
        raise QueryError(f"The sandbox does not know the operator [{name}:].")
    if not value:
        raise QueryError(f"The operator [{name}:] lacks its value.")
    takes = VALUES[known]
    if takes is not None and value.lower() not in takes:
        raise QueryError(f"The sandbox does not know the operator [{name}:{value}].")
    return Term(known, value)


def _word(word: str) -> Term:
    if word == "OR":
        return Term("syntax", word)
    if word in ("AND", "and", "or"):
        wanted = "a space" if word.lower() == "and" else "a capital OR"
        raise QueryError(f'[{word}] joins nothing: use {wanted}, or quote it ("{word}") to find the word.')
    if word[0] in "@#" and len(word) > 1:
        return Term(word[0], word[1:])
    if word[0] == "$" and len(word) > 1:
        raise QueryError(f"The sandbox does not know the operator [$], as in [{word}].")
    return Term("word", word)


class _Reader:
    """Walks over the tokens; OR binds looser than what stands side by side."""

    def __init__(self, tokens: list[Term]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def token(self) -> Term | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _skip(self, sign: str) -> bool:
        if self.token == Term("syntax", sign):
            self._place += 1
            return True
        return False

    def either(self) -> Node:
        parts = [self.together()]
        while self._skip("OR"):
            parts.append(self.together())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def together(self) -> Node:
        parts = [self.single()]
        while self.token not in (None, Term("syntax", ")"), Term("syntax", "OR")):
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def single(self) -> Node:
        if self._skip("-"):
            return Not(self.single())
        if self._skip("("):
            node = self.either()
            if not self._skip(")"):
                raise QueryError("A `(` is never closed.")
            return node
        token = self.token
        if token is None or token.operator == "syntax":
            what = f"before [{token.value}]" if token else "at the end"
            raise QueryError(f"Something to search for is missing {what}.")
        self._place += 1
        return token
