"""Bytes of unfinished uploads: in files, so that large ones do not fill the memory, and not part of the state."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterator
from typing import IO

PIECE = 1024 * 1024
HEAD = 4096  # bytes of a whole file that tell what it is


class Attic:
    """One file for each upload, its segments in it as they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # segments are written in threads, several at a time
        self._files: dict[str, IO[bytes]] = {}
        self._places: dict[str, dict[int, tuple[int, int]]] = {}  # segment → where it begins, how long it is

    def put(self, id: str, index: int, part: bytes) -> None:
        """Keep a segment; one that was there under this index is forgotten."""
        with self._lock:
            if id not in self._files:
                self._files[id] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `drop`
                self._places[id] = {}
            place = self._files[id].seek(0, 2)
            self._files[id].write(part)
            self._places[id][index] = (place, len(part))

    def pieces(self, id: str) -> Iterator[bytes]:
        """The file, in the order of its segments."""
        file = self._files.get(id)
        for _, (place, size) in sorted(self._places.get(id, {}).items()):
            for start in range(0, size, PIECE):
                assert file is not None
                file.seek(place + start)
                yield file.read(min(PIECE, size - start))

    def digest(self, id: str) -> tuple[str, bytes]:
        """SHA-256 of the file, and its first bytes."""
        found, head = hashlib.sha256(), b""
        for piece in self.pieces(id):
            found.update(piece)
            head = head if len(head) >= HEAD else head + piece[:HEAD]
        return found.hexdigest(), head[:HEAD]

    def whole(self, id: str) -> bytes:
        """All of it."""
        return b"".join(self.pieces(id))

    def drop(self, id: str) -> None:
        """Forget an upload; it may be forgotten already."""
        self._places.pop(id, None)
        file = self._files.pop(id, None)
        if file is not None:
            file.close()

    def clear(self) -> None:
        """Forget all."""
        for id in [*self._files]:
            self.drop(id)
