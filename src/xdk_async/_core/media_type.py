"""What a file is, what it may be used for, and how large it may be. Pure.

Limits: https://docs.x.com/x-api/media/quickstart/best-practices. They depend on the account; these are the widest, so
that nothing is refused here that X would take.
"""

from __future__ import annotations

import importlib
import mimetypes
import struct
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from xdk_async.errors import InvalidArgument

MediaCategory: TypeAlias = Literal[
    "tweet_image", "tweet_gif", "tweet_video", "amplify_video", "dm_image", "dm_gif", "dm_video", "subtitles"
]
"""What an uploaded file is for."""
MediaType: TypeAlias = Literal[
    "video/mp4", "video/webm", "video/mp2t", "video/quicktime", "text/srt", "text/vtt", "image/jpeg", "image/gif",
    "image/bmp", "image/png", "image/webp", "image/pjpeg", "image/tiff", "model/gltf-binary", "model/vnd.usdz+zip",
]  # fmt: skip
"""MIME types of files that X takes."""

TYPES: frozenset[str] = frozenset(get_args(MediaType))
HEAD = 8192  # bytes of a file that tell its type
MB, GB = 1024 * 1024, 1024 * 1024 * 1024
LARGEST = 16 * GB  # `total_bytes` of initialize_upload at the most
LIMITS: dict[str, int] = {
    "tweet_image": 5 * MB,
    "dm_image": 5 * MB,
    "tweet_gif": 15 * MB,
    "dm_gif": 15 * MB,
    "dm_video": GB,
}
STARTS = {"image": "image/", "gif": "image/gif", "video": "video/", "subtitles": "text/"}
OTHER_NAMES = {
    "application/x-subrip": "text/srt",
    "application/vnd.subrip": "text/srt",
    "image/x-ms-bmp": "image/bmp",
    "image/jpg": "image/jpeg",
    "video/x-m4v": "video/mp4",
    "video/MP2T": "video/mp2t",
}
ENDINGS = {
    ".srt": "text/srt",
    ".vtt": "text/vtt",
    ".ts": "video/mp2t",
    ".glb": "model/gltf-binary",
    ".usdz": "model/vnd.usdz+zip",
    ".webp": "image/webp",
    ".webm": "video/webm",
}
WIDEST_GIF, HIGHEST_GIF = 1280, 1080


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is and what it is uploaded for."""

    media_type: str
    media_category: str

    @property
    def is_image(self) -> bool:
        """Whether it is a still image."""
        return self.media_type.startswith("image/") and not self.is_gif

    @property
    def is_gif(self) -> bool:
        """Whether it is an animated GIF to X."""
        return self.media_category.endswith("_gif")


def kind_of(head: bytes, name: str, media_type: str | None, media_category: str | None) -> Kind:
    """The type and the category of a file, from what is given, its first bytes, or the ending of its name.

    Raises:
        InvalidArgument: nothing tells what it is.
    """
    found = media_type or from_content(head) or from_name(name)
    if found is None and media_category == "subtitles" and b"-->" in head:
        found = "text/srt"
    what = name or "the file"
    if found is None:
        raise InvalidArgument(
            f"{what}: neither its content nor its name tells what it is; say it with media_type= "
            "(pip install 'xdk-async[media]' for more about contents)"
        )
    return Kind(found, media_category or usual_category(found) or "")


def check_kind(kind: Kind, name: str) -> None:
    """Raise if X takes no such file, or not for this purpose."""
    what, category = name or "the file", kind.media_category
    if kind.media_type not in TYPES:
        raise InvalidArgument(
            f"{what} is {kind.media_type}, which X does not take; it takes {', '.join(sorted(TYPES))}"
        )
    if not category:
        raise InvalidArgument(f"{what} is {kind.media_type}: say with media_category= what it is for")
    if category not in get_args(MediaCategory):
        raise InvalidArgument(f"media_category={category!r} is none of {', '.join(get_args(MediaCategory))}")
    wanted = STARTS["video" if category == "amplify_video" else category.rpartition("_")[2]]
    if not kind.media_type.startswith((wanted, "model/")):
        raise InvalidArgument(
            f"{what} is {kind.media_type}: media_category={category!r} takes {wanted.rstrip('/')} files"
        )


def from_content(head: bytes) -> str | None:
    """The MIME type that the first bytes tell, if the extra `media` is there to read them."""
    if head[4:8] == b"ftyp" and head[8:12] != b"qt  ":
        return "video/mp4"  # of its many brands (iso5, iso6, dash, …) puremagic lists the commonest
    try:
        puremagic: Any = importlib.import_module("puremagic")  # its types are not complete
    except ImportError:
        return None
    try:
        found: list[str] = [match.mime_type for match in puremagic.magic_string(head)]
    except (LookupError, ValueError):  # it knows no such file, or there is nothing in it
        return None
    names = [OTHER_NAMES.get(each, each) for each in found if each]
    return next((each for each in names if each in TYPES), names[0] if names else None)


def from_name(name: str) -> str | None:
    """The MIME type that the ending of a name tells."""
    for ending, found in ENDINGS.items():
        if name.lower().endswith(ending):
            return found
    guessed, encoding = mimetypes.guess_type(name)
    return OTHER_NAMES.get(guessed, guessed) if guessed and not encoding else None


def usual_category(media_type: str) -> str | None:
    """What X takes a file for unless it is told: something for a post."""
    if media_type == "image/gif":
        return "tweet_gif"
    main = media_type.partition("/")[0]
    return {"image": "tweet_image", "video": "tweet_video", "text": "subtitles"}.get(main)


def check_size(kind: Kind, size: int, name: str, head: bytes = b"") -> None:
    """Raise if X would refuse the file after it has been sent."""
    what = name or "the file"
    if not size:
        raise InvalidArgument(f"{what} is empty")
    limit = LIMITS.get(kind.media_category, LARGEST)
    if size > limit:
        shown = f"{limit // GB} GB" if limit >= GB else f"{limit // MB} MB"
        raise InvalidArgument(f"{what} has {size} bytes; as {kind.media_category} X takes {shown} ({limit} bytes)")
    if kind.media_type == "image/gif" and head.startswith(b"GIF8") and len(head) >= 10:
        width, height = struct.unpack("<HH", head[6:10])
        if width > WIDEST_GIF or height > HIGHEST_GIF:
            raise InvalidArgument(f"{what} is {width}x{height}; a GIF may have {WIDEST_GIF}x{HIGHEST_GIF}")
