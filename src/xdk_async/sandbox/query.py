"""Reads search queries and filter rules: words, phrases, operators, OR, parentheses and negation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
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


class QueryError(Exception):
    """A query that cannot be answered; the message says why, and at which character."""

    def __init__(self, reason: str, position: int = 0) -> None:
        super().__init__(f"There is a mistake in the query: {reason} (at position {position + 1})")


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase, or what an operator says: `Term("from", "sandbox")`."""

    operator: str  # an operator's name, or "word", "phrase", "@", "#", "$", or "syntax" for brackets, `-` and `OR`
    value: str
    position: int = field(default=0, compare=False)


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
    tokens = [*_tokens(query.rstrip())]
    if not tokens:
        raise QueryError("it is empty")
    reader = _Reader(tokens, len(query))
    node = reader.either()
    if reader.token is not None:
        raise QueryError("a `)` has no `(` before it", reader.token.position)
    return node


def terms(node: Node) -> Iterator[Term]:
    """Every term of a query, negated ones too."""
    if isinstance(node, Term):
        yield node
    elif isinstance(node, Not):
        yield from terms(node.part)
    else:
        for part in node.parts:
            yield from terms(part)


def _tokens(text: str) -> Iterator[Term]:
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        assert match is not None, "every character is part of some token"
        yield _token(match)
        place = match.end()


def _token(match: re.Match[str]) -> Term:
    groups = match.groupdict()
    kind = match.lastgroup or ""
    position = match.start("operator" if kind in ("quoted", "value") else kind)
    if kind == "stray":
        raise QueryError('a `"` is never closed', position)
    if kind in ("bracket", "minus"):
        return Term("syntax", match[kind], position)
    if kind in ("quoted", "value"):
        value = match[kind]
        if not value:
            raise QueryError(f"the operator [{groups['operator']}:] lacks its value", position)
        return Term(match["operator"].lower(), value, position)
    if kind == "phrase":
        if not match["phrase"].strip():
            raise QueryError("a phrase is empty", position)
        return Term("phrase", match["phrase"], position)
    return _word(match["word"], position)


def _word(word: str, position: int) -> Term:
    if word == "OR":
        return Term("syntax", word, position)
    if word in ("AND", "and", "or"):
        wanted = "a space" if word.lower() == "and" else "a capital OR"
        raise QueryError(f'[{word}] joins nothing: use {wanted}, or quote it ("{word}") to find the word', position)
    if word[0] in "@#$" and len(word) > 1:
        return Term(word[0], word[1:], position)
    return Term("word", word, position)


class _Reader:
    """Walks over the tokens; OR binds looser than what stands side by side."""

    def __init__(self, tokens: list[Term], length: int) -> None:
        self._tokens = tokens
        self._length = length
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
        start = self.token
        if self._skip("-"):
            return Not(self.single())
        if self._skip("("):
            node = self.either()
            if not self._skip(")"):
                raise QueryError("a `(` is never closed", start.position if start else self._length)
            return node
        token = self.token
        if token is None or token.operator == "syntax":
            what = f"before [{token.value}]" if token else "at the end"
            raise QueryError(f"something to search for is missing {what}", token.position if token else self._length)
        self._place += 1
        return token
