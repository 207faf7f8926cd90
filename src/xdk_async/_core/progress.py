"""How far a consumer came on a stream, kept so that a restart neither loses nor repeats."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from xdk_async._core.checkpoint import CheckpointStore
from xdk_async._core.recovery import MINUTE, MOST_MINUTES
from xdk_async.errors import StoreFailed

KEPT, MOST = 5_000, 50_000  # keys at the most; the second is for those that X may still deliver others around
LATE = 30.0  # seconds: X delivers 99 % within 7; older events that X sends again were there before
REACH = (MOST_MINUTES + 1) * MINUTE  # seconds: X repeats whole minutes


class Mark(NamedTuple):
    """What handing out one event means."""

    place: str  # the partition
    key: str
    at: float  # when it was made or arrived
    until: float  # everything before then was handed out with it, or earlier


class Saved(msgspec.Struct, frozen=True):
    """What a checkpoint holds."""

    until: dict[str, float]
    keys: list[tuple[float, str]]
    floor: float = 0.0


class Progress:
    """Takes in what was handed out and saves it, at most every so many seconds.

    Args:
        store: where to; None to forget all.
        name: under which name.
        every: seconds between saves.
        clock: seconds since the epoch.
    """

    def __init__(self, store: CheckpointStore | None, name: str, every: float, clock: Callable[[], float]) -> None:
        self.until: dict[str, float] = {}
        """Until when everything of a partition was handed out."""
        self.floor = 0.0
        """Recovered events made before then were handed out before the restart: their keys are no longer kept."""
        self._keys: deque[tuple[float, str]] = deque()
        self._store = store
        self._name = name
        self._every = every
        self._clock = clock
        self._saved_at = clock()
        self._changed = False

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to save."""
        return self._store is not None and self._changed

    @property
    def is_kept(self) -> bool:
        """Whether there is a store."""
        return self._store is not None

    async def load(self) -> list[str]:
        """Go on where an earlier run stopped; gives the keys of what it handed out last.

        Raises:
            StoreFailed: The store does not work, or holds something else under this name.
        """
        data = await self._store.load(self._name) if self._store else None
        if data is None:
            return []
        try:
            saved = msgspec.json.decode(data, type=Saved)
        except msgspec.DecodeError as error:
            raise StoreFailed(f"the checkpoint {self._name!r} is not one of a stream: {error}") from None
        self.until, self.floor = saved.until, saved.floor
        self._keys.extend(saved.keys)
        return [key for _, key in saved.keys]

    def begin(self, place: str, until: float) -> None:
        """A partition was connected for the first time."""
        self.until.setdefault(place, until)
        self._changed = True

    def handed(self, mark: Mark) -> None:
        """An event was dealt with."""
        self.until[mark.place] = mark.until
        self._keys.append((mark.at, mark.key))
        self._changed = True

    def all_handed(self, until: Mapping[str, float]) -> None:
        """Everything that has arrived was dealt with."""
        self.until.update(until)
        self._changed = True

    async def save(self, *, now: bool = False) -> None:
        """Save, if it is time to, or `now`."""
        if self._store is None or not self._changed or not (now or self._clock() - self._saved_at >= self._every):
            return
        self._saved_at, self._changed = self._clock(), False
        try:
            await self._store.save(self._name, self.encoded())
        except BaseException:  # cancelled with its reader, say: it is still to be saved on leaving
            self._changed = True
            raise

    def encoded(self) -> bytes:
        """What a checkpoint holds now."""
        self._prune()
        return msgspec.json.encode(Saved(self.until, list(self._keys), self.floor))

    def _prune(self) -> None:
        oldest = min(self.until.values(), default=0.0) - REACH
        settled = max(self.until.values(), default=0.0) - LATE
        while self._keys and ((at := self._keys[0][0]) < oldest or len(self._keys) > (KEPT if at < settled else MOST)):
            self._keys.popleft()
            if at >= oldest:
                self.floor = max(self.floor, at)
