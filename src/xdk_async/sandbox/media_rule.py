"""What X takes as media: types, categories, sizes, and whether the bytes are what they claim to be."""

from __future__ import annotations

import importlib
from io import BytesIO
from typing import Any

from xdk_async.sandbox.problem import Refusal, wrong

MB = 1024 * 1024
LIMITS: dict[str, int] = {"image": 5 * MB, "gif": 15 * MB, "subtitles": 5 * MB}
LARGEST = 16 * 1024 * MB
IMAGES = ("image/jpeg", "image/pjpeg", "image/png", "image/webp", "image/bmp", "image/tiff", "image/gif")
TYPES: dict[str, tuple[str, ...]] = {
    "image": IMAGES,
    "gif": ("image/gif",),
    "video": ("video/mp4", "video/quicktime", "video/webm", "video/mp2t"),
    "subtitles": ("text/srt", "text/vtt"),
}
SIGNATURES = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"G", "video/mp2t"),
    (0, b"WEBVTT", "text/vtt"),
)


def family(media_category: str) -> str:
    """`image`, `gif`, `video` or `subtitles`."""
    return media_category.rpartition("_")[2]


def check_claim(media_type: str | None, media_category: str, total_bytes: int) -> None:
    """Refuse what X would not take, whatever the bytes are."""
    if media_type is not None and media_type not in TYPES[family(media_category)]:
        raise wrong("media_type", media_type, f"{media_type} is no type for the category {media_category}.")
    limit = LIMITS.get(family(media_category), LARGEST)
    if not 0 < total_bytes <= limit:
        raise wrong(
            "total_bytes", str(total_bytes), f"The media has {total_bytes} bytes; {media_category} takes 1 to {limit}."
        )


def seen_type(head: bytes) -> str | None:
    """What the bytes are."""
    return next((kind for place, mark, kind in SIGNATURES if head[place:].startswith(mark)), None)


def is_genuine(head: bytes, media_category: str) -> bool:
    """Whether the bytes are of the family that was claimed."""
    kind = family(media_category)
    return seen_type(head) in TYPES[kind] or (kind == "subtitles" and b"-->" in head)


def unprocessable() -> Refusal:
    """The refusal of an image that is none."""
    return wrong("media", "", "The media could not be recognized.")


def dimensions(head: bytes) -> tuple[int, int]:
    """Width and height; those of many pictures if the bytes do not tell."""
    imagesize: Any = importlib.import_module("imagesize")  # it comes without types
    width, height = imagesize.get(BytesIO(head))
    return (int(width), int(height)) if width > 0 and height > 0 else (1280, 720)
