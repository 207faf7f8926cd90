"""The walk of an upload: initialize, segments side by side, finalize, wait for processing.

X: https://docs.x.com/x-api/media/quickstart/media-upload-chunked. Every step may be repeated without harm, POST or not: a
segment sent again under its index replaces itself, and an upload that nobody finalizes or posts expires. So all are
retried even where X may have carried them out.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from xdk_async._core.answer import Response
from xdk_async._core.bind import bind
from xdk_async._core.hook import called
from xdk_async._core.lenient import is_object
from xdk_async._core.media_source import Source
from xdk_async._core.operation import Call, Operation
from xdk_async._core.sender import Sender
from xdk_async._core.together import together
from xdk_async._core.upload_state import Phase, Plan, UploadProgress, UploadState, length, resumable
from xdk_async.api import models
from xdk_async.api import operations as op
from xdk_async.errors import BadRequest, MediaProcessingFailed, TimedOut

A = TypeVar("A")
SOONEST = 1.0  # seconds between two questions for the status at least
EDGE = 65_536  # bytes at both ends that tell whether it is the same file


class Walk:
    """One file on its way."""

    def __init__(self, sender: Sender, source: Source, plan: Plan) -> None:
        policy = replace(sender.options.policy, retry_posts=True)
        self._sender = replace(sender, options=replace(sender.options, policy=policy))
        self._clock = sender.transport.clock
        self._sleep = sender.transport.sleep
        self._source = source
        self._plan = plan
        self._sent = 0
        self._telling = asyncio.Lock()

    async def run(self) -> models.MediaUpload:
        """The uploaded media, ready to be posted.

        Raises:
            MediaProcessingFailed: X could not make anything of the file.
            TimedOut: X was still processing it when `processing_timeout` was over.
        """
        if self._plan.in_one(self._source.size):
            return await self._in_one()
        state = await self._begin()
        state = await self._segments(state)
        media, state = await self._finalize(state)
        if self._plan.processing_timeout:
            media = await self._processed(media, state)
        await self._tell("ready", state)
        return media

    async def _in_one(self) -> models.MediaUpload:
        await self._tell("uploading", None)
        body: dict[str, Any] = {
            "media": await self._source.read(0, self._source.size),
            "media_category": self._plan.kind.media_category,
        }
        if self._plan.additional_owners:
            body["additional_owners"] = ",".join(self._plan.additional_owners)
        answer = await self._sender.send(self._call(op.MEDIA_UPLOAD, body))
        self._sent = self._source.size
        media = settled(op.MEDIA_UPLOAD, answer)
        if self._plan.processing_timeout:
            media = await self._processed(media, None)
        await self._tell("ready", None)
        return media

    async def _begin(self) -> UploadState:
        size, kind, plan = self._source.size, self._plan.kind, self._plan
        fingerprint = await self._fingerprint()
        if plan.resume is not None:
            return resumable(plan.resume, size, fingerprint, self._clock())
        body: dict[str, Any] = {
            "media_type": kind.media_type,
            "media_category": kind.media_category,
            "total_bytes": size,
            **({"additional_owners": list(plan.additional_owners)} if plan.additional_owners else {}),
            **({} if plan.shared is None else {"shared": plan.shared}),
        }
        begun = given(
            op.MEDIA_INITIALIZE_UPLOAD, (await self._sender.send(self._call(op.MEDIA_INITIALIZE_UPLOAD, body))).data
        )
        lasts = begun.expires_after_secs
        return UploadState(
            media_id=given(op.MEDIA_INITIALIZE_UPLOAD, begun.id),
            media_type=kind.media_type,
            media_category=kind.media_category,
            size=size,
            segment_size=plan.segment_size_for(size),
            fingerprint=fingerprint,
            expires_at=self._clock() + lasts if lasts else None,
        )

    async def _fingerprint(self) -> str:
        size = self._source.size
        ends = [await self._source.read(start, min(EDGE, size - start)) for start in (0, max(size - EDGE, 0))]
        return hashlib.sha256(b"".join([str(size).encode(), *ends])).hexdigest()

    async def _segments(self, state: UploadState) -> UploadState:
        """Send what X does not have yet, a few segments at a time."""
        done = set(state.done)
        waiting = iter([index for index in range(math.ceil(state.size / state.segment_size)) if index not in done])
        self._sent = sum(length(state, index) for index in done)
        current = state
        await self._tell("uploading", state)

        async def work() -> None:
            nonlocal current
            for index in waiting:  # shared: each takes the next
                await self._append(state, index)
                self._sent += length(state, index)
                done.add(index)
                async with self._telling:  # one after the other, so that the last state told is the fullest
                    current = msgspec.structs.replace(state, done=tuple(sorted(done)))
                    await self._tell("uploading", current)

        await together(work() for _ in range(self._plan.concurrency))
        return current

    async def _append(self, state: UploadState, index: int) -> None:
        call = self._call(
            op.MEDIA_APPEND_UPLOAD,
            {
                "media": await self._source.read(index * state.segment_size, length(state, index)),
                "segment_index": index,
            },
            id=state.media_id,
        )
        await self._sender.send(call)

    async def _finalize(self, state: UploadState) -> tuple[models.MediaUpload, UploadState]:
        if state.finalized:
            return await self._status(state.media_id), state
        try:
            answer = await self._sender.send(self._call(op.MEDIA_FINALIZE_UPLOAD, id=state.media_id))
            media = settled(op.MEDIA_FINALIZE_UPLOAD, answer)
        except BadRequest as error:
            if error.attempt == 1 and self._plan.resume is None:
                raise
            media = await self._status(state.media_id)
            if media.size is None and media.processing_info is None:
                raise  # else X had finalized it, and its answer was lost
        return media, msgspec.structs.replace(state, finalized=True)

    async def _processed(self, media: models.MediaUpload, state: UploadState | None) -> models.MediaUpload:
        """Ask until X is done, as often as it wants to be asked."""
        until = self._clock() + self._plan.processing_timeout
        while (info := media.processing_info) and info.state not in (None, "succeeded"):
            await self._tell("processing", state, info.progress_percent)
            pause = max(info.check_after_secs or 0, SOONEST)
            if self._clock() + pause > until:
                raise TimedOut(
                    f"GET /2/media/upload: media {media.id} is still {info.state} after {self._plan.processing_timeout:g} s;"
                    " pass resume= with the state that on_progress got to wait on, or processing_timeout= for longer",
                    sent=True,
                    phase="deadline",
                )
            await self._sleep(pause)
            media = await self._status(given(op.MEDIA_UPLOAD, media.id))
        return media

    async def _status(self, media_id: str) -> models.MediaUpload:
        answer = await self._sender.send(self._call(op.MEDIA_GET_UPLOAD_STATUS, media_id=media_id, command="STATUS"))
        return settled(op.MEDIA_GET_UPLOAD_STATUS, answer)

    def _call(self, operation: Operation[A], body: object = None, /, **arguments: Any) -> Call[A]:
        return bind(operation, arguments, body, validate=self._sender.options.validate)

    async def _tell(self, phase: Phase, state: UploadState | None, percent: int | None = None) -> None:
        await called(self._plan.on_progress, UploadProgress(phase, self._sent, self._source.size, percent, state))


def settled(operation: Operation[Any], answer: Response[models.MediaUpload]) -> models.MediaUpload:
    """The upload as X answers it; raises if X says that processing failed."""
    media = given(operation, answer.data)
    if media.processing_info is None or media.processing_info.state != "failed":
        return media
    error = dig(answer.json(), "data", "processing_info", "error")  # in no version of X's description
    code, name, said = (dig(error, part) for part in ("code", "name", "message"))
    reason = said if isinstance(said, str) else "it does not say why"
    raise MediaProcessingFailed(
        f"X could not process media {media.id}: {reason}{f' ({name})' if name else ''}",
        code=code if isinstance(code, int) else None,
        name=name if isinstance(name, str) else None,
    )


def dig(document: object, *names: str) -> object:
    for name in names:
        document = document.get(name) if is_object(document) else None
    return document


def given(operation: Operation[Any], value: A | None) -> A:
    """What an answer must hold for the walk to go on."""
    if value is None:
        raise BadRequest(f"{operation.method} {operation.path}: X's answer names no media", status=200)
    return value
