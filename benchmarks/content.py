"""What the server answers, made once: the same bytes for everyone, of the shapes and sizes that X sends."""

from __future__ import annotations

import functools
import json
import random
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

FIRST_ID = 1_950_000_000_000_000_000
PAGE_DIGITS = 6  # of each id on a page, which say the page's number: no page repeats another's ids
QUERY = "(python OR asyncio OR msgspec) lang:en -is:retweet has:media"
# The fields that people ask for who want everything that is free; the query is 700 bytes long with them.
POST_FIELDS = (
    "attachments", "author_id", "context_annotations", "conversation_id", "created_at", "edit_controls", "entities",
    "geo", "in_reply_to_user_id", "lang", "possibly_sensitive", "public_metrics", "referenced_tweets", "reply_settings",
)  # fmt: skip
USER_FIELDS = (
    "created_at", "description", "entities", "id", "location", "name", "pinned_tweet_id", "profile_image_url",
    "protected", "public_metrics", "url", "username", "verified", "verified_type",
)  # fmt: skip
MEDIA_FIELDS = (
    "alt_text",
    "duration_ms",
    "height",
    "media_key",
    "preview_image_url",
    "public_metrics",
    "type",
    "url",
    "width",
)
EXPANSIONS = ("author_id", "attachments.media_keys")
ME = {"data": {"id": "2244994945", "name": "X Dev", "username": "XDevelopers", "created_at": "2013-12-14T04:35:55.000Z",
               "description": "The voice of the X developer team", "verified": True}}  # fmt: skip
CREATED = {
    "data": {
        "id": "1950000000000000001",
        "text": "Hello from a benchmark",
        "edit_history_tweet_ids": ["1950000000000000001"],
    }
}
TOKEN = {"token_type": "bearer", "expires_in": 7200, "access_token": "plain", "refresh_token": "again",
         "scope": "tweet.read users.read offline.access"}  # fmt: skip
WORDS = tuple(
    "the of and to in is you that it he was for on are as with his they at be this have from or one had by word but".split()  # noqa: SIM905
)


def packed(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(words))


def post(chance: random.Random, id: str, author: str, media: str | None) -> dict[str, Any]:
    made = datetime(2025, 7, 28, tzinfo=UTC) + timedelta(seconds=chance.randrange(10**6))
    found: dict[str, Any] = {
        "id": id,
        "text": f"{text(chance, 34)} 🚀 https://t.co/{id[-10:]}",
        "author_id": author,
        "conversation_id": id,
        "created_at": f"{made:%Y-%m-%dT%H:%M:%S}.000Z",
        "lang": "en",
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "edit_history_tweet_ids": [id],
        "edit_controls": {"edits_remaining": 5, "is_edit_eligible": False, "editable_until": f"{made:%Y-%m-%dT%H:%M:%S}.000Z"},
        "public_metrics": {
            name: chance.randrange(5000)
            for name in ("repost_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count")
        },
        "entities": {
            "urls": [{
                "start": 100, "end": 123, "url": f"https://t.co/{id[-10:]}", "expanded_url": f"https://example.com/{id}/article",
                "display_url": "example.com/article", "title": text(chance, 8), "description": text(chance, 16),
                "unwound_url": f"https://example.com/{id}/article", "status": 200,
            }],
            "hashtags": [{"start": 10, "end": 17, "tag": "python"}, {"start": 20, "end": 28, "tag": "asyncio"}],
            "mentions": [{"start": 0, "end": 9, "username": "someone", "id": "2244994945"}],
        },
        "context_annotations": [
            {"domain": {"id": "46", "name": "Business Taxonomy", "description": "Categories within brand verticals"},
             "entity": {"id": "1557697333571112960", "name": "Technology Business", "description": text(chance, 6)}},
            {"domain": {"id": "131", "name": "Unified Twitter Taxonomy", "description": "A taxonomy of user interests"},
             "entity": {"id": "898650876658634752", "name": "Python"}},
        ],
        "referenced_tweets": [{"type": "quoted", "id": str(int(id) - 5)}],
    }  # fmt: skip
    if media:
        found["attachments"] = {"media_keys": [media]}
    return found


