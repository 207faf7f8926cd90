"""What uploads take and tell: `client.media.upload_file`, `client.media.uploading`, `client.posts.publish`."""

from __future__ import annotations

from xdk_async._core.attachment import Attachment, Subtitle, UploadOptions
from xdk_async._core.media_source import MediaFile
from xdk_async._core.media_type import MediaCategory, MediaType
from xdk_async._core.upload_state import OnProgress, UploadProgress, UploadState
from xdk_async._core.uploading import Upload

__all__ = [
    "Attachment",
    "MediaCategory",
    "MediaFile",
    "MediaType",
    "OnProgress",
    "Subtitle",
    "Upload",
    "UploadOptions",
    "UploadProgress",
    "UploadState",
]
