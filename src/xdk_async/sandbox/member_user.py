"""The members of users: how each follows from what is stored. None is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xdk_async.sandbox.clock import iso
from xdk_async.sandbox.compose import compose
from xdk_async.sandbox.member import Members, Scene
from xdk_async.sandbox.record import User


def _affiliation(scene: Scene, user: User) -> dict[str, Any] | None:
    if user.affiliation_id is None:
        return None
    organization = scene.store.users[user.affiliation_id]
    return {
        "badge_url": f"https://img.example.com/badges/{organization.id}.png",
        "description": organization.name,
        "url": f"https://x.com/{organization.username}",
        "user_id": [organization.id],
    }


def _connection_status(scene: Scene, user: User) -> list[str] | None:
    if scene.viewer_id is None:
        return None
    store, me = scene.store, scene.viewer_id
    told = {
        "following": store.follows.has(me, user.id),
        "followed_by": store.follows.has(user.id, me),
        "follow_request_sent": store.requests.has(me, user.id),
        "follow_request_received": store.requests.has(user.id, me),
        "blocking": store.blocks.has(me, user.id),
        "muting": store.mutes.has(me, user.id),
    }
    return [status for status, true in told.items() if true]


def _receives_your_dm(scene: Scene, user: User) -> bool | None:
    return None if scene.viewer_id is None else scene.store.takes_dms(user.id, scene.viewer_id)


def _entities(scene: Scene, user: User) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    if user.url:
        found["url"] = {"urls": compose(user.url, lambda _: None).entities["urls"]}
    named = scene.store.user_named
    in_bio = compose(user.description, lambda name: None if (each := named(name)) is None else each.id).entities
    if in_bio:
        found["description"] = in_bio
    return found or None


def _most_recent(scene: Scene, user: User) -> str | None:
    return next((post.id for post in scene.store.posts_by(user.id)), None)


def _public_metrics(scene: Scene, user: User) -> dict[str, int]:
    store = scene.store
    return {
        "followers_count": store.follows.count_to(user.id),
        "following_count": store.follows.count_of(user.id),
        "post_count": store.count_posts_by(user.id),
        "listed_count": store.members.count_to(user.id),
        "like_count": store.likes.count_of(user.id),
        "media_count": sum(len(post.media_keys) for post in store.posts_by(user.id)),
    }


def _verified_followers(scene: Scene, user: User) -> int:
    followers = (scene.store.users[id] for id in scene.store.follows.to(user.id))
    return sum(each.verified_type != "none" for each in followers)


def _for_users(value: Any) -> Callable[[Scene, User], Any]:
    """A member that only signed-in users see."""
    return lambda scene, _: None if scene.viewer_id is None else value


def _email(scene: Scene, user: User) -> str | None:
    return f"{user.username}@example.com" if user.id == scene.viewer_id else None


USER: Members[User] = {
    "id": lambda _, user: user.id,
    "name": lambda _, user: user.name,
    "username": lambda _, user: user.username,
    "affiliation": _affiliation,
    "confirmed_email": _email,
    "connection_status": _connection_status,
    "created_at": lambda _, user: iso(user.created_ms),
    "description": lambda _, user: compose(user.description, lambda _: None).text,
    "entities": _entities,
    "is_identity_verified": lambda _, user: user.verified_type == "business",
    "location": lambda _, user: user.location or None,
    "most_recent_post_id": _most_recent,
    "parody": lambda _, user: user.parody,
    "pinned_post_id": lambda _, user: user.pinned_post_id,
    "profile_banner_url": lambda _, user: f"https://img.example.com/banners/{user.id}",
    "profile_image_url": lambda _, user: f"https://img.example.com/avatars/{user.id}_normal.jpg",
    "protected": lambda _, user: user.protected,
    "public_metrics": _public_metrics,
    "receives_your_dm": _receives_your_dm,
    "subscribes_to_you": _for_users(False),
    "subscription": _for_users({"subscribes_to_you": False}),
    "subscription_type": lambda scene, user: user.subscription_type if user.id == scene.viewer_id else None,
    "url": lambda _, user: compose(user.url, lambda _: None).text or None,
    "verified": lambda _, user: user.verified_type != "none",
    "verified_followers_count": _verified_followers,
    "verified_type": lambda _, user: user.verified_type,
}
