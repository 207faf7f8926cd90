"""What is to be uploaded, and how far it is. Pure data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import msgspec

from xdk_async._core.media_type import Kind
from xdk_async.errors import InvalidArgument

SEGMENT = 4_000_000  # bytes; X has refused requests of 5 MB (431)
SEGMENTS = 1000  # `segment_index` goes from 0 to 999

Phase: TypeAlias = Literal["uploading", "processing", "ready"]


class UploadState(msgspec.Struct, frozen=True, kw_only=True):
    """What an interrupted upload needs to go on: pass it as `resume=`, with the same file."""

    media_id: str
    media_type: str
    media_category: str
    size: int
    """Bytes of the file."""
    segment_size: int
    fingerprint: str
    """Hash of the size and both ends of the file, to recognize it."""
    done: tuple[int, ...] = ()
    """Numbers of the segments that X has, from 0."""
    finalized: bool = False
    expires_at: float | None = None
    """When X discards it, in seconds since the epoch; None if X did not say."""

    def to_json(self) -> bytes:
        """To be kept where it survives."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, text: bytes | str) -> UploadState:
        """A state that was kept.

        Raises:
            InvalidArgument: it is none.
        """
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise InvalidArgument(f"this is no state of an upload: {error}") from None


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """How far an upload is."""

    phase: Phase
    sent_bytes: int
    """Bytes of the file that X has."""
    total_bytes: int
    percent_processed: int | None = None
    """How far X is with processing, from 0 to 100; None if it does not say."""
    state: UploadState | None = field(default=None, repr=False)
    """What is needed to go on after a crash; None for a file sent in one request, which begins anew."""


OnProgress: TypeAlias = Callable[[UploadProgress], object]
"""Called with each step; what it returns is awaited if it can be."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one file goes up."""

    kind: Kind
    segment_size: int | None = None
    concurrency: int = 4
    additional_owners: tuple[str, ...] = ()
    shared: bool | None = None
    processing_timeout: float = 1800.0
    resume: UploadState | None = None
    on_progress: OnProgress | None = None

    def segment_size_for(self, size: int) -> int:
        """Bytes of one segment: as asked for, but never so few that more than 1000 were needed."""
        return max(self.segment_size or SEGMENT, math.ceil(size / SEGMENTS))

    def in_one(self, size: int) -> bool:
        """Whether one request does it: small images, where nothing has to be said that only chunked uploads take."""
        small = size <= (self.segment_size or SEGMENT)
        return small and self.kind.is_image and self.shared is None and self.resume is None


def length(state: UploadState, index: int) -> int:
    """Bytes of a segment; the last one has what is left."""
    return min(state.segment_size, state.size - index * state.segment_size)


def resumable(state: UploadState, size: int, fingerprint: str, now: float) -> UploadState:
    """The state, if it is of this file and still good."""
    if (state.size, state.fingerprint) != (size, fingerprint):
        raise InvalidArgument(f"resume= is the state of another file: media {state.media_id} has {state.size} bytes")
    if state.expires_at is not None and now >= state.expires_at:
        raise InvalidArgument(f"resume=: X has discarded media {state.media_id} by now; upload the file anew")
    return state
