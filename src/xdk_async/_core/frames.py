"""Chunks of a stream → its lines. Pure. Splits on `\\n` only: U+2028 and U+0085 occur raw in posts."""

from __future__ import annotations

LONGEST = 16 * 1024 * 1024
SHOWN = 4096  # bytes kept of a line that is too long


class TooLong(bytes):
    """The beginning of a line that was longer than allowed; the rest of it was passed over."""

    size: int


class Frames:
    """Carries what is not a whole line yet. A blank line (X's heartbeat) comes out as `b""`."""

    __slots__ = ("_longest", "_parts", "_size")

    def __init__(self, longest: int = LONGEST) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._longest = longest

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes, without their line ends; one that is too long comes out as `TooLong`."""
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if lines and self._size:
            lines[0] = self._joined(lines[0])
        if rest:
            self._carry(rest)
        return [self._whole(line) for line in lines]

    def finish(self) -> bytes:
        """What stands after the last line end: a whole object if the server closed without one, else a torn line."""
        return self._joined(b"")

    def _carry(self, rest: bytes) -> None:
        self._size += len(rest)
        if self._size <= self._longest:
            self._parts.append(rest)
        elif len(self._parts) != 1 or len(self._parts[0]) != SHOWN:  # too long: only its beginning is kept from here on
            self._parts = [b"".join([*self._parts, rest])[:SHOWN]]

    def _joined(self, last: bytes) -> bytes:
        self._parts.append(last)
        line, size = b"".join(self._parts), self._size + len(last)
        self._parts, self._size = [], 0
        return shortened(line, size) if size > self._longest else line

    def _whole(self, line: bytes) -> bytes:
        if isinstance(line, TooLong):
            return line
        if len(line) > self._longest:
            return shortened(line, len(line))
        return line[:-1] if line.endswith(b"\r") else line


def shortened(line: bytes, size: int) -> TooLong:
    """What is left of a line that is too long."""
    found = TooLong(line[:SHOWN])
    found.size = size
    return found
