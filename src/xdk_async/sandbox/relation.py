"""Who follows whom, who likes what: pairs of ids, in the order they were made."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Relation:
    """A set of pairs that can be read from both sides."""

    forth: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])
    back: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])

    def add(self, source: str, target: str) -> None:
        """Make the pair; an existing one stays where it is."""
        self.forth.setdefault(source, {}).setdefault(target)
        self.back.setdefault(target, {}).setdefault(source)

    def remove(self, source: str, target: str) -> None:
        """Undo the pair, if there is one."""
        self.forth.get(source, {}).pop(target, None)
        self.back.get(target, {}).pop(source, None)

    def has(self, source: str, target: str) -> bool:
        """Whether the pair exists."""
        return target in self.forth.get(source, ())

    def of(self, source: str) -> list[str]:
        """The targets of `source`, latest first."""
        return [*reversed(self.forth.get(source, {}))]

    def to(self, target: str) -> list[str]:
        """The sources of `target`, latest first."""
        return [*reversed(self.back.get(target, {}))]

    def count_of(self, source: str) -> int:
        """How many targets `source` has."""
        return len(self.forth.get(source, ()))

    def count_to(self, target: str) -> int:
        """How many sources `target` has."""
        return len(self.back.get(target, ()))

    def count(self) -> int:
        """How many pairs there are."""
        return sum(map(len, self.forth.values()))

    def forget(self, id: str) -> None:
        """Undo every pair that `id` is part of."""
        for target in self.of(id):
            self.remove(id, target)
        for source in self.to(id):
            self.remove(source, id)
