"""An upload that goes on while its progress is looked at."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from xdk_async._core.attachment import Attachment, uploaded
from xdk_async._core.hook import called
from xdk_async._core.sender import Sender
from xdk_async._core.upload_state import UploadProgress
from xdk_async.api import models


class Upload:
    """An upload under way: iterating it gives its progress, the newest each time, and ends with it.

    `async with client.media.uploading("talk.mp4") as upload: async for progress in upload: …`; then `upload.media` is there.
    Leaving the block before the end cancels the upload.
    """

    __slots__ = ("_attachment", "_changed", "_last", "_sender", "_shown", "_task")

    def __init__(self, sender: Sender, attachment: Attachment) -> None:
        self._sender = sender
        self._attachment = attachment
        self._changed = asyncio.Event()
        self._last: UploadProgress | None = None
        self._shown: UploadProgress | None = None
        self._task: asyncio.Task[models.MediaUpload] | None = None

    async def __aenter__(self) -> Self:
        if self._task is not None:
            raise RuntimeError("this upload has been started already: make the call again for another one")
        also = self._attachment.options.get("on_progress")

        async def note(progress: UploadProgress) -> None:
            self._last = progress
            self._changed.set()
            await called(also, progress)

        options = self._attachment.options.copy()
        options["on_progress"] = note
        observed = Attachment(self._attachment.file, **options)
        self._task = asyncio.create_task(uploaded(self._sender, observed), name="upload")
        self._task.add_done_callback(lambda _: self._changed.set())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()  # nothing happens to one that is done
        await asyncio.wait([self._task])
        if kind is None and not self._task.cancelled():
            self._task.result()  # a failure that nobody has seen

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> UploadProgress:
        if self._task is None:
            raise RuntimeError("the upload has not begun: use `async with client.media.uploading(…) as upload`")
        while self._last is None or self._last is self._shown:
            if self._task.done():
                self._task.result()
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        self._shown = self._last
        return self._shown

    @property
    def media(self) -> models.MediaUpload:
        """The uploaded media, once the iteration has ended."""
        if self._task is None or not self._task.done():
            raise RuntimeError("the upload is not finished: iterate it to the end first")
        return self._task.result()

    def __repr__(self) -> str:
        return (
            f"<Upload {'finished' if self._task and self._task.done() else 'under way' if self._task else 'not begun'}>"
        )
