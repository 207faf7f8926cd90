"""Files of encrypted conversations, and of Direct Messages: what goes in comes out again, byte for byte."""

from __future__ import annotations

import asyncio
import hashlib

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, File, Reply, handles
from xdk_async.sandbox.clock import DAY, SECOND
from xdk_async.sandbox.handlers.dm_write import seen_event
from xdk_async.sandbox.media_record import ChatUpload
from xdk_async.sandbox.problem import forbidden, missing, wrong


@handles("chat.media_upload_initialize")
def initialize(ask: Ask) -> Reply:
    """Open an upload."""
    body = ask.body(models.ChatMediaUploadInitializeRequest)
    id = ask.store.ids.next(ask.now_ms)
    key = hashlib.sha256(id.encode()).hexdigest()[:32]
    upload = ChatUpload(id, ask.me, body.conversation_id, key, body.total_bytes)
    ask.store.chat_uploads[id] = upload
    return Reply({"session_id": id, "media_hash_key": key, "conversation_id": upload.conversation_id})


def _own(ask: Ask, conversation_id: str, hash_key: str) -> ChatUpload:
    id = ask.path["id"]
    upload = ask.store.chat_uploads.get(id)
    if upload is None or upload.finalized or upload.owner_id != ask.me:
        raise wrong("id", id, f"There is no open upload [{id}].")
    if upload.conversation_id != conversation_id:
        raise wrong("conversation_id", conversation_id, "The upload belongs to another conversation.")
    if upload.hash_key != hash_key:
        raise wrong("media_hash_key", hash_key, "The upload has another media_hash_key.")
    return upload


@handles("chat.media_upload_append")
async def append(ask: Ask) -> Reply:
    """Take in a segment."""
    body = ask.body(models.ChatMediaUploadAppendRequest)
    upload = _own(ask, body.conversation_id, body.media_hash_key)
    await asyncio.to_thread(ask.sandbox.attic.put, upload.id, body.segment_index, body.media)
    upload.segments[body.segment_index] = len(body.media)
    return Reply({"expires_at": (ask.now_ms + DAY) // SECOND})


@handles("chat.media_upload_finalize")
async def finalize(ask: Ask) -> Reply:
    """Put the segments together."""
    body = ask.body(models.ChatMediaUploadFinalizeRequest)
    upload = _own(ask, body.conversation_id, body.media_hash_key)
    if body.num_parts != str(len(upload.segments)) or sum(upload.segments.values()) != upload.total_bytes:
        message = f"{len(upload.segments)} parts with {sum(upload.segments.values())} bytes have come."
        raise wrong("num_parts", body.num_parts, message)
    ask.store.blobs[upload.hash_key] = await asyncio.to_thread(ask.sandbox.attic.whole, upload.id)
    ask.sandbox.attic.drop(upload.id)
    upload.finalized = True
    return Reply({"success": True})


@handles("chat.media_download")
def download(ask: Ask) -> File:
    """A file of a conversation, as encrypted as it came."""
    key = ask.path["media_hash_key"]
    found = [each for each in ask.store.chat_uploads.values() if each.hash_key == key and each.finalized]
    if not found or found[0].conversation_id != ask.path["id"]:
        raise missing("media", "media_hash_key", key)
    return File(ask.store.blobs[key])


@handles("direct_messages.dm_conversations_media_download")
def download_of_message(ask: Ask) -> File:
    """A file of a Direct Message, for those who may see it."""
    id = ask.path["media_id"]
    upload = ask.store.uploads.get(id)
    if upload is None or id not in ask.store.blobs or not upload.media_category.startswith("dm_"):
        raise missing("media", "media_id", id)
    message = ask.store.dm_events.get(ask.path["dm_id"])
    if message is None or upload.key not in message.media_keys:
        raise missing("dm_event", "dm_id", ask.path["dm_id"])
    if seen_event(ask, message.id) is None:
        raise forbidden(f"The signed-in user does not take part in the conversation of [{message.id}].")
    return File(ask.store.blobs[id])
