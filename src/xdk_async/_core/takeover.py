"""Closes the app's older connections to a stream, where X counts them against a new one."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from xdk_async._core.bind import bind
from xdk_async._core.operation import Operation
from xdk_async._core.pages import Pages
from xdk_async._core.sender import Sender
from xdk_async.api import operations as op
from xdk_async.errors import XError

log = logging.getLogger("xdk_async")
AT_ONCE = 100  # connections that X closes in one request at the most
ENDPOINTS = {
    "stream.labels_compliance": "tweet_label_stream",
    "stream.likes_compliance": "likes_compliance_stream",
    "stream.likes_firehose": "likes_firehose_stream",
    "stream.likes_sample10": "likes_sample10_stream",
    "stream.posts": "filtered_stream",
    "stream.posts_compliance": "tweets_compliance_stream",
    "stream.posts_firehose": "firehose_stream",
    "stream.posts_firehose_en": "firehose_stream_lang_en",
    "stream.posts_firehose_ja": "firehose_stream_lang_ja",
    "stream.posts_firehose_ko": "firehose_stream_lang_ko",
    "stream.posts_firehose_pt": "firehose_stream_lang_pt",
    "stream.posts_sample": "sample_stream",
    "stream.posts_sample10": "sample10_stream",
    "stream.users_compliance": "users_compliance_stream",
}
"""X's names of the streams in its connections API; it has none for the activity stream."""


async def take_over(sender: Sender, operation: Operation[Any], before: datetime, *, alone: bool) -> None:
    """Close connections to the stream.

    Args:
        sender: the view that asks.
        operation: the stream.
        before: where the stream has several connections of ours, only those that were opened before then go.
        alone: whether it has one only, so that all others may go.
    """
    endpoint = ENDPOINTS.get(operation.name)
    if endpoint is None:
        log.warning(
            "%s: X cannot close its connections by name: the older one has to be closed where it runs", operation.name
        )
        return
    try:
        if alone:
            await sender.send(bind(op.CONNECTIONS_DELETE_BY_ENDPOINT, {"endpoint_id": endpoint}))
        else:
            await close_older(sender, endpoint, before)
    except XError as error:
        log.warning("%s: the older connection could not be closed: %s", operation.name, error)


async def close_older(sender: Sender, endpoint: str, before: datetime) -> None:
    asked = {"status": "active", "endpoints": [endpoint], "max_results": AT_ONCE}
    older: list[str] = []
    async for page in Pages(sender, bind(op.CONNECTIONS_GET_CONNECTION_HISTORY, asked)):
        older += [each.id for each in page.data if each.id and each.connected_at and each.connected_at < before]
    for first in range(0, len(older), AT_ONCE):
        await sender.send(bind(op.CONNECTIONS_DELETE_BY_UUIDS, {}, {"uuids": older[first : first + AT_ONCE]}))
