"""What a request wants to see: fields by kind of object, expansions, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xdk_async.sandbox.member_show import SCHEDULED
from xdk_async.sandbox.member_stream import JOB
from xdk_async.sandbox.vocabulary import EXPANSIONS, NEWER, Vocabulary, spoken

DEFAULTS: Mapping[str, frozenset[str]] = {
    "post": frozenset({"id", "text"}),
    "user": frozenset({"id", "name", "username"}),
    "media": frozenset({"media_key", "type"}),
    "poll": frozenset({"id", "options"}),
    "place": frozenset({"id", "full_name"}),
    "list": frozenset({"id", "name"}),
    "dm_event": frozenset({"id", "event_type", "text"}),
    "chat_conversation": frozenset({"id", "type"}),
    "chat_message_event": frozenset({"id", "encoded_event"}),
    "public_key": frozenset({"public_key_version", "public_key"}),
    "space": frozenset({"id", "state"}),
    "topic": frozenset({"id", "name"}),
    "community": frozenset({"id", "name"}),
    "note": frozenset({"id"}),
    "broadcast": frozenset({"id", "state", "title"}),
    "scheduled_broadcast": frozenset(SCHEDULED),  # without a parameter that chooses
    "broadcast_chat_message": frozenset({"id", "text"}),
    "news": frozenset({"id", "name"}),
    "like": frozenset({"id", "created_at", "liked_tweet_id", "timestamp_ms", "tweet_author_id"}),
    "connection": frozenset({"id", "endpoint_name", "connected_at"}),
    "compliance_job": frozenset(JOB) - {"resumable"},
    "trend": frozenset({"trend_name", "tweet_count"}),
    "personalized_trend": frozenset({"category", "post_count", "trend_name", "trending_since"}),
    "analytics": frozenset({"id", "timestamped_metrics"}),
    "media_analytics": frozenset({"media_key", "timestamped_metrics"}),
    "search_count": frozenset({"start", "end", "post_count"}),
    "usage": frozenset({"cap_reset_day", "project_cap", "project_id", "project_usage"}),
    "rules_count": frozenset(
        {"cap_per_client_app", "cap_per_project", "client_app_rules_count", "project_rules_count"}
    ),
}
NOTHING: frozenset[str] = frozenset()
KINDS = {"tweet": "post", "like_with_tweet_author": "like"}  # what parameters call otherwise
OWN_NEWER = {  # older names that mean something only in objects of one kind
    "chat_message_event": {"created_at_msec": "created_at"},
    "like": {"liked_tweet_author_id": "tweet_author_id"},
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Field and expansion names as the newer vocabulary has them, whichever the request used."""

    vocabulary: Vocabulary
    fields: Mapping[str, frozenset[str]]
    expansions: frozenset[str]

    def names(self, kind: str) -> frozenset[str]:
        """The members that an object of this kind shows, without those that expansions bring."""
        names = DEFAULTS.get(kind, NOTHING) | self.fields.get(kind, NOTHING)
        if kind == "post" and self.vocabulary == "2.166":
            names |= {"edit_history_post_ids"}
        return names


def selected(query: Mapping[str, str], default: Vocabulary) -> Selection:
    """The selection that a query makes."""
    named = {
        name: frozenset(value.split(","))
        for name, value in query.items()
        if name == "expansions" or name.endswith(".fields")
    }
    fields: dict[str, frozenset[str]] = {}
    for parameter, names in named.items():
        if parameter != "expansions":
            kind = parameter.removesuffix(".fields")
            kind = KINDS.get(kind, kind)
            newer = {**NEWER, **OWN_NEWER.get(kind, {})}
            fields[kind] = frozenset(newer.get(name, name) for name in names)
    expansions = frozenset(EXPANSIONS.get(name, name) for name in named.get("expansions", ()))
    return Selection(spoken(named, default), fields, expansions)
