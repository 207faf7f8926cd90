"""The part of a sandbox that keeps its state, and takes in other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from xdk_async.sandbox.fixture import load
from xdk_async.sandbox.state.file import StateFile
from xdk_async.sandbox.state.snapshot import restore, snapshot

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox


class Keeper:
    """What a sandbox does with its state as a whole."""

    _file: StateFile | None = None

    def open_state(
        self,
        path: str | os.PathLike[str] | None,
        fixtures: Mapping[str, Any] | str | os.PathLike[str] | None,
    ) -> None:
        """Go on from a file, if there is one and something is in it; else with fixtures, if there are any."""
        self._file = StateFile(path) if path is not None else None
        if (self._file is None or not self._file.load(self._whole)) and fixtures is not None:
            load(self._whole, fixtures)

    @property
    def _whole(self) -> Sandbox:
        return cast("Sandbox", self)

    def snapshot(self) -> bytes:
        """All state as JSON, tokens included; `restore` brings it back, here or in another sandbox."""
        return snapshot(self._whole)

    def restore(self, state: bytes) -> None:
        """Replace all state.

        Raises:
            StateError: That is no snapshot.
        """
        restore(self._whole, state)

    def load(self, fixtures: Mapping[str, Any] | str | os.PathLike[str]) -> dict[str, Any]:
        """Add people, posts and what is between them, as a mapping or a JSON file; what was made.

        Raises:
            FixtureError: Something about them is wrong.
        """
        return load(self._whole, fixtures)

    def touch(self) -> None:
        """Something may have changed; a file gets to know of it within a moment."""
        if self._file is not None:
            self._file.touch(self._whole)

    def flush(self) -> None:
        """Write the state to its file now, if it has one. `serve` does it at its end."""
        if self._file is not None:
            self._file.save(self._whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write the state to its file, if it has one, and let go of that."""
        if self._file is not None:
            self._file.close(self._whole)
            self._file = None
