"""The two vocabularies: which one a request is in, and how an answer is put into the older one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, TypeGuard

Vocabulary: TypeAlias = Literal["2.166", "2.167"]

# Members of answers: newer name = older name
OLDER = {
    "edit_history_post_ids": "edit_history_tweet_ids",
    "referenced_posts": "referenced_tweets",
    "note_post": "note_tweet",
    "repost_count": "retweet_count",
    "pinned_post_id": "pinned_tweet_id",
    "most_recent_post_id": "most_recent_tweet_id",
    "post_count": "tweet_count",
    "total_post_count": "total_tweet_count",
    "message_ttl_ms": "message_ttl_msec",
}
NOTHING: frozenset[str] = frozenset()
KEPT = {"trends.get_personalized": frozenset({"post_count"})}  # what 2.166 calls so too, in answers of an operation
NEWER = {older: newer for newer, older in OLDER.items()}
ONLY_NEWER = {"media_count"}  # members that the older version does not have

# Expansions: older name = the name we work with
EXPANSIONS = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets.id": "referenced_posts",
    "referenced_tweets.id.author_id": "referenced_posts.author_id",
    "referenced_tweets.id.attachments.media_keys": "referenced_posts.attachments.media_keys",
    "pinned_tweet_id": "pinned_post_id",
    "most_recent_tweet_id": "most_recent_post_id",
    "affiliation.user_id": "affiliation",
    "entities.note.mentions.username": "entities.note.mentions.username",
}

# Values that only one version knows, by parameter; None: the parameter itself
IN_2_166: Mapping[str, set[str] | None] = {
    "tweet.fields": None,
    "expansions": set(EXPANSIONS),
    "user.fields": {"affiliation", "most_recent_tweet_id", "pinned_tweet_id"},
    "list.fields": {"owner_id"},
    "space.fields": {"creator_id", "host_ids", "invited_user_ids", "speaker_ids", "topic_ids"},
    "dm_event.fields": {"participant_ids", "referenced_tweets", "sender_id"},
    "chat_conversation.fields": {"admin_ids", "member_ids", "message_ttl_msec", "participant_ids"},
    "chat_message_event.fields": {"created_at_msec"},
}
IN_2_167: Mapping[str, set[str] | None] = {
    "post.fields": None,
    "tweet.fields": {"article_title", "note_post"},
    "expansions": {
        *(
            "affiliation",
            "edit_history_post_ids",
            "most_recent_post_id",
            "pinned_post_id",
            "referenced_posts",
            "username",
        )
    },
    "user.fields": {"subscribes_to_you"},
    "chat_conversation.fields": {"message_ttl_ms"},
    "chat_message_event.fields": {"created_at"},
    "analytics.fields": {"timestamped_metrics"},
    "media_analytics.fields": {"timestamped_metrics"},
}


def spoken(names: Mapping[str, Iterable[str]], default: Vocabulary) -> Vocabulary:
    """The vocabulary of a request, by what it asks for; a single newer name decides."""
    if _any(names, IN_2_167):
        return "2.167"
    return "2.166" if _any(names, IN_2_166) else default


def _any(names: Mapping[str, Iterable[str]], known: Mapping[str, set[str] | None]) -> bool:
    for parameter, values in names.items():
        if parameter in known:
            only = known[parameter]
            if only is None or not only.isdisjoint(values):
                return True
    return False


def spelled(expansion: str, vocabulary: Vocabulary) -> str:
    """The name that an expansion has in a vocabulary."""
    names = {newer: older for older, newer in EXPANSIONS.items()} if vocabulary == "2.166" else {}
    return names.get(expansion, expansion)


def older(body: Mapping[str, Any], kept: frozenset[str] = NOTHING) -> dict[str, Any]:
    """A whole answer in 2.166 words; the names that are `kept` are the same there."""
    told = {name: value if name == "errors" else _older(value, kept) for name, value in body.items()}
    if "posts" in told.get("includes", ()):
        told["includes"] = {"tweets" if kind == "posts" else kind: each for kind, each in told["includes"].items()}
    return told


def _older(value: Any, kept: frozenset[str]) -> Any:
    if is_object(value):
        return {
            name if name in kept else OLDER.get(name, name): _older(each, kept)
            for name, each in value.items()
            if name not in ONLY_NEWER
        }
    if is_list(value):
        return [_older(each, kept) for each in value]
    return value


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a part of an answer is an object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether a part of an answer is a list."""
    return isinstance(value, list)
