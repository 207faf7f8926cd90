"""A file to upload with everything that belongs to it: checked whole before the first byte goes out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from xdk_async._core.bind import bind
from xdk_async._core.given import (
    check_concurrency,
    check_count,
    check_hook,
    check_names,
    check_seconds,
    check_text,
    check_type,
)  # fmt: skip
from xdk_async._core.media_source import MediaFile, Source, opened
from xdk_async._core.media_type import Kind, MediaCategory, MediaType, check_kind, check_size, kind_of
from xdk_async._core.sender import Sender
from xdk_async._core.upload import Walk
from xdk_async._core.upload_state import SEGMENT, OnProgress, Plan, UploadState
from xdk_async.api import models
from xdk_async.api import operations as op
from xdk_async.errors import InvalidArgument

LONGEST_ALT_TEXT = 1000  # characters
TEXTS = ("media_type", "media_category", "alt_text")
LANGUAGE = re.compile(r"[A-Z]{2}")
CATEGORIES_WITH_SUBTITLES = {"tweet_video": "TweetVideo", "amplify_video": "AmplifyVideo"}


class UploadOptions(TypedDict, total=False):
    """What can be said of a file to upload."""

    media_type: MediaType | None
    """MIME type; from the content, or else from the file's name, if left out."""
    media_category: MediaCategory | None
    """What it is for; something for a post if left out. Direct Messages take `dm_image`, `dm_gif` and `dm_video`."""
    alt_text: str | None
    """What it shows, for people who cannot see it; up to 1000 characters."""
    subtitles: Mapping[str, MediaFile | Subtitle] | None
    """Subtitle files (SRT or WebVTT) of a video, by language: two letters such as `EN`."""
    additional_owners: Sequence[str | int]
    """Ids of users who may also post it."""
    shared: bool | None
    """Whether it is to be used in several Direct Messages."""
    segment_size: int | None
    """Bytes sent at once; 4,000,000 if left out. Raised where a file would need more than 1000 segments."""
    concurrency: int
    """Segments on their way at once; 4 if left out. This many are in memory."""
    processing_timeout: float
    """Seconds to wait until X has processed it; 1800 if left out, 0 to return without waiting."""
    resume: UploadState | None
    """The last state that `on_progress` got of an interrupted upload of the same file."""
    on_progress: OnProgress | None
    """Gets an `UploadProgress` with each step; may be a coroutine function."""


@dataclass(frozen=True, slots=True)
class Subtitle:
    """A subtitle file with the name of its language."""

    file: MediaFile
    display_name: str
    """The language as viewers see it, such as `English`."""


class Attachment:
    """A file for `posts.publish`, with what is to be said of it.

    Args:
        file: A path, bytes, a file opened for reading in binary mode, or an async iterator of bytes.
        **options: See `UploadOptions`.
    """

    __slots__ = ("file", "options")

    def __init__(self, file: MediaFile, **options: Unpack[UploadOptions]) -> None:
        self.file: MediaFile = file
        self.options: UploadOptions = options

    def __repr__(self) -> str:
        return f"<Attachment {self.file!r}>" if isinstance(self.file, str) else "<Attachment>"


@dataclass(frozen=True, slots=True)
class Parcel:
    """An attachment that is open and has passed every check that can be made here."""

    source: Source
    plan: Plan
    alt_text: str | None
    subtitles: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """Subtitles of one language."""

    language: str
    display_name: str | None
    source: Source
    plan: Plan


async def packed(sender: Sender, attachment: Attachment, stack: AsyncExitStack) -> Parcel:
    """Open and check an attachment (`validate=False` lets what X may take one day through); `stack` closes what was opened.

    Raises:
        InvalidArgument: X would refuse it, at once or after it has been sent.
    """
    options = attachment.options
    check(options)
    resume = options.get("resume")
    source = await taken(attachment.file, stack)
    kind = kind_of(
        source.head,
        source.name,
        options.get("media_type") or (resume.media_type if resume else None),
        options.get("media_category") or (resume.media_category if resume else None),
    )
    validate, alt_text = sender.options.validate, options.get("alt_text")
    if validate:
        check_kind(kind, source.name)
        check_size(kind, source.size, source.name, source.head)
    if validate and alt_text is not None and not 0 < len(alt_text) <= LONGEST_ALT_TEXT:
        raise InvalidArgument(f"alt_text= has {len(alt_text)} characters; X takes 1 to {LONGEST_ALT_TEXT}")
    wanted = options.get("subtitles") or {}
    if wanted and kind.media_category not in CATEGORIES_WITH_SUBTITLES:
        raise InvalidArgument(f"subtitles= belong to videos of posts, not to {kind.media_category}")
    tracks = [await track(language, each, stack) for language, each in wanted.items()]
    return Parcel(source, planned(kind, options), alt_text, tuple(tracks))


