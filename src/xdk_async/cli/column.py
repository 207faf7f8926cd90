"""What tables show of posts, users and rules, and what has to be asked of X for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xdk_async.cli.output import ROOM, Column

if TYPE_CHECKING:
    from xdk_async import Linked
    from xdk_async.api import models

POST = (
    Column("id", room=76),  # so that there is some for the text
    Column("created_at", "created (UTC)", room=56),
    Column("author.username", "author"),
    Column("text", wraps=True),
    Column("public_metrics.like_count", "likes", room=ROOM),
    Column("public_metrics.repost_count", "reposts", room=ROOM),
)
STREAMED = (Column("created_at"), Column("author.username"), Column("text"), Column("matching_rules"))
USER = (
    Column("id"),
    Column("username"),
    Column("name", wraps=True),
    Column("public_metrics.followers_count", "followers"),
    Column("public_metrics.following_count", "following"),
    Column("public_metrics.post_count", "posts"),
)
PERSON = (
    Column("username"), Column("name"), Column("id"), Column("description"), Column("location"), Column("url"),
    Column("created_at", "created (UTC)"), Column("verified_type", "verified"), Column("protected"),
    Column("public_metrics.followers_count", "followers"), Column("public_metrics.following_count", "following"),
    Column("public_metrics.post_count", "posts"),
)  # fmt: skip
RULE = (Column("id"), Column("tag"), Column("value", "rule", wraps=True))
AUTHOR = "author"


def names(fields: str | None, columns: tuple[Column, ...]) -> list[str]:
    """The paths that are wanted: those of `--fields`, or of the table's columns."""
    chosen = [each.strip() for each in (fields or "").split(",") if each.strip()]
    return chosen or [each.path for each in columns]


def post_arguments(fields: str | None, columns: tuple[Column, ...] = POST) -> dict[str, Any]:
    """What to ask of X so that posts have the wanted fields. Authors are asked for only if they are wanted: X bills them.

    Names of either version of the API are taken; the older ones are sent, which both know.
    """
    from xdk_async.api.fields import POST_FIELDS

    posts, users = dict[str, None](), dict[str, None]()
    newer = next(each for each in POST_FIELDS if each.name == "post_fields")
    older = {new: old for new, old in newer.elsewhere.items() if old}
    for path in names(fields, columns):
        first, _, rest = path.partition(".")
        if first == AUTHOR:
            users[rest.partition(".")[0] or "username"] = None
        elif first not in ("id", "text", "matching_rules"):
            posts[older.get(first, first)] = None
    asked: dict[str, Any] = {}
    if users:
        posts["author_id"] = None
        asked = {"expansions": ["author_id"], "user_fields": list(users)}
    return {**asked, **({"tweet_fields": list(posts)} if posts else {})}


def user_arguments(fields: str | None, columns: tuple[Column, ...] = USER) -> dict[str, Any]:
    """What to ask of X so that users have the wanted fields."""
    asked = dict.fromkeys(path.partition(".")[0] for path in names(fields, columns))
    return {"user_fields": [each for each in asked if each not in ("id", "name", "username")]}


def post_item(linked: Linked[models.Post], arguments: dict[str, Any]) -> dict[str, Any]:
    """A post as it is printed, with its author in it if the author was asked for."""
    item = linked.post.to_dict()
    author = linked.author if "expansions" in arguments else None
    return {**item, AUTHOR: author.to_dict()} if author else item


def post_names(typed: str) -> list[str]:
    """Fields of posts, for completion."""
    from xdk_async.api.fields import POST_FIELDS

    own = next(each.choices for each in POST_FIELDS if each.name == "tweet_fields")
    users = next(each.choices for each in POST_FIELDS if each.name == "user_fields")
    return [each for each in ("id", "text", *own, *(f"{AUTHOR}.{name}" for name in users)) if each.startswith(typed)]


def user_names(typed: str) -> list[str]:
    """Fields of users, for completion."""
    from xdk_async.api.fields import USER_FIELDS

    own = next(each.choices for each in USER_FIELDS if each.name == "user_fields")
    return [each for each in own if each.startswith(typed)]
