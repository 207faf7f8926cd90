"""The group `client.users`."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, Unpack

from xdk_async._core.backfill import Backfill
from xdk_async._core.batches import Ids, OnMissing
from xdk_async._core.lookup import NUMBER, USERNAME, Lookup, look_up
from xdk_async._core.terms import PostBackfill, Terms
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

    def backfill_posts(
        self,
        id: str | int,
        start: datetime | timedelta | str,
        end: datetime | timedelta | str | None = None,
        *,
        exclude: Sequence[Literal["replies", "retweets"] | str] | str | None = None,
        **asked: Unpack[PostBackfill],
    ) -> Backfill[models.Post]:
        """Posts by the user `id` of a time range, newest first, fetched in windows side by side.

        X shows the latest 3200 posts of a user.

        GET /2/users/{id}/tweets · app or user · tweet.read users.read

        Args:
            id: Id of the user, a decimal string.
            start: Oldest moment, inclusive, with a time zone, as a `datetime` or an ISO 8601 string; in whole seconds. Or a
                `timedelta`: so long ago, counted from the first run when a later one goes on.
            end: Newest moment, exclusive; 15 seconds ago if left out.
            exclude: Kinds of posts to leave out.
            **asked: How it goes, and what the answer holds, see `PostBackfill` and `fields.PostFields`.

        Raises:
            InvalidArgument: The range is empty, in the future, or begins before 2010-11-06.
        """
        return Backfill(self._sender, op.USERS_GET_POSTS, Terms(start, end), dict(asked), id=id, exclude=exclude)

    def backfill_mentions(
        self,
        id: str | int,
        start: datetime | timedelta | str,
        end: datetime | timedelta | str | None = None,
        **asked: Unpack[PostBackfill],
    ) -> Backfill[models.Post]:
        """Posts of a time range that mention the user `id`, newest first, fetched in windows side by side.

        X shows the latest 800 mentions of a user.

        GET /2/users/{id}/mentions · app or user · tweet.read users.read

        Args:
            id: Id of the user, a decimal string.
            start: Oldest moment, inclusive, with a time zone, as a `datetime` or an ISO 8601 string; in whole seconds. Or a
                `timedelta`: so long ago, counted from the first run when a later one goes on.
            end: Newest moment, exclusive; 15 seconds ago if left out.
            **asked: How it goes, and what the answer holds, see `PostBackfill` and `fields.PostFields`.

        Raises:
            InvalidArgument: The range is empty, in the future, or begins before 2010-11-06.
        """
        return Backfill(self._sender, op.USERS_GET_MENTIONS, Terms(start, end), dict(asked), id=id)

    def backfill_timeline(
        self,
        id: str | int,
        start: datetime | timedelta | str,
        end: datetime | timedelta | str | None = None,
        *,
        exclude: Sequence[Literal["replies", "retweets"] | str] | str | None = None,
        **asked: Unpack[PostBackfill],
    ) -> Backfill[models.Post]:
        """What the signed-in user `id` and those whom they follow posted in a time range, newest first.

        GET /2/users/{id}/timelines/reverse_chronological · user · tweet.read users.read

        Args:
            id: Id of the signed-in user, a decimal string.
            start: Oldest moment, inclusive, with a time zone, as a `datetime` or an ISO 8601 string; in whole seconds. Or a
                `timedelta`: so long ago, counted from the first run when a later one goes on.
            end: Newest moment, exclusive; 15 seconds ago if left out.
            exclude: Kinds of posts to leave out.
            **asked: How it goes, and what the answer holds, see `PostBackfill` and `fields.PostFields`.

        Raises:
            InvalidArgument: The range is empty, in the future, or begins before 2010-11-06.
        """
        return Backfill(self._sender, op.USERS_GET_TIMELINE, Terms(start, end), dict(asked), id=id, exclude=exclude)
