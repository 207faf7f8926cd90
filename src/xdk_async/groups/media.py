"""`client.media`: X's operations, and whole uploads."""

from __future__ import annotations

from typing import Unpack

from xdk_async._core.attachment import Attachment, UploadOptions, uploaded
from xdk_async._core.media_source import MediaFile
from xdk_async._core.uploading import Upload
from xdk_async.api import media, models


class MediaClient(media.MediaClient):
    """Photos, GIFs and videos: upload, describe, look up, measure."""

    __slots__ = ()

    async def upload_file(self, file: MediaFile, **options: Unpack[UploadOptions]) -> models.MediaUpload:
        """A file uploaded, processed by X and described: its `id` goes into `media_ids` of a post.

        Small images go in one request, everything else in segments, several at a time, each retried on its own. Nothing is
        sent before the file's type, category and size are known to be what X takes. A path, or an open file, is read as
        it goes; an async iterator is first copied to a temporary file, since X wants to know the length.

        user · media.write

        Args:
            file: A path, bytes, a file opened for reading in binary mode, or an async iterator of bytes.
            **options: What is to be said of it, and how it is sent: see `UploadOptions`.

        Raises:
            InvalidArgument: X would refuse the file; nothing was sent.
            MediaProcessingFailed: X could not make anything of the file; `code`, `name` and `message` say why.
            TimedOut: X was still processing it when `processing_timeout` was over.
            Forbidden: The token lacks `media.write`.
        """
        return await uploaded(self._sender, Attachment(file, **options))

    def uploading(self, file: MediaFile, **options: Unpack[UploadOptions]) -> Upload:
        """The same upload as something to iterate over for its progress; it begins with `async with`.

        user · media.write

        Args:
            file: A path, bytes, a file opened for reading in binary mode, or an async iterator of bytes.
            **options: What is to be said of it, and how it is sent: see `UploadOptions`.
        """
        return Upload(self._sender, Attachment(file, **options))
