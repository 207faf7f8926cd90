"""Files that are what they seem, as far as their beginnings go."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib
from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def png(width: int = 3, height: int = 2) -> bytes:
    """A real picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    lines = b"".join(b"\x00" + bytes(width) for _ in range(height))
    return PNG + header + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def gif(width: int = 3, height: int = 2) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00;"


def video(size: int, seed: int = 0) -> bytes:
    """So many bytes that begin as an MP4 does; no two parts of it are equal."""
    return (MP4 + random.Random(seed).randbytes(size))[:size]


def write_video(path: Path, size: int) -> str:
    """The same in a file, written piece by piece; its SHA-256."""
    found, numbers, left = hashlib.sha256(), random.Random(1), size
    with path.open("wb") as file:
        piece = MP4
        while left:
            piece = piece[:left]
            file.write(piece)
            found.update(piece)
            left -= len(piece)
            piece = numbers.randbytes(1_000_000)
    return found.hexdigest()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
