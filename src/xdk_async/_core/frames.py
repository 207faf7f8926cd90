"""Chunks of a stream → its lines. Pure. Splits on `\\n` only: U+2028 and U+0085 occur raw in posts."""

from __future__ import annotations

from xdk_async.errors import StreamError

LONGEST = 16 * 1024 * 1024


class Frames:
    """Carries what is not a whole line yet. A blank line (X's heartbeat) comes out as `b""`."""

    __slots__ = ("_longest", "_parts", "_size")

    def __init__(self, longest: int = LONGEST) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._longest = longest

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes, without their line ends.

        Raises:
            StreamError: A line is longer than allowed.
        """
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if lines and self._parts:
            self._parts.append(lines[0])
            lines[0] = b"".join(self._parts)
            self._parts, self._size = [], 0
        if rest:
            self._parts.append(rest)
            self._size += len(rest)
        if max([self._size, *map(len, lines)]) > self._longest:
            raise StreamError(f"a line of the stream is longer than {self._longest} bytes")
        return [line[:-1] if line.endswith(b"\r") else line for line in lines]

    def finish(self) -> bytes:
        """What stands after the last line end: a whole object if the server closed without one, else a torn line."""
        rest = b"".join(self._parts)
        self._parts, self._size = [], 0
        return rest
