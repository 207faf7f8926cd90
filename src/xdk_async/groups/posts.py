"""The group `client.posts`."""

from __future__ import annotations

from typing import Unpack

from xdk_async._core.batches import Ids, OnMissing
from xdk_async._core.lookup import NUMBER, Lookup, look_up
from xdk_async.api import fields, models, posts
from xdk_async.api import operations as op


class PostsClient(posts.PostsClient):
    """Posts: create, find, count, and what people did with them."""

    __slots__ = ()

    def lookup(
        self,
        ids: Ids,
        *,
        concurrency: int = 10,
        on_missing: OnMissing | None = None,
        **fields: Unpack[fields.PostFields],
    ) -> Lookup[models.Post]:
        """Posts by any number of ids, in their order.

        GET /2/tweets, 100 ids each · app or user · tweet.read users.read

        Args:
            ids: Ids of the posts; an iterable or async iterable, read as it is needed.
            concurrency: Requests under way at once; limits are kept all the same.
            on_missing: Gets the id of each post that X cannot show, and what X says of it; sync or async. Without it
                they are in `missing`.
            **fields: What the answer holds, see `fields.PostFields`.
        """
        return look_up(
            self._sender, op.POSTS_GET_BY_IDS, "ids", NUMBER, ids, "id", concurrency, on_missing, dict(fields)
        )
