"""The group `client.spaces`."""

from __future__ import annotations

from typing import Unpack

from xdk_async._core.batches import Ids, OnMissing
from xdk_async._core.lookup import ALPHANUMERIC, Lookup, look_up
from xdk_async.api import fields, models, spaces
from xdk_async.api import operations as op


class SpacesClient(spaces.SpacesClient):
    """Spaces: look up and search, their buyers and posts."""

    __slots__ = ()

    def lookup(
        self,
        ids: Ids,
        *,
        concurrency: int = 10,
        on_missing: OnMissing | None = None,
        **fields: Unpack[fields.SpaceFields],
    ) -> Lookup[models.Space]:
        """Spaces by any number of ids, in their order.

        GET /2/spaces, 100 ids each · app or OAuth 2.0 user · space.read tweet.read users.read

        Args:
            ids: Ids of the Spaces; an iterable or async iterable, read as it is needed.
            concurrency: Requests under way at once; limits are kept all the same.
            on_missing: Gets the id of each Space that X cannot show, and what X says of it; sync or async. Without it
                they are in `missing`.
            **fields: What the answer holds, see `fields.SpaceFields`.
        """
        return look_up(
            self._sender, op.SPACES_GET_BY_IDS, "ids", ALPHANUMERIC, ids, "id", concurrency, on_missing, dict(fields)
        )
