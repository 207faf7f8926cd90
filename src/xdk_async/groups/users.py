"""The group `client.users`."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from typing import Unpack

from xdk_async._core.batches import Ids, OnMissing
from xdk_async._core.lookup import NUMBER, USERNAME, Lookup, look_up
from xdk_async.api import fields, models, users
from xdk_async.api import operations as op


class UsersClient(users.UsersClient):
    """Users, their posts and lists, and what they follow, like, mute and bookmark."""

    __slots__ = ()

    def lookup(
        self,
        ids: Ids,
        *,
        concurrency: int = 10,
        on_missing: OnMissing | None = None,
        **fields: Unpack[fields.UserFields],
    ) -> Lookup[models.User]:
        """Users by any number of ids, in their order.

        GET /2/users, 100 ids each · app or user · tweet.read users.read

        Args:
            ids: Ids of the users; an iterable or async iterable, read as it is needed.
            concurrency: Requests under way at once; limits are kept all the same.
            on_missing: Gets the id of each user that X cannot show, and what X says of it; sync or async. Without it
                they are in `missing`.
            **fields: What the answer holds, see `fields.UserFields`.
        """
        return look_up(
            self._sender, op.USERS_GET_BY_IDS, "ids", NUMBER, ids, "id", concurrency, on_missing, dict(fields)
        )

    def lookup_usernames(
        self,
        usernames: Iterable[str] | AsyncIterable[str],
        *,
        concurrency: int = 10,
        on_missing: OnMissing | None = None,
        **fields: Unpack[fields.UserFields],
    ) -> Lookup[models.User]:
        """Users by any number of usernames, in their order.

        GET /2/users/by, 100 names each · app or user · tweet.read users.read

        Args:
            usernames: Names on X, with or without the @, in any case; an iterable or async iterable, read as it is needed.
            concurrency: Requests under way at once; limits are kept all the same.
            on_missing: Gets each name of which X shows no user, and what X says of it; sync or async. Without it they
                are in `missing`.
            **fields: What the answer holds, see `fields.UserFields`.
        """
        return look_up(
            self._sender, op.USERS_GET_BY_USERNAMES, "usernames", USERNAME, usernames, "username", concurrency, on_missing,
            dict(fields),
        )  # fmt: skip
