"""Media: uploaded in one request or in segments, processed, described, looked up."""

from __future__ import annotations

import asyncio
import math
from typing import Any

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY, SECOND
from xdk_async.sandbox.media_record import Upload
from xdk_async.sandbox.media_rule import check_claim, dimensions, family, is_genuine, seen_type, unprocessable
from xdk_async.sandbox.problem import forbidden, wrong
from xdk_async.sandbox.record import Media

KEPT = 5 * 1024 * 1024  # bytes up to which a file can be downloaded again
FAILURE: dict[str, int | str] = {"code": 1, "name": "InvalidMedia"}


@handles("media.initialize_upload")
def initialize(ask: Ask) -> Reply:
    """Open an upload."""
    body = ask.body(models.InitializeMediaUploadRequest)
    if body.media_type is None or body.total_bytes is None:
        missing = "media_type" if body.media_type is None else "total_bytes"
        raise wrong(missing, "", f"`{missing}` is required here.")
    category = body.media_category or _usual(body.media_type)
    check_claim(body.media_type, category, body.total_bytes)
    upload = _opened(ask, body.media_type, category, body.total_bytes)
    upload.additional_owners = tuple(body.additional_owners or ())
    upload.shared = bool(body.shared)
    return Reply({"id": upload.id, "media_key": upload.key, "expires_after_secs": DAY // SECOND})


def _usual(media_type: str) -> str:
    main = media_type.partition("/")[0]
    return (
        "tweet_gif"
        if media_type == "image/gif"
        else {"image": "tweet_image", "text": "subtitles"}.get(main, "tweet_video")
    )


def _opened(ask: Ask, media_type: str, category: str, total_bytes: int) -> Upload:
    upload = Upload(ask.store.ids.next(ask.now_ms), ask.me, media_type, category, total_bytes, ask.now_ms)
    ask.store.uploads[upload.id] = upload
    return upload


def own(ask: Ask, id: str, name: str = "id") -> Upload:
    """The caller's upload with that id; a refusal if there is none, or not any more."""
    upload = ask.store.uploads.get(id)
    if upload is None or ask.now_ms >= upload.created_ms + DAY:
        raise wrong(name, id, f"There is no media [{id}], or it has expired.")
    if ask.me != upload.owner_id:
        raise forbidden(f"The media [{id}] is somebody else's.")
    return upload


@handles("media.append_upload")
async def append(ask: Ask) -> Reply:
    """Take in a segment; sent again, it replaces the one that is there."""
    body = ask.body(models.AppendMediaUploadRequest)
    upload = own(ask, ask.path["id"])
    if upload.finalized_ms is not None:
        raise wrong("id", upload.id, f"The media [{upload.id}] is finalized.")
    others = sum(size for index, size in upload.segments.items() if index != body.segment_index)
    if not body.media or others + len(body.media) > upload.total_bytes:
        message = f"The segment has {len(body.media)} bytes; {upload.total_bytes - others} are missing."
        raise wrong("media", "", message)
    await asyncio.to_thread(ask.sandbox.attic.put, upload.id, body.segment_index, body.media)
    upload.segments[body.segment_index] = len(body.media)
    return Reply({"expires_at": (upload.created_ms + DAY) // SECOND})


@handles("media.finalize_upload")
async def finalize(ask: Ask) -> Reply:
    """Put the segments together."""
    upload = own(ask, ask.path["id"])
    if upload.finalized_ms is not None:
        raise wrong("id", upload.id, f"The media [{upload.id}] is finalized.")
    gaps = sorted(set(range(max(upload.segments, default=0) + 1)) - set(upload.segments))
    if gaps or sum(upload.segments.values()) != upload.total_bytes:
        what = f"segment {gaps[0]} is missing" if gaps else f"{upload.total_bytes} bytes were announced"
        raise wrong("id", upload.id, f"The media has {sum(upload.segments.values())} bytes; {what}.")
    await _settle(ask, upload)
    return Reply(told(ask, upload))


@handles("media.upload")
async def upload_in_one(ask: Ask) -> Reply:
    """Take in a file at once; what it is, its bytes tell."""
    body = ask.body(models.MediaUploadRequest)
    check_claim(None, body.media_category, len(body.media))
    seen = seen_type(body.media) or ("text/srt" if body.media_category == "subtitles" else "")
    if not is_genuine(body.media, body.media_category):
        raise unprocessable()
    upload = _opened(ask, seen, body.media_category, len(body.media))
    upload.additional_owners = tuple(filter(None, (body.additional_owners or "").split(",")))
    ask.sandbox.attic.put(upload.id, 0, body.media)
    upload.segments[0] = len(body.media)
    await _settle(ask, upload)
    return Reply(told(ask, upload))


async def _settle(ask: Ask, upload: Upload) -> None:
    """Hash what came, and see what it is."""
    attic, kind = ask.sandbox.attic, family(upload.media_category)
    upload.sha256, head = await asyncio.to_thread(attic.digest, upload.id)
    genuine = is_genuine(head, upload.media_category)
    if not genuine and kind in ("image", "subtitles"):
        attic.drop(upload.id)
        del ask.store.uploads[upload.id]
        raise unprocessable()
    upload.size, upload.finalized_ms = upload.total_bytes, ask.now_ms
    upload.ready_ms = ask.now_ms
    if kind in ("gif", "video"):
        upload.ready_ms += round(ask.sandbox.media_processing * SECOND)
        upload.failure = "" if genuine else f"The bytes are no {kind} that X can read."
    if kind != "subtitles":
        _show(ask, upload, head)
    if upload.size <= KEPT:
        ask.store.blobs[upload.id] = attic.whole(upload.id)
    attic.drop(upload.id)


def _show(ask: Ask, upload: Upload, head: bytes) -> None:
    """Make it something that posts can hold."""
    upload.width, upload.height = dimensions(head)
    kinds: dict[str, Any] = {"image": "photo", "gif": "animated_gif", "video": "video"}
    kind = kinds[family(upload.media_category)]
    duration = None if kind == "photo" else 10 * SECOND
    ask.store.media[upload.key] = Media(upload.key, kind, upload.width, upload.height, duration_ms=duration)


@handles("media.get_upload_status")
def status(ask: Ask) -> Reply:
    """How far an upload is."""
    return Reply(told(ask, own(ask, ask.query["media_id"], "media_id")))


def told(ask: Ask, upload: Upload) -> dict[str, Any]:
    """An upload as it is answered."""
    left = (upload.created_ms + DAY - ask.now_ms) // SECOND
    found: dict[str, Any] = {"id": upload.id, "media_key": upload.key, "expires_after_secs": left}
    if upload.finalized_ms is None:
        return found
    found["size"] = upload.size
    tells = ask.selection.vocabulary != "2.166"  # which does not tell what the file is
    if tells and upload.media_type.startswith("image/"):
        found["image"] = {"image_type": upload.media_type, "w": upload.width, "h": upload.height}
    if tells and upload.media_type.startswith("video/"):
        found["video"] = {"video_type": upload.media_type}
    if family(upload.media_category) in ("gif", "video"):
        found["processing_info"] = _processing(ask, upload, upload.finalized_ms)
    return found


def _processing(ask: Ask, upload: Upload, since: int) -> dict[str, Any]:
    if ask.now_ms >= upload.ready_ms:
        if upload.failure:
            return {"state": "failed", "progress_percent": 0, "error": {**FAILURE, "message": upload.failure}}
        return {"state": "succeeded", "progress_percent": 100}
    percent = 100 * (ask.now_ms - since) // (upload.ready_ms - since)
    wait = min(math.ceil((upload.ready_ms - ask.now_ms) / SECOND), 5)
    return {"state": "in_progress" if percent else "pending", "check_after_secs": wait, "progress_percent": percent}


def is_usable(ask: Ask, id: str) -> bool:
    """Whether the signed-in user may post that media by now."""
    upload = ask.store.uploads.get(id)
    if upload is None:
        return True  # of the people who live here
    allowed = ask.me in (upload.owner_id, *upload.additional_owners)
    return allowed and not upload.failure and ask.now_ms >= upload.ready_ms
