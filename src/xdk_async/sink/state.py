"""How far each query came that is collected into a target. It is stored with the data, in one step with it."""

from __future__ import annotations

import msgspec

from xdk_async.errors import InvalidArgument, StoreFailed


class Reach(msgspec.Struct):
    """How far one query came."""

    position: str | None = None
    """Where to go on; None at its beginning, and for sources that cannot go on."""
    items: int = 0
    """Rows written of it."""
    done: bool = False
    """Whether its end was reached."""


class State(msgspec.Struct):
    """What a target holds beside the data."""

    queries: dict[str, Reach] = {}
    """By what tells queries apart."""
    version: int = 1

    def reach_of(self, query: str, mode: str, path: object) -> Reach:
        """How far a query came.

        Raises:
            InvalidArgument: The target holds another query's items.
        """
        if self.queries and query not in self.queries and mode != "append":
            others = "; ".join(self.queries)
            raise InvalidArgument(
                f"{path} holds another query: {others}, not {query}. Collect into another file, or use"
                f" mode='append' to add to it, or mode='overwrite' to begin anew"
            )
        return self.queries.setdefault(query, Reach())


def encoded(state: State) -> bytes:
    """What is stored."""
    return msgspec.json.encode(state)


def decoded(data: bytes | str, path: object) -> State:
    """What was stored.

    Raises:
        StoreFailed: It is not what was written.
    """
    try:
        return msgspec.json.decode(data, type=State)
    except msgspec.DecodeError as error:
        raise StoreFailed(f"{path}: how far the collecting came cannot be read: {error}") from None
