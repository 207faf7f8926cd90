"""The group `client.stream`, with rules as a set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdk_async._core.rule_set import RuleChanges, check_wanted, rule_changes, text
from xdk_async.api import models
from xdk_async.api.stream import StreamClient as Base
from xdk_async.errors import InvalidArgument

AT_ONCE = 100  # rules in one request


class StreamClient(Base):
    """Real-time streams of posts, likes, compliance events and activity, and the filtered stream's rules."""

    __slots__ = ()

    async def sync_rules(
        self, rules: Mapping[str, str | None], *, dry_run: bool = False, prune: bool | str = False
    ) -> RuleChanges:
        """Bring X's rules to a wanted set with the fewest changes; a second run changes nothing.

        X checks the new rules before any is changed. Rules with other tags are others' and stay, unless pruned.

        Args:
            rules: Tag → rule, such as `{"news": "from:XDevelopers"}`; None takes a tag's rule away.
            dry_run: Whether to leave it at checking.
            prune: Whether to delete every other rule, so that these are all; or the beginning of the tags to prune,
                such as `"mybot/"`.

        Returns:
            What was added, deleted and kept, or would be.

        Raises:
            InvalidArgument: X would not take a rule; nothing was changed.
        """
        check_wanted(rules)
        present = [rule async for rule in self.get_rules().items()]
        changes = rule_changes(present, rules, prune)
        in_the_way = changes.in_the_way
        taken = {text(rule) for rule in in_the_way}
        await self._add([rule for rule in changes.added if rule.value not in taken], dry_run=True)
        if dry_run:
            return changes
        await self._remove(in_the_way)
        added = await self._add(changes.added)  # before the rest is deleted: what both match is never missed
        await self._remove([rule for rule in changes.deleted if rule not in in_the_way])
        return RuleChanges(added, changes.deleted, changes.kept)

    async def _add(self, rules: Sequence[models.Rule], *, dry_run: bool = False) -> list[models.Rule]:
        added: list[models.Rule] = []
        for first in range(0, len(rules), AT_ONCE):
            batch = [
                models.UpdateRulesAdd(value=rule.value or "", tag=rule.tag) for rule in rules[first : first + AT_ONCE]
            ]
            answer = await self.update_rules(add=batch, dry_run=True if dry_run else None)
            if answer.errors:
                raise InvalidArgument("; ".join(refused(problem) for problem in answer.errors))
            added += answer.data or []
        return added

    async def _remove(self, rules: Sequence[models.Rule]) -> None:
        ids = [rule.id for rule in rules if rule.id]
        for first in range(0, len(ids), AT_ONCE):
            await self.update_rules(
                delete={"ids": ids[first : first + AT_ONCE]}
            )  # one that is gone already is no error


def refused(problem: models.Problem) -> str:
    """What X says of a rule."""
    return f"X does not take the rule {problem.value!r}: {problem.detail or problem.title or problem.message}"
