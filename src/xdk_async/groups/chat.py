"""`client.chat`: X's operations, and downloads into files."""

from __future__ import annotations

from xdk_async._core.bind import bind
from xdk_async._core.download import Target, download
from xdk_async.api import chat
from xdk_async.api import operations as op


class ChatClient(chat.ChatClient):
    """End-to-end encrypted conversations, their keys, messages and media."""

    __slots__ = ()

    async def download_media(self, id: str | int, media_hash_key: str, *, to: Target) -> int:
        """Write a media file of a conversation, encrypted as it is, to `to` as it comes; the number of bytes.

        GET /2/chat/media/{id}/{media_hash_key} · user · media.write

        Args:
            id: The conversation: the other user's id, two ids joined by a hyphen, or a group's id, which begins with `g`.
            media_hash_key: Key of the media file, from the message that shares it.
            to: A path, which appears only when the file is whole, or a file opened for writing in binary mode.
        """
        call = bind(op.CHAT_MEDIA_DOWNLOAD, {"id": id, "media_hash_key": media_hash_key})
        return await download(self._sender, call, to)
