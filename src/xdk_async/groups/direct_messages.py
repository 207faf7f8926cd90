"""`client.direct_messages`: X's operations, and downloads into files."""

from __future__ import annotations

from xdk_async._core.bind import bind
from xdk_async._core.download import Target, download
from xdk_async.api import direct_messages
from xdk_async.api import operations as op


class DirectMessagesClient(direct_messages.DirectMessagesClient):
    """Direct Messages: read, send, start conversations."""

    __slots__ = ()

    async def download_media(self, dm_id: str | int, media_id: str | int, resource_id: str, *, to: Target) -> int:
        """Write a media file of a Direct Message to `to` as it comes; the number of bytes.

        GET /2/dm_conversations/media/{dm_id}/{media_id}/{resource_id} · OAuth 2.0 user · dm.read

        Args:
            dm_id: Id of the event whose Direct Message carries the media, a decimal string.
            media_id: Id of the media file in the Direct Message.
            resource_id: File name of the media with its extension, the last part of its URL.
            to: A path, which appears only when the file is whole, or a file opened for writing in binary mode.
        """
        arguments = {"dm_id": dm_id, "media_id": media_id, "resource_id": resource_id}
        call = bind(op.DIRECT_MESSAGES_DM_CONVERSATIONS_MEDIA_DOWNLOAD, arguments)
        return await download(self._sender, call, to)
