"""An item and what its own answer's includes hold for it, as one object that stands alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from xdk_async._core.lenient import fit_any, is_list, is_object, loads
from xdk_async.api import models
from xdk_async.sink.link import Link, links_of, model_of, references
from xdk_async.sink.shape import completed, shape_of

SENT_AS = {"posts": "tweets"}  # the older names of lists


class Surroundings:
    """The includes of one answer, looked up by id; with its body, also what no struct knows.

    Args:
        includes: the objects.
        raw: the body as it came; None if it was not kept.
    """

    def __init__(self, includes: models.Expansions, raw: bytes | None) -> None:
        self._includes = includes
        self._sent: Any = untyped(raw)
        self._found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}

    def flattened(self, items: Sequence[Any], whole: Sequence[Any] | None = None) -> list[dict[str, Any]]:
        """Items of the answer, each with what is linked to it.

        Args:
            items: these.
            whole: all of the answer, if they may be some of them.
        """
        sent = self._sent.get("data")
        plain = plained(items, sent_for(items, whole or items, [sent] if is_object(sent) else sent))
        models: list[type] = [type(item) for item in items]
        return [self._linked(each, model) for each, model in zip(plain, models, strict=True)]

    def _linked(self, plain: dict[str, Any], model: type, *, below: bool = False) -> dict[str, Any]:
        """`plain` with its links; as a copy, since several items may refer to it."""
        links = links_of(model, below=below) if issubclass(model, msgspec.Struct) else ()
        added = {link.name: found for link in links if (found := self._target(plain, link, below)) is not None}
        return {**plain, **added} if added else plain

    def _target(self, plain: dict[str, Any], link: Link, below: bool) -> Any:
        ids = list(references(plain, link.path))
        if not ids:
            return None
        index = self._index(link.kind, link.key)
        found = [index[folded] for id in ids if (folded := id.casefold() if link.key == "username" else id) in index]
        if link.kind == "posts" and not below:
            found = [self._linked(each, models.Post, below=True) for each in found]
        if link.name == "referenced":
            kinds = {each.get("id"): each.get("type") for each in plain["referenced_posts"]}
            found = [{"type": kinds.get(each.get("id")), **each} for each in found]
        if link.many:
            return found or None
        return found[0] if found else None

    def _index(self, kind: str, key: str) -> dict[str, dict[str, Any]]:
        index = self._found.get((kind, key))
        if index is None:
            objects: list[Any] = getattr(self._includes, kind) or []
            sent = self._sent.get("includes")
            lists = sent if is_object(sent) else {}
            plain = plained(objects, lists.get(kind) or lists.get(SENT_AS.get(kind, kind)), model_of(kind))
            fold = str.casefold if key == "username" else str
            index = {fold(str(each[key])): each for each in plain if each.get(key) is not None}
            self._found[kind, key] = index
        return index


def untyped(raw: bytes | None) -> dict[str, Any]:
    """A body as it came, less what no format can hold (NaN, halves of surrogate pairs); empty if it was not kept."""
    if not raw:
        return {}
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = misshapen(raw)
    return found if is_object(found) else {}


def misshapen(raw: bytes) -> Any:
    """The same for a body that is no proper JSON; None if it cannot be read at all."""
    try:
        return fit_any(loads(raw), "", [])
    except (ValueError, RecursionError):
        return None


def plained(items: Sequence[Any], sent: Any, model: type | None = None) -> list[dict[str, Any]]:
    """Items as dictionaries, times as times, completed by what X sent for them."""
    plain: list[dict[str, Any]] = [
        msgspec.to_builtins(item, builtin_types=(datetime,)) if isinstance(item, msgspec.Struct) else dict(item)
        for item in items
    ]
    if is_list(sent) and items:
        shape = shape_of(model or type(items[0]))
        for one, other in paired(plain, sent):
            completed(one, other, shape)
    return plain


def sent_for(items: Sequence[Any], whole: Sequence[Any], sent: Any) -> Any:
    """What X sent for some items of an answer, where it can be told by their order: not all items have an id."""
    if not is_list(sent) or len(items) == len(whole) or len(whole) != len(sent):
        return sent
    at = {id(item): number for number, item in enumerate(whole)}
    return [sent[at[id(item)]] for item in items]


def paired(plain: list[dict[str, Any]], sent: list[Any]) -> list[tuple[dict[str, Any], Any]]:
    """Each object with the one that X sent for it: in order, or by id where some are left out."""
    if len(plain) == len(sent):
        return list(zip(plain, sent, strict=True))
    by_id = {str(each["id"]): each for each in sent if is_object(each) and each.get("id") is not None}
    return [(each, by_id[id]) for each in plain if (id := str(each.get("id"))) in by_id]
