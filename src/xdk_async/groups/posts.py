"""`client.posts`: X's operations, any number of ids, long ranges of time, and posts with files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Literal, Unpack

from xdk_async._core.answer import Response
from xdk_async._core.attachment import Attachment, check_together, delivered, packed
from xdk_async._core.backfill import Backfill
from xdk_async._core.batches import Ids, OnMissing
from xdk_async._core.given import check_type
from xdk_async._core.lookup import NUMBER, Lookup, look_up
from xdk_async._core.media_source import MediaFile
from xdk_async._core.terms import CountBackfill, PostBackfill, Terms
from xdk_async.api import fields, models, posts
from xdk_async.api import operations as op
from xdk_async.errors import InvalidArgument


class PostsClient(posts.PostsClient):
    """Posts: write, find, count, hide, and what people did with them."""

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

    def backfill(
        self,
        query: str,
        start: datetime | timedelta | str,
        end: datetime | timedelta | str | None = None,
        *,
        archive: bool = False,
        use_counts: bool = True,
        **asked: Unpack[PostBackfill],
    ) -> Backfill[models.Post]:
        """All posts of a time range that match `query`, newest first, fetched in windows side by side.

        GET /2/tweets/search/recent · app or user · tweet.read users.read
        GET /2/tweets/search/all with `archive` · app

        Args:
            query: Search in X's query language, with operators such as `from:`, `has:media` and `-is:retweet`.
            start: Oldest moment, inclusive, with a time zone, as a `datetime` or an ISO 8601 string; in whole seconds. Or a
                `timedelta`: so long ago, counted from the first run when a later one goes on.
            end: Newest moment, exclusive; the newest that can be searched for (15 seconds ago) if left out.
            archive: Whether to search all posts, not just those of the last 7 days.
            use_counts: Whether to ask X first how many posts there are when, to cut windows of about equal size; billed as
                counts. Where X refuses, or without it, windows are halved as posts come in.
            **asked: How it goes, and what the answer holds, see `PostBackfill` and `fields.PostFields`.

        Raises:
            InvalidArgument: The range is empty, in the future, or reaches back further than X does.
        """
        counts = op.POSTS_GET_COUNTS_ALL if archive else op.POSTS_GET_COUNTS_RECENT
        operation = op.POSTS_SEARCH_ALL if archive else op.POSTS_SEARCH_RECENT
        return Backfill(
            self._sender, operation, Terms(start, end, counts if use_counts else None), dict(asked), query=query
        )

    def backfill_counts(
        self,
        query: str,
        start: datetime | timedelta | str,
        end: datetime | timedelta | str | None = None,
        *,
        granularity: Literal["minute", "hour", "day"] | str | None = None,
        archive: bool = False,
        **asked: Unpack[CountBackfill],
    ) -> Backfill[models.PostCount]:
        """How many posts of a time range match `query`, newest first, fetched in windows of 31 days side by side.

        GET /2/tweets/counts/recent · app or OAuth 2.0 user
        GET /2/tweets/counts/all with `archive` · app

        Args:
            query: Search in X's query language, with operators such as `from:`, `has:media` and `-is:retweet`.
            start: Oldest moment, inclusive, with a time zone, as a `datetime` or an ISO 8601 string; in whole seconds. Or a
                `timedelta`: so long ago, counted from the first run when a later one goes on.
            end: Newest moment, exclusive; the newest that can be searched for (15 seconds ago) if left out.
            granularity: Length of time that each count covers. X's default: hour.
            archive: Whether to count all posts, not just those of the last 7 days.
            **asked: How it goes, and what the answer holds, see `CountBackfill` and `fields.SearchCountFields`.

        Raises:
            InvalidArgument: The range is empty, in the future, or reaches back further than X does.
        """
        operation = op.POSTS_GET_COUNTS_ALL if archive else op.POSTS_GET_COUNTS_RECENT
        return Backfill(self._sender, operation, Terms(start, end), dict(asked), query=query, granularity=granularity)

    async def publish(
        self,
        text: str | None = None,
        media: Sequence[MediaFile | Attachment | models.MediaUpload] = (),
        *,
        reply_to: str | int | None = None,
        quote_tweet_id: str | int | None = None,
        reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None,
        community_id: str | int | None = None,
    ) -> Response[models.CreatePostsResponseData]:
        """Upload files and publish a post with them. Nothing is sent before all files are known to be what X takes.

        user · media.write tweet.read tweet.write users.read

        Args:
            text: What the post says; needed unless media is attached. A link in it raises the price.
            media: Up to 4 photos, or 1 GIF, or 1 video: paths, bytes, open files, async iterators, an `Attachment` for one
                with alt text or other settings, or what `media.upload_file` gave.
            reply_to: ID of the post to reply to.
            quote_tweet_id: ID of the post to quote; X no longer allows this to self-serve apps.
            reply_settings: Who may reply; everyone unless set.
            community_id: ID of the Community to publish in.

        Raises:
            InvalidArgument: X would refuse a file, or all of them together; nothing was sent.
            MediaProcessingFailed: X could not make anything of a file; nothing was posted.
        """
        if not text and not media:
            raise InvalidArgument("posts.publish needs text=, or media=, or both")
        ids = await self._uploaded(media)
        return await self.create(
            text=text,
            media_ids=ids or None,
            reply_to=reply_to,
            quote_tweet_id=quote_tweet_id,
            reply_settings=reply_settings,
            community_id=community_id,
        )

    async def _uploaded(self, media: Sequence[MediaFile | Attachment | models.MediaUpload]) -> list[str]:
        one = (str, bytes, bytearray, memoryview)
        check_type("media=", media, Sequence, "a list of files, even for one (media=[…])", but=one)
        if len(media) > 4:
            raise InvalidArgument(f"media= holds {len(media)} files; a post takes 4 photos, or 1 GIF, or 1 video")
        async with AsyncExitStack() as stack:
            parcels = [
                each
                if isinstance(each, models.MediaUpload)
                else await packed(self._sender, each if isinstance(each, Attachment) else Attachment(each), stack)
                for each in media
            ]
            new = [each.plan.kind for each in parcels if not isinstance(each, models.MediaUpload)]
            check_together(new, len(parcels))
            found = [
                each if isinstance(each, models.MediaUpload) else await delivered(self._sender, each)
                for each in parcels
            ]
        return [given_id(each) for each in found]


def given_id(media: models.MediaUpload) -> str:
    """The id of a file that X has already."""
    if media.id is None:
        raise InvalidArgument("media= holds a MediaUpload without an id")
    return media.id
