"""What has to change for the filtered stream to have a wanted set of rules. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from xdk_async.api import models
from xdk_async.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class RuleChanges:
    """How rules were changed, or would be."""

    added: list[models.Rule] = field(default_factory=list[models.Rule])
    """Rules that were not there; without ids as long as they are not."""
    deleted: list[models.Rule] = field(default_factory=list[models.Rule])
    """Rules that are wanted no more."""
    kept: list[models.Rule] = field(default_factory=list[models.Rule])
    """Rules that are as they are wanted."""

    @property
    def in_the_way(self) -> list[models.Rule]:
        """Of the deleted ones, those whose text is added under another tag: X takes each text once, so they go first."""
        values = {text(rule) for rule in self.added}
        return [rule for rule in self.deleted if text(rule) in values]

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.added or self.deleted)


def check_wanted(wanted: object) -> None:
    """Refuse what says no tags.

    Raises:
        InvalidArgument: It is no mapping.
    """
    if not isinstance(wanted, Mapping):
        raise InvalidArgument(
            f'rules take tags, as in {{"news": "from:XDevelopers"}}, and not a bare {type(wanted).__name__}'
        )


def rule_changes(
    present: Iterable[models.Rule], wanted: Mapping[str, str | None], prune: bool | str = False
) -> RuleChanges:
    """The fewest changes that lead from the present rules to the wanted ones.

    Args:
        present: the rules that X has.
        wanted: tag → rule, or None for a tag that is to have none.
        prune: whether rules with other tags, or without, go too; or the beginning of the tags that do.

    Raises:
        InvalidArgument: X would not take the wanted rules.
    """
    targets = checked(wanted)
    changes = RuleChanges()
    met: set[str] = set()
    foreign: dict[str, str | None] = {}
    for rule in present:
        if not is_ours(rule, wanted, prune):
            foreign[text(rule)] = rule.tag
        elif rule.tag is not None and targets.get(rule.tag) == text(rule) and rule.tag not in met:
            met.add(rule.tag)
            changes.kept.append(rule)
        else:
            changes.deleted.append(rule)
    for tag, value in targets.items():
        if tag in met:
            continue
        if value in foreign:
            raise InvalidArgument(
                f"the rule {value!r} is there under the tag {foreign[value]!r} already, and X takes each rule once: "
                "want it under that tag, or prune"
            )
        changes.added.append(models.Rule(value=value, tag=tag))
    return changes


def checked(wanted: Mapping[str, str | None]) -> dict[str, str]:
    """Tag → rule, of the tags that are to have one."""
    tags: dict[str, str] = {}
    found: dict[str, str] = {}
    for tag, value in wanted.items():
        if not tag:
            raise InvalidArgument("a rule without a tag could not be found again: every wanted rule needs one")
        if value is None:
            continue
        stripped = value.strip()
        if not stripped:
            raise InvalidArgument(f"the rule of the tag {tag!r} is empty; None takes it away")
        if stripped in tags:
            raise InvalidArgument(
                f"the tags {tags[stripped]!r} and {tag!r} want the same rule, and X takes each rule once"
            )
        tags[stripped] = tag
        found[tag] = stripped
    return found


def is_ours(rule: models.Rule, wanted: Mapping[str, str | None], prune: bool | str) -> bool:
    """Whether a rule is ours to delete."""
    if isinstance(prune, str):
        return rule.tag is not None and (rule.tag in wanted or rule.tag.startswith(prune))
    return prune or rule.tag in wanted


def text(rule: models.Rule) -> str:
    """The rule itself."""
    return (rule.value or "").strip()
