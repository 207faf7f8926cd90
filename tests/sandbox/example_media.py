"""A good call of every operation on files."""

from __future__ import annotations

from collections.abc import Callable

from tests.media.files import png
from tests.sandbox.example_world import Example, World, do
from xdk_async.sandbox.media_record import ChatUpload, Upload
from xdk_async.sandbox.record import Media
from xdk_async.sandbox.record_talk import DmEvent

FILE = png()
ENCRYPTED = b"\x00 as it came"


def _upload(world: World, *, category: str = "tweet_image", media_type: str = "image/png", id: str = "70") -> Upload:
    """One whose only segment has come."""
    upload = Upload(id, world.me, media_type, category, len(FILE), world.now_ms, segments={0: len(FILE)})
    world.store.uploads[id] = upload
    world.sandbox.attic.drop(id)
    world.sandbox.attic.put(id, 0, FILE)
    return upload


def _done(world: World, *, category: str = "tweet_image", media_type: str = "image/png", id: str = "70") -> Upload:
    """One that is finalized."""
    upload = _upload(world, category=category, media_type=media_type, id=id)
    upload.size, upload.finalized_ms, upload.ready_ms = len(FILE), world.now_ms, world.now_ms + 60_000
    upload.width, upload.height = 3, 2
    world.store.media[upload.key] = Media(upload.key, "photo", 3, 2)
    world.store.blobs[id] = FILE
    return upload


def _append(world: World) -> Example:
    upload = _upload(world)
    upload.segments.clear()
    return do({"media": FILE, "segment_index": 0}, {"id": upload.id})


def _metadata(world: World) -> Example:
    return do({"id": _done(world).id, "metadata": {"alt_text": {"text": "a dot"}}})


def _video(world: World) -> tuple[Upload, Upload]:
    video = _done(world, category="tweet_video", media_type="video/mp4")
    return video, _done(world, category="subtitles", media_type="text/srt", id="71")


def _subtitles(world: World) -> Example:
    video, file = _video(world)
    track = {"id": file.id, "language_code": "EN", "display_name": "English"}
    return do({"id": video.id, "media_category": "TweetVideo", "subtitles": track})


def _no_subtitles(world: World) -> Example:
    video, file = _video(world)
    video.subtitles["EN"] = (file.id, "English")
    return do({"id": video.id, "media_category": "TweetVideo", "language_code": "EN"})


def _in_message(world: World) -> Example:
    upload = _done(world, category="dm_image")
    event = DmEvent("72", world.now_ms, world.dm.id, "MessageCreate", world.me, media_keys=[upload.key])
    world.store.dm_events[event.id] = event
    return do(None, {"dm_id": event.id, "media_id": upload.id, "resource_id": "a"})


def _encrypted(world: World) -> ChatUpload:
    upload = ChatUpload("73", world.me, world.chat.id, "a1b2c3", len(ENCRYPTED), {0: len(ENCRYPTED)})
    world.store.chat_uploads[upload.id] = upload
    world.sandbox.attic.drop(upload.id)
    world.sandbox.attic.put(upload.id, 0, ENCRYPTED)
    return upload


def _part(world: World) -> Example:
    upload = _encrypted(world)
    body = {"conversation_id": world.chat.id, "media_hash_key": upload.hash_key}
    return do({**body, "media": ENCRYPTED, "segment_index": 0}, {"id": upload.id})


def _parts(world: World) -> Example:
    upload = _encrypted(world)
    body = {"conversation_id": world.chat.id, "media_hash_key": upload.hash_key, "num_parts": "1"}
    return do(body, {"id": upload.id})


def _decrypted_by_others(world: World) -> Example:
    upload = _encrypted(world)
    upload.finalized = True
    world.store.blobs[upload.hash_key] = ENCRYPTED
    return do(None, {"id": world.chat.id, "media_hash_key": upload.hash_key})


MEDIA: dict[str, Callable[[World], Example]] = {
    "chat.media_download": _decrypted_by_others,
    "chat.media_upload_append": _part,
    "chat.media_upload_finalize": _parts,
    "chat.media_upload_initialize": lambda w: do({"conversation_id": w.chat.id, "total_bytes": 5}),
    "direct_messages.dm_conversations_media_download": _in_message,
    "media.append_upload": _append,
    "media.create_metadata": _metadata,
    "media.create_subtitles": _subtitles,
    "media.delete_subtitles": _no_subtitles,
    "media.finalize_upload": lambda w: do(None, {"id": _upload(w).id}),
    "media.get_upload_status": lambda w: do(media_id=_done(w, category="tweet_video", media_type="video/mp4").id),
    "media.initialize_upload": lambda w: do(
        {"media_type": "image/png", "media_category": "tweet_image", "total_bytes": len(FILE)}
    ),
    "media.upload": lambda w: do({"media": FILE, "media_category": "tweet_image"}),
}
FILES = {
    "chat.media_download": ENCRYPTED,
    "direct_messages.dm_conversations_media_download": FILE,
}
