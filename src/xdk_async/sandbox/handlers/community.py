"""Communities."""

from __future__ import annotations

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.shape import one, page


@handles("communities.get_by_id")
def get_community(ask: Ask) -> Reply:
    """A Community by id."""
    return one(ask, "community", ask.store.communities.get(ask.path["id"]), "id", ask.path["id"])


@handles("communities.search")
def search(ask: Ask) -> Reply:
    """Communities in whose name or description the query occurs."""
    wanted = ask.query["query"].casefold()
    found = [each for each in ask.store.communities.values() if wanted in f"{each.name}\n{each.description}".casefold()]
    return page(ask, "community", found, 10, previous=False)
