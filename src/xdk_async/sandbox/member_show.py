"""The members of Spaces, Communities, notes, broadcasts and news: how each follows from what is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xdk_async.sandbox.clock import iso
from xdk_async.sandbox.member import Members, Scene
from xdk_async.sandbox.record_show import Broadcast, BroadcastMessage, Community, News, Note, Space, Topic


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)


def _ms(ms: int | None) -> str | None:
    return None if ms is None else str(ms)


SPACE: Members[Space] = {
    "id": lambda _, space: space.id,
    "state": lambda _, space: space.state,
    "created_at": lambda _, space: iso(space.created_ms),
    "creator_id": lambda _, space: space.creator_id,
    "ended_at": lambda _, space: _iso(space.ended_ms),
    "host_ids": lambda _, space: [*space.host_ids] or None,
    "invited_user_ids": lambda _, space: [*space.invited_user_ids] or None,
    "is_ticketed": lambda _, space: space.ticketed,
    "lang": lambda _, space: space.lang,
    "participant_count": lambda _, space: space.participants,
    "scheduled_start": lambda _, space: _iso(space.scheduled_ms),
    "speaker_ids": lambda _, space: [*space.speaker_ids] or None,
    "started_at": lambda _, space: _iso(space.started_ms),
    # X shows it to the creator only.
    "subscriber_count": lambda scene, space: space.subscribers if space.creator_id == scene.viewer_id else None,
    "title": lambda _, space: space.title,
    "topic_ids": lambda _, space: [*space.topic_ids] or None,
    "updated_at": lambda _, space: iso(space.updated_ms),
}
TOPIC: Members[Topic] = {
    "id": lambda _, topic: topic.id,
    "name": lambda _, topic: topic.name,
    "description": lambda _, topic: topic.description,
}
COMMUNITY: Members[Community] = {
    "id": lambda _, community: community.id,
    "name": lambda _, community: community.name,
    "access": lambda _, community: community.access,
    "created_at": lambda _, community: iso(community.created_ms),
    "description": lambda _, community: community.description,
    "join_policy": lambda _, community: community.join_policy,
    "member_count": lambda scene, community: scene.store.joined.count_of(community.id),
}


def _info(_: Scene, note: Note) -> dict[str, Any]:
    return {
        "classification": note.classification,
        "misleading_tags": [*note.misleading_tags],
        "post_id": note.post_id,
        "text": note.text,
        "trustworthy_sources": note.trustworthy_sources,
    }


def _test_result(_: Scene, note: Note) -> dict[str, Any] | None:
    if not note.test:
        return None
    kinds = ("ClaimOpinion", "HarassmentAbuse", "UrlValidity")
    return {"evaluation_outcome": [{"evaluator_type": kind, "evaluator_score_bucket": note.score} for kind in kinds]}


NOTE: Members[Note] = {
    "id": lambda _, note: note.id,
    "info": _info,
    "scoring_status": lambda _, _note: {"has_access": False},
    "status": lambda _, _note: "needs_more_ratings",
    "test_result": _test_result,
}


def _image(size: str) -> Callable[[Scene, Broadcast], str]:
    return lambda _, broadcast: f"https://img.example.com/broadcasts/{broadcast.id}{size}.jpg"


BROADCAST: Members[Broadcast] = {
    "id": lambda _, broadcast: broadcast.id,
    "state": lambda _, broadcast: broadcast.state,
    "title": lambda _, broadcast: broadcast.title,
    "available_for_replay": lambda _, broadcast: broadcast.replay,
    "broadcast_id": lambda _, broadcast: broadcast.id,
    "chat_option": lambda _, _broadcast: 2,
    "created_at_ms": lambda _, broadcast: str(broadcast.created_ms),
    "end_ms": lambda _, broadcast: _ms(broadcast.ended_ms),
    "height": lambda _, _broadcast: 720,
    "image_url": _image(""),
    "image_url_medium": _image("_medium"),
    "image_url_small": _image("_small"),
    "is_high_latency": lambda _, _broadcast: True,
    "language": lambda _, broadcast: broadcast.locale,
    "media_key": lambda _, broadcast: f"28_{broadcast.created_ms}",
    "scheduled_end_ms": lambda _, broadcast: str(broadcast.end_ms),
    "scheduled_start_ms": lambda _, broadcast: str(broadcast.start_ms),
    "share_url": lambda _, broadcast: f"https://x.com/i/broadcasts/{broadcast.id}",
    "source_id": lambda _, broadcast: broadcast.source_id,
    "start_ms": lambda _, broadcast: _ms(broadcast.started_ms),
    "total_watched": lambda _, broadcast: str(broadcast.watched),
    "total_watching": lambda _, broadcast: str(broadcast.watching),
    "tweet_id": lambda _, broadcast: broadcast.post_id,
    "twitter_user_id": lambda _, broadcast: broadcast.owner_id,
    "updated_at_ms": lambda _, broadcast: str(broadcast.updated_ms),
    "width": lambda _, _broadcast: 1280,
}
SCHEDULED: Members[Broadcast] = {
    "scheduled_broadcast_id": lambda _, broadcast: broadcast.scheduled_id,
    "broadcast_id": lambda _, broadcast: broadcast.id,
    "available_for_replay": lambda _, broadcast: broadcast.replay,
    "chat_option": lambda _, broadcast: broadcast.chat_option,
    "description": lambda _, broadcast: broadcast.description,
    "locale": lambda _, broadcast: broadcast.locale,
    "manual_publish": lambda _, broadcast: broadcast.manual,
    "recurring_schedule_id": lambda _, broadcast: broadcast.series_id,
    "scheduled_end_ms": lambda _, broadcast: str(broadcast.end_ms),
    "scheduled_start_ms": lambda _, broadcast: str(broadcast.start_ms),
    "source_id": lambda _, broadcast: broadcast.source_id,
    "state": lambda _, broadcast: broadcast.state,
    "telecast_id": lambda _, broadcast: broadcast.telecast_id,
    "thumbnail_media_id": lambda _, broadcast: broadcast.thumbnail_media_id,
    "title": lambda _, broadcast: broadcast.title,
}
BROADCAST_MESSAGE: Members[BroadcastMessage] = {
    "id": lambda _, message: message.id,
    "text": lambda _, message: message.text,
    "author_id": lambda _, message: message.author_id,
    "author_name": lambda scene, message: scene.store.users[message.author_id].name,
    "author_username": lambda scene, message: scene.store.users[message.author_id].username,
    "broadcast_id": lambda _, message: message.broadcast_id,
    "created_at_ms": lambda _, message: str(message.ms),
    "reply_to": lambda _, message: message.reply_to,
}


def _contexts(_: Scene, news: News) -> dict[str, Any]:
    return {"topics": [news.topic], "entities": {"people": [*news.people]}}


NEWS: Members[News] = {
    "id": lambda _, news: news.id,
    "name": lambda _, news: news.name,
    "category": lambda _, news: news.category,
    "cluster_posts_results": lambda _, news: [{"post_id": id} for id in news.post_ids],
    "contexts": _contexts,
    "disclaimer": lambda _, _news: "Made up by a sandbox.",
    "hook": lambda _, news: news.hook,
    "keywords": lambda _, news: [*news.keywords],
    "summary": lambda _, news: news.summary,
    "updated_at": lambda _, news: iso(news.updated_ms),
}
