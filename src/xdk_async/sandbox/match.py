"""Whether a post is what a query or a rule asks for: one matcher for search, counts and the filtered stream."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from xdk_async.sandbox.operator import OPERATORS
from xdk_async.sandbox.query import All, Either, Node, Not, QueryError, Term, read, terms
from xdk_async.sandbox.record import Post
from xdk_async.sandbox.store import Store

Matcher: TypeAlias = Callable[[Store, Post], bool]
LONGEST_RULE = 1024


@lru_cache(maxsize=4096)
def matcher(query: str) -> Matcher:
    """A function that knows the posts which a query means; the same query is read once.

    Raises:
        QueryError: The query cannot be read, or X answers no such query.
    """
    node = read(query)
    for term in terms(node):
        _check(term)
    if not _stands(node):
        lame = next(terms(node))
        reason = f"[{_written(lame)}] only narrows a search; a word or an operator such as from: has to stand beside it"
        raise QueryError(reason, lame.position)
    return meaning(node)


def _check(term: Term) -> None:
    operator = OPERATORS.get(term.operator)
    if operator is None:
        raise QueryError(f"there is no operator [{term.operator}:] here", term.position)
    if not operator.takes.fullmatch(term.value):
        raise QueryError(f"[{_written(term)}] has a value that is not {operator.says}", term.position)


def _written(term: Term) -> str:
    return term.value if term.operator in ("word", "phrase") else f"{term.operator}{_colon(term)}{term.value}"


def _colon(term: Term) -> str:
    return "" if term.operator in "#@$" else ":"


def _stands(node: Node) -> bool:
    """Whether every alternative holds something that can stand alone and is not negated."""
    if isinstance(node, Term):
        return OPERATORS[node.operator].alone
    if isinstance(node, Not):
        return False
    return all(map(_stands, node.parts)) if isinstance(node, Either) else any(map(_stands, node.parts))


def meaning(node: Node) -> Matcher:
    """A function that knows the posts which a part of a query means."""
    if isinstance(node, Term):
        test, value = OPERATORS[node.operator].test, node.value.casefold()
        return lambda store, post: test(store, post, value)
    if isinstance(node, Not):
        part = meaning(node.part)
        return lambda store, post: not part(store, post)
    parts = [meaning(each) for each in node.parts]
    if isinstance(node, All):
        return lambda store, post: all(each(store, post) for each in parts)
    return lambda store, post: any(each(store, post) for each in parts)
