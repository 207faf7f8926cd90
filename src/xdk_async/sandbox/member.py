"""The members of posts, media, polls, places and Lists: how each follows from what is stored. None is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from xdk_async.sandbox.clock import MINUTE, SECOND, iso
from xdk_async.sandbox.compose import cut
from xdk_async.sandbox.operator import topic_id
from xdk_async.sandbox.record import Entities, List, Media, Place, Poll, Post
from xdk_async.sandbox.store import Store

R = TypeVar("R")

LINK_PARTS = ("start", "end", "url", "expanded_url", "display_url")
EDITABLE_MS = 60 * MINUTE
EDITS = 5
DOMAIN = {"id": "131", "name": "Unified Topic", "description": "What people talk about"}


@dataclass(frozen=True, slots=True)
class Scene:
    """Around an object: everything else, the time, and who looks."""

    store: Store
    now_ms: int
    viewer_id: str | None
    base_url: str = ""


Members: TypeAlias = Mapping[str, Callable[[Scene, R], Any]]


def _attachments(_: Scene, post: Post) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    if post.media_keys:
        found["media_keys"] = [*post.media_keys]
    if post.poll_id:
        found["poll_ids"] = [post.poll_id]
    return found or None


def _article_title(scene: Scene, post: Post) -> str | None:
    return scene.store.articles[post.article_id].title if post.article_id else None


def _article(scene: Scene, post: Post) -> dict[str, Any] | None:
    if post.article_id is None:
        return None
    article = scene.store.articles[post.article_id]
    text = "\n".join(block["text"] for block in article.content["blocks"])
    return {"id": article.id, "title": article.title, "plain_text": text, "preview_text": cut(text)}


def _annotations(_: Scene, post: Post) -> list[dict[str, Any]] | None:
    if post.topic is None:
        return None
    return [{"domain": DOMAIN, "entity": {"id": topic_id(post.topic), "name": post.topic}}]


def _edit_controls(scene: Scene, post: Post) -> dict[str, Any]:
    until = post.ms + EDITABLE_MS
    plain = not any(kind == "retweeted" for kind, _ in post.references) and post.poll_id is None
    return {
        "edits_remaining": EDITS + 1 - len(post.history),
        "is_edit_eligible": plain and scene.now_ms < until,
        "editable_until": iso(until),
    }


def _media_metadata(scene: Scene, post: Post) -> list[dict[str, str]] | None:
    found = [scene.store.media[key] for key in post.media_keys]
    return [{"media_key": each.key, "alt_text": each.alt_text} for each in found if each.alt_text] or None


def plain_links(entities: Entities) -> Entities:
    """Entities whose links tell nothing about where they lead to, as notes and Direct Messages have them."""
    links = [{name: each[name] for name in LINK_PARTS} for each in entities.get("urls", ())]
    return {**entities, **({"urls": links} if links else {})}


def _note(_: Scene, post: Post) -> dict[str, Any] | None:
    if post.note is None:
        return None
    return {"text": post.note, **({"entities": plain_links(post.note_entities)} if post.note_entities else {})}


def _public_metrics(scene: Scene, post: Post) -> dict[str, int]:
    store = scene.store
    return {
        "repost_count": store.count_referring("retweeted", post.id),
        "reply_count": store.count_referring("replied_to", post.id),
        "like_count": store.likes.count_to(post.id),
        "quote_count": store.count_referring("quoted", post.id),
        "bookmark_count": store.bookmarks.count_to(post.id),
        "impression_count": post.impressions,
    }


def _own_metrics(scene: Scene, post: Post) -> dict[str, int] | None:
    """Counts that only the author sees; the sandbox counts no clicks."""
    if post.author_id != scene.viewer_id:
        return None
    public = _public_metrics(scene, post)
    engagements = sum(public.values()) - post.impressions
    return {
        "impression_count": post.impressions,
        "url_link_clicks": 0,
        "user_profile_clicks": 0,
        "engagements": engagements,
    }


def _organic_metrics(scene: Scene, post: Post) -> dict[str, int] | None:
    if post.author_id != scene.viewer_id:
        return None
    counted = _public_metrics(scene, post)
    kept = ("impression_count", "like_count", "reply_count", "repost_count")
    return {**{name: counted[name] for name in kept}, "user_profile_clicks": 0}


PRIVATE = ("non_public_metrics", "organic_metrics", "promoted_metrics")  # X shows them to the author only
POST: Members[Post] = {
    "id": lambda _, post: post.id,
    "text": lambda _, post: post.text,
    "article": _article,
    "article_title": _article_title,
    "attachments": _attachments,
    "author_id": lambda _, post: post.author_id,
    "username": lambda scene, post: scene.store.users[post.author_id].username,
    "card_uri": lambda _, post: post.card_uri,
    "community_id": lambda _, post: post.community_id,
    "context_annotations": _annotations,
    "conversation_id": lambda _, post: post.conversation_id,
    "created_at": lambda _, post: iso(post.ms),
    "display_text_range": lambda _, post: [0, len(post.text)],
    "edit_controls": _edit_controls,
    "edit_history_post_ids": lambda _, post: [*post.history],
    "entities": lambda _, post: post.entities or None,
    "geo": lambda _, post: {"place_id": post.place_id} if post.place_id else None,
    "in_reply_to_user_id": lambda _, post: post.in_reply_to_user_id,
    "lang": lambda _, post: post.lang,
    "media_metadata": _media_metadata,
    "non_public_metrics": _own_metrics,
    "note_post": _note,
    "organic_metrics": _organic_metrics,
    "paid_partnership": lambda _, post: post.paid_partnership,
    "possibly_sensitive": lambda _, _post: False,
    "public_metrics": _public_metrics,
    "referenced_posts": lambda _, post: [{"type": kind, "id": id} for kind, id in post.references] or None,
    "reply_settings": lambda _, post: post.reply_settings,
    "source": lambda _, post: post.source,
}


def _variants(_: Scene, media: Media) -> list[dict[str, Any]] | None:
    if media.type == "photo":
        return None
    rates = (832_000, 2_176_000)
    address = f"https://video.example.com/{media.key}"
    return [{"bit_rate": rate, "content_type": "video/mp4", "url": f"{address}/{rate}.mp4"} for rate in rates]


MEDIA: Members[Media] = {
    "media_key": lambda _, media: media.key,
    "type": lambda _, media: media.type,
    "alt_text": lambda _, media: media.alt_text,
    "duration_ms": lambda _, media: media.duration_ms,
    "height": lambda _, media: media.height,
    "preview_image_url": lambda _, media: None if media.type == "photo" else f"https://img.example.com/{media.key}.jpg",
    "public_metrics": lambda _, media: None if media.type == "photo" else {"view_count": media.views},
    "url": lambda _, media: f"https://img.example.com/{media.key}.jpg" if media.type == "photo" else None,
    "variants": _variants,
    "width": lambda _, media: media.width,
}


def _options(_: Scene, poll: Poll) -> list[dict[str, Any]]:
    counted = enumerate(zip(poll.labels, poll.votes, strict=True), start=1)
    return [{"position": number, "label": label, "votes": votes} for number, (label, votes) in counted]


POLL: Members[Poll] = {
    "id": lambda _, poll: poll.id,
    "options": _options,
    "duration_minutes": lambda _, poll: poll.duration_minutes,
    "end_datetime": lambda _, poll: iso(poll.end_ms // SECOND * SECOND),
    "voting_status": lambda scene, poll: "open" if scene.now_ms < poll.end_ms else "closed",
}
PLACE: Members[Place] = {
    "id": lambda _, place: place.id,
    "full_name": lambda _, place: place.full_name,
    "country": lambda _, place: place.country,
    "country_code": lambda _, place: place.country_code,
    "geo": lambda _, place: {"type": "Feature", "bbox": [*place.bbox], "properties": {}},
    "name": lambda _, place: place.name,
    "place_type": lambda _, place: place.place_type,
}
LIST: Members[List] = {
    "id": lambda _, made: made.id,
    "name": lambda _, made: made.name,
    "created_at": lambda _, made: iso(made.created_ms),
    "description": lambda _, made: made.description,
    "follower_count": lambda scene, made: scene.store.list_followers.count_of(made.id),
    "member_count": lambda scene, made: scene.store.members.count_of(made.id),
    "owner_id": lambda _, made: made.owner_id,
    "private": lambda _, made: made.private,
}
