"""The 21 groups; each module loads when its group is first used (PEP 562). Some do more than call: those are here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xdk_async.api.account_activity import AccountActivityClient as AccountActivityClient
    from xdk_async.api.activity import ActivityClient as ActivityClient
    from xdk_async.api.articles import ArticlesClient as ArticlesClient
    from xdk_async.api.broadcasts import BroadcastsClient as BroadcastsClient
    from xdk_async.api.communities import CommunitiesClient as CommunitiesClient
    from xdk_async.api.community_notes import CommunityNotesClient as CommunityNotesClient
    from xdk_async.api.compliance import ComplianceClient as ComplianceClient
    from xdk_async.api.connections import ConnectionsClient as ConnectionsClient
    from xdk_async.api.general import GeneralClient as GeneralClient
    from xdk_async.api.lists import ListsClient as ListsClient
    from xdk_async.api.news import NewsClient as NewsClient
    from xdk_async.api.trends import TrendsClient as TrendsClient
    from xdk_async.api.usage import UsageClient as UsageClient
    from xdk_async.groups.chat import ChatClient as ChatClient
    from xdk_async.groups.direct_messages import DirectMessagesClient as DirectMessagesClient
    from xdk_async.groups.media import MediaClient as MediaClient
    from xdk_async.groups.posts import PostsClient as PostsClient
    from xdk_async.groups.spaces import SpacesClient as SpacesClient
    from xdk_async.groups.stream import StreamClient as StreamClient
    from xdk_async.groups.users import UsersClient as UsersClient
    from xdk_async.groups.webhooks import WebhooksClient as WebhooksClient

WHERE = {
    "AccountActivityClient": "xdk_async.api.account_activity",
    "ActivityClient": "xdk_async.api.activity",
    "ArticlesClient": "xdk_async.api.articles",
    "BroadcastsClient": "xdk_async.api.broadcasts",
    "ChatClient": "xdk_async.groups.chat",
    "CommunitiesClient": "xdk_async.api.communities",
    "CommunityNotesClient": "xdk_async.api.community_notes",
    "ComplianceClient": "xdk_async.api.compliance",
    "ConnectionsClient": "xdk_async.api.connections",
    "DirectMessagesClient": "xdk_async.groups.direct_messages",
    "GeneralClient": "xdk_async.api.general",
    "ListsClient": "xdk_async.api.lists",
    "MediaClient": "xdk_async.groups.media",
    "NewsClient": "xdk_async.api.news",
    "PostsClient": "xdk_async.groups.posts",
    "SpacesClient": "xdk_async.groups.spaces",
    "StreamClient": "xdk_async.groups.stream",
    "TrendsClient": "xdk_async.api.trends",
    "UsageClient": "xdk_async.api.usage",
    "UsersClient": "xdk_async.groups.users",
    "WebhooksClient": "xdk_async.groups.webhooks",
}


def __getattr__(name: str) -> Any:
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(WHERE[name]), name)
    globals()[name] = value
    return value
