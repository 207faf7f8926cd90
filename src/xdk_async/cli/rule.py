"""`rules`: the filtered stream's rules, from a file."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from xdk_async.cli.app import say
from xdk_async.cli.column import RULE
from xdk_async.cli.failure import CommandFailed, ExitCode
from xdk_async.cli.option import command, common
from xdk_async.cli.output import Column
from xdk_async.cli.session import Session

CHANGE = (Column("change"), *RULE)


rules: click.Group = click.Group(
    "rules", params=[*common()], help="The rules that decide what `xdk-async stream` shows."
)


@command("list", "Example:\n  xdk-async rules list --json > rules.jsonl", short="Show the rules that X has.")
async def list_rules(session: Session) -> None:
    """All rules of the app's filtered stream."""
    async with session.client() as client:
        with session.output(RULE, "X has no rules.") as out:
            async for rule in client.stream.get_rules().items():
                out.add(rule.to_dict())


@command(
    "sync",
    epilog="""\
Examples:
  xdk-async rules sync rules.yaml --dry-run
  xdk-async rules sync rules.yaml --prune

rules.yaml:
  news: from:XDevelopers -is:retweet
  python: "#python lang:en\"""",
    short="Bring X's rules to what a file says.",
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Show what would change, and have X check the new rules.")
@click.option("--prune", is_flag=True, help="Delete all other rules, so that these are all.")
async def sync(session: Session, file: Path, dry_run: bool, prune: bool) -> None:
    """Add, change and delete rules so that each tag in FILE (YAML or JSON: tag to rule) has its rule.

    X checks the new rules first; if it does not take one, nothing is changed. Rules with other tags stay.
    """
    wanted = read_rules(file)
    async with session.client() as client:
        changes = await client.stream.sync_rules(wanted, dry_run=dry_run, prune=prune)
    with session.output(CHANGE) as out:
        for change, listed in (("add", changes.added), ("delete", changes.deleted), ("keep", changes.kept)):
            for rule in listed:
                out.add({"change": change, **rule.to_dict()})
    counts = f"{len(changes.added)} to add, {len(changes.deleted)} to delete" if dry_run else (
        f"{len(changes.added)} added, {len(changes.deleted)} deleted"
    )  # fmt: skip
    say(f"{counts}, {len(changes.kept)} kept.")


def read_rules(path: Path) -> dict[str, str]:
    """Tag → rule."""
    must = f"{path} must map tags to rules, such as `news: from:XDevelopers`"
    try:
        content = path.read_bytes()
        found = msgspec.yaml.decode(content, type=dict[str, object])
    except msgspec.ValidationError as error:
        raise CommandFailed(f"{must}: {error}", ExitCode.USAGE) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{path} is neither YAML nor JSON: {error}", ExitCode.USAGE) from None
    if twice := repeated(content):
        what = f"{path}: {twice!r} stands there more than once, and a tag has one rule"
        raise CommandFailed(f"{what}: join them with OR, or give each a tag of its own", ExitCode.USAGE)
    rules = dict[str, str]()
    for tag, rule in found.items():
        if rule is None:  # which would delete the tag's rule at X, and is what YAML makes of `tag: #python`
            raise CommandFailed(f"{path}: {tag!r} has no rule; one that begins with # needs quotes", ExitCode.USAGE)
        if not isinstance(rule, str):
            raise CommandFailed(f"{must}: that of {tag!r} is no text; put it in quotes", ExitCode.USAGE)
        rules[tag] = rule
    return rules


def repeated(content: bytes) -> str | None:
    """A tag that stands there more than once, of which decoding keeps the last."""
    import yaml

    node = yaml.compose(content, Loader=yaml.SafeLoader)
    tags = [str(tag.value) for tag, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    return next((tag for tag in tags if tags.count(tag) > 1), None)


rules.add_command(list_rules)
rules.add_command(sync)