def user(chance: random.Random, id: str) -> dict[str, Any]:
    return {
        "id": id, "name": f"Name {id[-5:]}", "username": f"user_{id[-8:]}", "created_at": "2013-12-14T04:35:55.000Z",
        "description": text(chance, 18), "location": "Earth", "url": "https://t.co/3ZX3TNiZCY", "protected": False,
        "verified": False, "verified_type": "none",
        "profile_image_url": f"https://pbs.twimg.com/profile_images/{id}/a_normal.png",
        "public_metrics": {
            name: chance.randrange(10**5) for name in ("followers_count", "following_count", "post_count", "listed_count")
        },
        "entities": {"url": {"urls": [{
            "start": 0, "end": 23, "url": "https://t.co/3ZX3TNiZCY", "expanded_url": "https://example.com",
            "display_url": "example.com",
        }]}},
    }  # fmt: skip


def medium(chance: random.Random, key: str) -> dict[str, Any]:
    return {
        "media_key": key, "type": "photo", "url": f"https://pbs.twimg.com/media/{key}.jpg", "height": 1080, "width": 1920,
        "alt_text": text(chance, 10), "public_metrics": {"view_count": 12345},
    }  # fmt: skip


@functools.cache
def page_template() -> bytes:
    """A page of recent search: 100 posts, 80 users, 30 media, with `#` where ids and the token say which page it is."""
    chance = random.Random(7)
    mark = "#" * PAGE_DIGITS
    users = [f"{10**15 + number}" for number in range(80)]
    keys = [f"3_{10**18 + number}" for number in range(30)]
    ids = [f"1950000{mark}{number:06d}" for number in range(100)]
    posts = [
        post(chance, id.replace(mark, "0" * PAGE_DIGITS), users[number % 80], keys[number] if number < 30 else None)
        for number, id in enumerate(ids)
    ]
    for each, id in zip(posts, ids, strict=True):
        each["id"] = each["conversation_id"] = id
    return packed({
        "data": posts,
        "includes": {"users": [user(chance, id) for id in users], "media": [medium(chance, key) for key in keys]},
        "meta": {"newest_id": ids[0], "oldest_id": ids[-1], "result_count": 100, "next_token": f"b26v89c19zqg8o3f{mark}"},
    })  # fmt: skip


@functools.lru_cache(maxsize=1024)
def page(number: int) -> bytes:
    """A page, 219 KB; its token leads to the one after it."""
    mark, said = b"#" * PAGE_DIGITS, b"%0*d" % (PAGE_DIGITS, number)
    return page_template().replace(mark, said)


@functools.lru_cache(maxsize=1024)
def page_gzipped(number: int) -> bytes:
    compressor = zlib.compressobj(6, wbits=31)
    return compressor.compress(page(number)) + compressor.flush()


class Line:
    """One post of the filtered stream, 2.3 KB with its author, again and again with another id and time."""

    def __init__(self) -> None:
        chance = random.Random(8)
        id = "1950000000000000000"
        made = post(chance, id, "1000000000000001", None)
        made["id"] = "#ID#"
        made["text"] = "@#TIME# " + made["text"]
        line = packed({"data": made, "includes": {"users": [user(chance, "1000000000000001")]},
                       "matching_rules": [{"id": "1166916266197536768", "tag": "python"}]})  # fmt: skip
        self._head, rest = line.split(b"#ID#")
        self._middle, self._tail = rest.split(b"#TIME#")
        self._tail += b"\r\n"

    def at(self, number: int, nanoseconds: int) -> bytes:
        """The line that is sent as the so-many-th, at a moment of the monotonic clock."""
        parts = (self._head, b"%d" % (FIRST_ID + number), self._middle, b"%020d" % nanoseconds, self._tail)
        return b"".join(parts)


def sent_at(post_text: str) -> int:
    """The nanoseconds that a post's text holds."""
    return int(post_text[1:21])
