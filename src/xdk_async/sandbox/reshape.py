"""What 2.166 arranges otherwise than 2.167: objects whose members differ in more than their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xdk_async.sandbox.member import Scene
from xdk_async.sandbox.record_show import Note
from xdk_async.sandbox.record_talk import ChatEvent, DmEvent


def _post(_: Scene, __: Any, shown: dict[str, Any]) -> None:
    """Authors see no more than the impressions beside what all see."""
    for name, left_out in (("non_public_metrics", ("url_link_clicks", "user_profile_clicks", "engagements")),
                           ("organic_metrics", ("user_profile_clicks",))):  # fmt: skip
        if name in shown:
            shown[name] = {each: count for each, count in shown[name].items() if each not in left_out}


def _dm_event(_: Scene, event: DmEvent, shown: dict[str, Any]) -> None:
    """Entities stand in the event itself."""
    if shown.pop("entities", None) is not None:
        shown |= event.entities


def _chat_event(_: Scene, event: ChatEvent, shown: dict[str, Any]) -> None:
    """A sequence id beside the id; the time in milliseconds."""
    if shown.pop("created_at", None) is not None:
        shown["created_at_msec"] = str(event.ms)
    if (previous := shown.pop("previous_id", None)) is not None:
        shown["previous_sequence_id"] = previous
    shown["sequence_id"] = event.id


def _space(scene: Scene, _: Any, shown: dict[str, Any]) -> None:
    """Topics whole, not their ids."""
    ids = shown.pop("topic_ids", ())
    topics = [scene.store.topics[id] for id in ids]
    if topics:
        shown["topics"] = [{"id": topic.id, "name": topic.name, "description": topic.description} for topic in topics]


def _note(_: Scene, note: Note, shown: dict[str, Any]) -> None:
    """The post stands beside what is said of it; a single test result."""
    shown["post_id"] = note.post_id
    if "info" in shown:
        shown["info"].pop("post_id")
        shown["info"]["is_media_note"] = note.media
    if "test_result" in shown:
        shown["test_result"] = shown["test_result"]["evaluation_outcome"][0]


def _news(_: Scene, __: Any, shown: dict[str, Any]) -> None:
    for newer, older in (("id", "rest_id"), ("updated_at", "last_updated_at_ms")):
        if newer in shown:
            shown[older] = shown.pop(newer)


RESHAPED: Mapping[str, Callable[[Scene, Any, dict[str, Any]], None]] = {
    "post": _post,
    "dm_event": _dm_event,
    "chat_message_event": _chat_event,
    "space": _space,
    "note": _note,
    "news": _news,
}
"""By the kind of the object; each changes it in place."""