def check(options: UploadOptions) -> None:
    """Refuse what is of another kind than it has to be."""
    if (size := options.get("segment_size")) is not None:
        check_count("segment_size", size, 1, f"bytes, 1 or more; {SEGMENT} are usual")
    check_concurrency(options.get("concurrency", 4))
    check_seconds("processing_timeout", options.get("processing_timeout", 1800.0), zero=True, endless=True)
    check_hook("on_progress", options.get("on_progress"))
    for name in TEXTS:
        if options.get(name) is not None:
            check_text(f"{name}=", options.get(name))
    owners = options.get("additional_owners", ())
    check_type("additional_owners=", owners, Sequence, "a list of ids of users, even for one", but=(str,))
    check_names("subtitles=", options.get("subtitles") or {}, "files by language, such as {'EN': 'talk.srt'}")
    if (state := options.get("resume")) is not None:
        check_type("resume=", state, UploadState, "the UploadState that on_progress got")


async def taken(file: MediaFile, stack: AsyncExitStack) -> Source:
    source = await opened(file)
    stack.push_async_callback(source.aclose)
    return source


async def track(language: str, given: MediaFile | Subtitle, stack: AsyncExitStack) -> Track:
    if not LANGUAGE.fullmatch(language.upper()):
        raise InvalidArgument(f"subtitles=: {language!r} is no language of two letters, such as 'EN'")
    file, display_name = (given.file, given.display_name) if isinstance(given, Subtitle) else (given, None)
    source = await taken(file, stack)
    kind = kind_of(source.head, source.name, None, "subtitles")
    check_kind(kind, source.name)
    check_size(kind, source.size, source.name)
    return Track(language.upper(), display_name, source, Plan(kind))


def planned(kind: Kind, options: UploadOptions) -> Plan:
    return Plan(
        kind,
        options.get("segment_size"),
        options.get("concurrency", 4),
        tuple(str(each) for each in options.get("additional_owners", ())),
        options.get("shared"),
        options.get("processing_timeout", 1800.0),
        options.get("resume"),
        options.get("on_progress"),
    )


async def delivered(sender: Sender, parcel: Parcel) -> models.MediaUpload:
    """The media, uploaded and described."""
    media = await Walk(sender, parcel.source, parcel.plan).run()
    assert media.id is not None
    if parcel.alt_text is not None:
        await call(
            sender, op.MEDIA_CREATE_METADATA, {"id": media.id, "metadata": {"alt_text": {"text": parcel.alt_text}}}
        )
    for each in parcel.subtitles:
        file = await Walk(sender, each.source, each.plan).run()
        named = {"display_name": each.display_name} if each.display_name else {}
        subtitles = {"id": file.id, "language_code": each.language, **named}
        category = CATEGORIES_WITH_SUBTITLES[parcel.plan.kind.media_category]
        await call(
            sender,
            op.MEDIA_CREATE_SUBTITLES,
            {"id": media.id, "media_category": category, "subtitles": subtitles},
        )
    return media


async def call(sender: Sender, operation: Any, body: object) -> None:
    await sender.send(bind(operation, {}, body, validate=sender.options.validate))


async def uploaded(sender: Sender, attachment: Attachment) -> models.MediaUpload:
    """One file, from opening it to its media."""
    async with AsyncExitStack() as stack:
        return await delivered(sender, await packed(sender, attachment, stack))


def check_together(kinds: Sequence[Kind], count: int) -> None:
    """Raise unless one post takes all of these, which are among `count` attachments."""
    if count > 1 and not all(kind.is_image for kind in kinds):
        raise InvalidArgument("media=: a GIF or a video stands alone; only photos go together, up to 4")
    for kind in kinds:
        if not kind.media_category.startswith(("tweet_", "amplify_")):
            raise InvalidArgument(f"media=: {kind.media_category} cannot be posted; leave media_category= out")
